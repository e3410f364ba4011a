"""Where and how a measurement is taken: pinned to a core, in rounds, with the CPU time that it cost."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TICKS = os.sysconf("SC_CLK_TCK")
ALONE = 0.93
"""Share of the core that a spinning process gets when nobody else wants it, with some room."""


def pin(*cores: int) -> None:
    """Keep this process, and what it starts from now on, on these cores."""
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds of the processes and of those of their children that have ended."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def core_share(seconds: float = 0.03) -> float:
    """How much of the core this process gets: 1 where nobody else wants it."""
    start, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        pass
    return (time.process_time() - cpu) / (time.perf_counter() - start)


def wait_until_quiet(patience_s: float) -> bool:
    """Wait for a moment without others on the core; whether there was one."""
    deadline = time.monotonic() + patience_s
    while core_share() < ALONE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Sample(NamedTuple):
    """One contender's part of one round, a program."""

    wall_s: float
    cpu_s: float | None
    host_cpu_s: float
    """Of this process alone."""


def ratio(slow: Sequence[Sample], fast: Sequence[Sample]) -> float:
    """How many times as long one takes as the other: the median over rounds, each with its own noise."""
    return statistics.median(a.wall_s / b.wall_s for a, b in zip(slow, fast, strict=True))


def cpu_ratio(slow: Sequence[Sample], fast: Sequence[Sample]) -> float | None:
    """How many times as much CPU time one needs as the other; None where it is not known."""
    pairs = [(a.cpu_s, b.cpu_s) for a, b in zip(slow, fast, strict=True)]
    if any(a is None or b is None for a, b in pairs):
        return None
    return statistics.median(a / b for a, b in pairs if a is not None and b)


def median_ms(values: Iterable[float]) -> float:
    return 1000 * statistics.median(values)


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a Markdown table that reads well as plain text too."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    body = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return f"\n{title}\n\n" + "\n".join(body)

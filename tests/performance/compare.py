"""Measures codeeval's speed and what others take for the same work, and prints tables.

    python tests/performance/compare.py [SECTION...] [--rounds N] [--core C] [--patience S] [--tasks N]

Nothing here fails for being slow: a number describes this machine at this time. What counts are
ratios: the contenders take turns within each round, pinned to one core, and a ratio is the median over
rounds. A round waits up to ``--patience`` seconds for a moment when nobody else uses the core.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import library_tasks
import whole_runs
from contenders import CONTENDERS, SANDBOXED, programs, run_in, sandbox_pids, warm_pool
from machine import Sample, cpu_ratio, cpu_s, median_ms, pin, ratio, table, wait_until_quiet

from codeeval import registry
from codeeval.interfaces import SandboxOptions
from codeeval.sandboxes.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contenders import Contender, SetUp


def measure(contender: Contender) -> Sample:
    """Run all of a contender's programs once."""
    cpu = contender.cpu() if contender.cpu else None
    own, start = time.process_time(), time.perf_counter()
    failed = contender.run()
    wall = time.perf_counter() - start
    own = time.process_time() - own
    spent = contender.cpu() - cpu if contender.cpu and cpu is not None else None
    assert failed == 0, f"{failed} references did not pass"
    n = contender.programs
    return Sample(wall / n, spent / n if spent is not None else None, own / n)


def speed(rounds: int, core: int, patience_s: float) -> str:
    """All contenders on one core."""
    rows, samples = take_turns(CONTENDERS, SANDBOXED, rounds, core, patience_s)
    own = median_ms(sample.host_cpu_s for sample in samples[SANDBOXED])
    title = f"HumanEval's references, one core, medians of {rounds} rounds of {len(programs())} programs"
    return table(title, HEADS, rows) + f"\n\nHost process, pool only: {own:.2f} ms CPU a program."


def libraries(rounds: int, core: int, patience_s: float, tasks: int = library_tasks.TASKS) -> str:
    """BigCodeBench's tasks with scientific libraries, on one core."""
    ways = library_tasks.ways(tasks)
    absent = {name: reason for name, way in ways.items() if (reason := way.absent())}
    left_out = "".join(f"\n\nleft out: {name}: {reason}" for name, reason in absent.items())
    title = f"BigCodeBench's references, one core, medians of {rounds} rounds of {tasks} programs"
    if library_tasks.SANDBOXED in absent:
        return f"\n{title}{left_out}"
    ready = {name: way[:2] for name, way in ways.items() if name not in absent}
    rows, _ = take_turns(ready, library_tasks.SANDBOXED, rounds, core, patience_s)
    return table(title, HEADS, rows) + left_out


HEADS = ("", "isolation", "programs/s", "best", "ms", "CPU ms", "time vs ours", "CPU vs ours")


def take_turns(
    contenders: Mapping[str, tuple[str, SetUp]], ours: str, rounds: int, core: int, patience_s: float
) -> tuple[list[tuple[str, ...]], dict[str, list[Sample]]]:
    """Measure contenders on one core; returns a line for each, and what the lines come from."""
    pin(core)
    names = tuple(contenders)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ready = {name: stack.enter_context(contenders[name][1](folder, core)) for name in names}
        for number in range(rounds):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                wait_until_quiet(patience_s)
                samples[name].append(measure(ready[name]))
    rows = []
    for name in names:
        taken = samples[name]
        cpus = [sample.cpu_s for sample in taken if sample.cpu_s is not None]
        against = cpu_ratio(taken, samples[ours])
        rows.append(
            (
                name,
                contenders[name][0],
                f"{1000 / median_ms(sample.wall_s for sample in taken):.3g}",
                f"{1 / min(sample.wall_s for sample in taken):.3g}",
                f"{median_ms(sample.wall_s for sample in taken):.2f}",
                f"{median_ms(cpus):.2f}" if cpus else "",
                f"{ratio(taken, samples[ours]):.2f}",
                f"{against:.2f}" if against else "",
            )
        )
    return rows, samples


def cores(rounds: int, core: int, patience_s: float) -> str:
    """One sandbox on one core and two sandboxes on two."""
    del core
    one: list[Sample] = []
    two: list[Sample] = []
    with warm_pool("docker", 1, "0") as single, warm_pool("docker", 2, "0,1") as double:
        for _ in range(rounds):
            for pool, on, taken in ((single, (0,), one), (double, (0, 1), two)):
                for each in (0, 1):
                    pin(each)
                    wait_until_quiet(patience_s)
                pin(*on)
                taken.append(_pooled(pool))
    rows = [
        (name, f"{1000 / median_ms(s.wall_s for s in taken):.0f}", f"{1 / min(s.wall_s for s in taken):.0f}",
         f"{median_ms(s.cpu_s or 0 for s in taken):.2f}")
        for name, taken in (("1 sandbox, core 0", one), ("2 sandboxes, cores 0 and 1", two))
    ]  # fmt: skip
    best = min(s.wall_s for s in one) / min(s.wall_s for s in two)
    gain = f"{ratio(one, two):.2f} times one (best round against best: {best:.2f})"
    title = f"Two cores, medians of {rounds} rounds: {gain}"
    return table(title, ("", "programs/s", "best", "CPU ms a program"), rows)


def _pooled(pool: Pool) -> Sample:
    wanted = programs() * 2
    pids = sandbox_pids(pool)
    cpu, own, start = cpu_s(pids), time.process_time(), time.perf_counter()
    assert run_in(pool, wanted) == 0
    wall, own, n = time.perf_counter() - start, time.process_time() - own, len(wanted)
    return Sample(wall / n, (cpu_s(pids) - cpu + own) / n, own / n)


def ready(rounds: int, core: int, patience_s: float) -> str:
    """From nothing to two sandboxes that take programs."""
    pin(0, 1)
    rows = []
    for sandbox in ("docker", "bubblewrap"):
        taken = []
        for _ in range(rounds):
            wait_until_quiet(patience_s)
            pool = Pool(registry.launcher(sandbox), SandboxOptions(image="python"), 2)
            start = time.perf_counter()
            pool.start()
            taken.append(time.perf_counter() - start)
            pool.close()
        rows.append(
            (sandbox, f"{median_ms(taken):.0f}", f"{1000 * min(taken):.0f}", f"{1000 * max(taken):.0f}")
        )
    return table("Pool of two sandboxes ready, ms", ("", "median", "least", "most"), rows)


SECTIONS = {
    "speed": speed,
    "libraries": libraries,
    "cores": cores,
    "ready": ready,
    "host": whole_runs.host,
    "memory": whole_runs.memory,
    "command": whole_runs.command,
}


def main() -> None:
    """Measure the sections asked for, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="SECTION")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--patience", type=float, default=5.0, metavar="S")
    parser.add_argument("--tasks", type=int, default=library_tasks.TASKS, help="of the section `libraries`")
    asked = parser.parse_args()
    sections = SECTIONS | {"libraries": functools.partial(libraries, tasks=asked.tasks)}
    for name in asked.sections or sections:
        print(sections[name](asked.rounds, asked.core, asked.patience), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

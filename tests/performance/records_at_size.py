"""Measures what a run of very many samples costs to open, resume, score, compare, report, show and merge.

    python tests/performance/records_at_size.py [--samples N] [--folder DIR]

Nothing is executed: the verdicts are replayed, each judged from a plausible measurement, so that the records
have the lengths and the variety of real ones. Every command runs in a process of its own; the table has its
wall time, its CPU time and its peak memory. With ``--folder`` the runs are kept there and used again.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from machine import table

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.runs import run_config

from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource, ModelInfo
from codeeval.judging import judge
from codeeval.pipeline import score
from codeeval.records import RunDirectory, shard_plan
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    FinishReason,
    StepResult,
    StepStatus,
    Usage,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codeeval.types import Problem, Program

SHARDS = 4
BODY = '''    """Plan {n}: work through the values one by one."""
    seen = {{}}
    for index, value in enumerate(values):
        other = threshold - value  # {n}
        if other in seen and abs(value - other) < threshold * {n}:
            return [seen[other], index, "pair {n}"]
        seen[value] = index
    return sorted(seen.items(), key=lambda item: (item[1], -item[0]))[: {n} + 1]
'''
TRACE = """Traceback (most recent call last):
  File "program.py", line {n}, in <module>
    check(candidate)
  File "program.py", line {n}, in check
{error}
"""
OPEN = """
import sys
from pathlib import Path
from codeeval.records import RunDirectory
with RunDirectory.open(Path(sys.argv[1])) as run:
    print(run.samples)
"""
RESUME = """
import sys
from pathlib import Path
from codeeval.pipeline.running import _counts
from codeeval.records import RunDirectory
from codeeval.records.config import read_config
path = Path(sys.argv[1])
config = read_config(path / "run.json")
with RunDirectory.create(path, config, list(config.plan)) as run:
    print(_counts(run).executed)
    run.finish()
"""

VIEW = """
import sys
from pathlib import Path
from codeeval.session.settings import DataOptions
from codeeval.viewer.folder import Folder
from codeeval.viewer.pages import Pages
folder = Folder(Path(sys.argv[1]))
pages = Pages(folder, DataOptions(offline=True))
pages.runs()
if len(runs := folder.listing().runs) == 1:
    print(len(pages.run(runs[0].id)))
pages.close()
folder.close()
"""
LISTED = 200
"""Runs in the folder that `view` lists."""


class Cost(NamedTuple):
    """Of one command in a process of its own."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def make(path: Path, samples: int, seed: int, shards: int = 1) -> list[Path]:
    """Write a run of so many samples of HumanEval, as one or as shards; returns their folders."""
    benchmark = HumanEval(BenchmarkOptions())
    problems = benchmark.load(DataSource(offline=True)).problems
    each, more = divmod(samples, len(problems))
    plan = {problem.task_id: each + (number < more) for number, problem in enumerate(problems)}
    made = []
    for number in range(1, shards + 1):
        out = path if shards == 1 else path / f"shard{number}"
        part, shard = (plan, None) if shards == 1 else shard_plan(plan, number, shards)
        made.append(out)
        if (out / "metrics.json").exists():
            continue
        config = run_config("humaneval", part, options=benchmark.options, settings=dict(benchmark.settings))
        config = msgspec.structs.replace(config, shard=shard, model=_model(config.model, seed))
        with RunDirectory.create(out, config, list(part)) as run:
            for problem in problems:
                if problem.task_id in part:
                    record(run, benchmark, problem, part[problem.task_id], seed)
            run.finish()
        score(out)
    return made


def _many(folder: Path) -> Path:
    """Write many runs of a sample a task; returns their folder."""
    for number in range(LISTED):
        make(folder / str(number), 164, number)
    return folder


def _model(model: ModelInfo, seed: int) -> ModelInfo:
    return msgspec.structs.replace(model, spec=f"fake:model-{seed}")


def record(run: RunDirectory, benchmark: HumanEval, problem: Problem, samples: int, seed: int) -> None:
    """Record the samples of one problem."""
    chance = random.Random(f"{problem.task_id} {seed}")
    rate = chance.random()
    verdicts: dict[int, Verdict] = {}
    for sample in range(samples):
        number = sample + seed
        completion = Completion(
            task_id=problem.task_id,
            sample=sample,
            text=BODY.format(n=number),
            kind=CompletionKind.CONTINUATION,
            finish_reason=FinishReason.STOP,
            usage=Usage(prompt_tokens=150, completion_tokens=120, latency_s=round(chance.uniform(1, 9), 3)),
        )
        run.add_completion(completion)
        kind = 0 if chance.random() < rate else chance.choice((1, 1, 1, 2, 2, 3))
        if kind not in verdicts:
            program = benchmark.program(problem, completion)
            verdicts[kind] = judge(program, measured(program, kind))
        spent = round(chance.uniform(0.001, 0.3), 6)
        of_this = msgspec.structs.replace(verdicts[kind], sample=sample, wall_s=spent, cpu_s=spent)
        run.add_verdict(of_this)


def measured(program: Program, kind: int) -> Execution:
    """What a sandbox could have measured of a program that passes, is wrong, fails, or computes too long."""
    errors = ("", "AssertionError", "TypeError: unsupported operand type(s) for -: 'str' and 'int'", "")
    status = StepStatus.CPU_LIMIT if kind == 3 else StepStatus.EXITED
    result = StepResult(
        name=program.steps[-1].name,
        status=status,
        exit_code=int(bool(errors[kind])),
        completed=kind == 0,
        stderr=TRACE.format(n=kind * 7, error=errors[kind]) if errors[kind] else "",
        report="\n".join(("test" if kind == 1 else "code", *errors[kind].split(": ")))
        if errors[kind]
        else "",
        wall_s=0.2,
        cpu_s=0.2,
        peak_rss_bytes=20_000_000,
    )
    return Execution(task_id=program.task_id, sample=program.sample, steps=(result,))


def cost(command: Sequence[object]) -> Cost:
    """Run a command to its end; it must succeed."""
    start = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[:6])
    spent = usage.ru_utime + usage.ru_stime
    return Cost(time.monotonic() - start, spent, usage.ru_maxrss * 1024)


def commands(folder: Path, samples: int) -> Iterator[tuple[str, Callable[[], list[object]]]]:
    """What is measured: its name, and what makes the runs that it reads and returns its command line."""

    def first() -> Path:
        return make(folder / "first", samples, 1)[0]

    def second() -> Path:
        return make(folder / "second", samples, 2)[0]

    def shards() -> list[Path]:
        return make(folder / "shards", samples, 1, SHARDS)

    command = [Path(sys.executable).with_name("codeeval")]
    report = folder / "report.html"
    task = ("--task", "HumanEval/80", "--sample", 7)
    yield "open, in Python", lambda: [sys.executable, "-c", OPEN, first()]
    yield "resume a run that is complete", lambda: [sys.executable, "-c", RESUME, first()]
    yield "`score`", lambda: [*command, "score", first(), "-q"]
    yield "`show`", lambda: [*command, "show", first()]
    yield "`show --task`", lambda: [*command, "show", first(), *task]
    yield "`show --analysis`", lambda: [*command, "show", first(), "--analysis"]
    yield "`compare`, two runs", lambda: [*command, "compare", first(), second()]
    yield "`view`, the page of a run", lambda: [sys.executable, "-c", VIEW, first()]
    yield f"`view`, a list of {LISTED} runs", lambda: [sys.executable, "-c", VIEW, _many(folder / "many")]
    yield "`report`", lambda: [*command, "report", first(), "--out", report, "-q"]
    yield "`report`, two runs", lambda: [*command, "report", first(), second(), "--out", report, "-q"]
    merged = folder / "merged"
    yield f"`merge` of {SHARDS} shards", lambda: [*command, "merge", *shards(), "--out", merged, "-q"]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", action="append", metavar="NAME", help="of the commands; repeatable")
    asked = parser.parse_args()
    rows = []
    with contextlib.ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name, command in commands(folder, asked.samples):
            if asked.only and name not in asked.only:
                continue
            found = cost(command())
            rows.append((name, f"{found.wall_s:.1f}", f"{found.cpu_s:.1f}", f"{found.peak_bytes / 1e6:.0f}"))
        if (page := folder / "report.html").exists():
            rows.append(("size of the report of two runs, MB", "", "", f"{page.stat().st_size / 1e6:.1f}"))
    sys.stdout.write(table(f"{asked.samples:,} samples", ("", "wall s", "CPU s", "peak MB"), rows) + "\n")


if __name__ == "__main__":
    main()

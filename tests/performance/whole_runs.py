"""``codeeval execute`` as a user calls it: what it costs a sample in time, in CPU time, in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from contenders import write_samples
from machine import median_ms, table, wait_until_quiet

HERE = Path(__file__).parent
TASKS = 164

CHILD = """
import json, resource, sys, time
from pathlib import Path
from codeeval.cli.main import main

{prepare}
try:
    main()
except SystemExit as end:
    assert not end.code, end
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([usage.ru_utime + usage.ru_stime, int(peak) * 1024]), file=sys.stderr)
"""

FAKE_POOL = f"""
import contextlib
sys.path.insert(0, {str(HERE.parent)!r})
from pipeline_fakes import FakePool
from codeeval.records import SandboxInfo
from codeeval.session import running
from codeeval.session.sandboxes import OpenPool
from codeeval.types import Execution, StepResult, StepStatus

class PassingPool(FakePool):
    def _result(self, program, *, alone):
        step = StepResult(name="run", status=StepStatus.EXITED, completed=True)
        return Execution(task_id=program.task_id, sample=program.sample, steps=(step,))

@contextlib.contextmanager
def open_pool(*_):
    pool = PassingPool(2, remember=False)
    yield OpenPool(pool, SandboxInfo(launcher="fake"))
    pool.close()

running.open_pool = open_pool
"""
"""Runs nothing: every program passes at once."""


class Cost(NamedTuple):
    """Of one process that carried out a whole run."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def execute(each: int, sandbox: str, workers: int = 2) -> Cost:
    """Score a samples file with ``each`` samples of every task; ``fake`` runs no program."""
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples.jsonl"
        write_samples(samples, each)
        code = CHILD.format(prepare=FAKE_POOL if sandbox == "fake" else "")
        place = [] if sandbox == "fake" else ["--sandbox", sandbox, "--workers", str(workers)]
        argv = ["execute", "humaneval", str(samples), "--out", f"{folder}/run", "--offline", "--json", "-q"]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code, *argv, *place], capture_output=True, text=True, check=False
        )
        wall = time.perf_counter() - start
        assert done.returncode == 0, done.stderr
        outcomes = json.loads(Path(folder, "run", "metrics.json").read_text("utf-8"))["outcomes"]
        assert outcomes["PASSED"] == each * TASKS, outcomes
        return Cost(wall, *json.loads(done.stderr.splitlines()[-1]))


def host(rounds: int, core: int, patience_s: float) -> str:
    """CPU time of the codeeval process for one more program, everything included."""
    del core
    rows = []
    few, many = 1, 21
    for sandbox in ("docker", "bubblewrap", "fake"):
        start, more = [], []
        for _ in range(max(1, rounds // 3)):
            wait_until_quiet(patience_s)
            start.append(execute(few, sandbox).cpu_s)
            more.append(execute(many, sandbox).cpu_s)
        slope = (median_ms(more) - median_ms(start)) / ((many - few) * TASKS)
        rows.append((sandbox, f"{slope:.2f}", f"{median_ms(start):.0f}"))
    title = (
        f"CPU time of the codeeval process in `codeeval execute`: {few * TASKS} and {many * TASKS} samples"
    )
    return table(title, ("sandbox", "ms a program", f"ms for {TASKS} with start-up"), rows)


def memory(rounds: int, core: int, patience_s: float) -> str:
    """Peak memory against the number of samples."""
    del rounds, core, patience_s
    rows = []
    for sandbox, sizes in (("fake", (7, 62, 610)), ("docker", (7, 61)), ("bubblewrap", (7, 61))):
        first = 0
        for each in sizes:
            cost = execute(each, sandbox)
            first = first or cost.peak_bytes
            grown = (cost.peak_bytes - first) / 1e6
            rate = each * TASKS / cost.wall_s
            rows.append(
                (sandbox, f"{each * TASKS:,}", f"{cost.peak_bytes / 1e6:.0f}", f"{grown:+.1f}", f"{rate:.0f}")
            )
    heads = ("sandbox", "samples", "peak MB", "grown MB", "samples/s")
    return table("Memory of the codeeval process, `file:` samples", heads, rows)


def command(rounds: int, core: int, patience_s: float) -> str:
    """Wall time of the whole command on 1,640 samples."""
    del core
    rows = []
    workers = len(os.sched_getaffinity(0))
    for sandbox in ("docker", "bubblewrap"):
        taken = []
        for _ in range(max(1, rounds // 3)):
            wait_until_quiet(patience_s)
            taken.append(execute(10, sandbox, workers))
        wall = median_ms(cost.wall_s for cost in taken) / 1000
        best = min(cost.wall_s for cost in taken)
        rows.append(
            (sandbox, str(workers), f"{wall:.1f}", f"{10 * TASKS / wall:.0f}", f"{10 * TASKS / best:.0f}")
        )
    title = "`codeeval execute humaneval` on 1,640 samples, start to end"
    return table(title, ("sandbox", "workers", "s", "samples/s", "best"), rows)

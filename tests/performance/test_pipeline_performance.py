"""What the host spends on a sample, apart from its program, and what it keeps of it in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent

CHILD = """
import resource, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from pipeline_fakes import (FakeBenchmark, FakeModel, FakePool, fake_config, run)

from codeeval.records import RunDirectory

samples, size = int(sys.argv[2]), int(sys.argv[3])
tasks = FakeBenchmark(100)
model = FakeModel(("pass:" + "x" * 2000, "fail:" + "y" * 3000), max_n=10, remember=False)
pool = FakePool(size, remember=False)
plan = {{problem.task_id: samples // 100 for problem in tasks.problems}}
with RunDirectory.create(Path(sys.argv[1]), fake_config(tasks, model, plan), []) as directory:
    start = time.process_time()
    result = run(directory, tasks, tasks.problems, model, pool)
    taken = time.process_time() - start
assert result.metrics.samples == samples
pool.close()
print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


class Cost(NamedTuple):
    """Of one run in a process of its own."""

    cpu_s: float
    """CPU time, which other work on the machine hardly changes."""
    peak_bytes: float


def cost(path: Path, samples: int, pool: int) -> Cost:
    code = CHILD.format(tests=str(HERE.parent))
    command = [sys.executable, "-c", code, str(path / f"{samples}-{pool}"), str(samples), str(pool)]
    return Cost(
        *map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    )


@pytest.mark.parametrize("pool", [0, 2], ids=["at once", "threads"])
def test_the_host_spends_under_a_millisecond_a_sample(tmp_path: Path, pool: int) -> None:
    # generating, recording, assembling, submitting, judging, recording, scoring and sorting
    assert min(cost(tmp_path / str(i), 5000, pool).cpu_s for i in range(2)) / 5000 < 0.001


@pytest.mark.slow
def test_memory_is_flat_from_a_thousand_to_a_hundred_thousand_samples(tmp_path: Path) -> None:
    few, many = cost(tmp_path, 1000, 2), cost(tmp_path, 100_000, 2)
    # the texts alone are 250 MB; what grows is 100 bytes a sample: places of lines, times
    assert many.peak_bytes - few.peak_bytes < 24 << 20
    assert many.cpu_s / 100_000 < 0.001

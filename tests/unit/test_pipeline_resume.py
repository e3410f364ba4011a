"""Whatever moment a run dies at, the same command finishes it, and nothing shows that it died."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run

from codeeval.pipeline import RunOptions
from codeeval.records import RunDirectory

TASKS = FakeBenchmark(5)
PLAN = {problem.task_id: 4 for problem in TASKS.problems}
TEXTS = ("pass", "fail", "crash", "slow", "", "load-slow", "pass\r\n\u2028:é")
RESULTS = ("completions.jsonl", "verdicts.jsonl", "metrics.json", "timings.json")


def finish(path: Path, model: FakeModel, pool: FakePool) -> None:
    order = [problem.task_id for problem in TASKS.problems]
    with RunDirectory.create(path, fake_config(TASKS, model, PLAN), order) as directory:
        run(directory, TASKS, TASKS.problems, model, pool, options=RunOptions(max_sandbox_errors=1))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole")
    finish(path, FakeModel(TEXTS), FakePool(0))
    return path


def unfinished(whole: Path, path: Path, seed: int) -> None:
    """Put the records in an order in which they may have been appended."""
    shutil.copy(whole / "run.json", path / "run.json")
    for name in ("completions.jsonl", "verdicts.jsonl"):
        lines = (whole / name).read_bytes().splitlines(keepends=True)
        random.Random(seed).shuffle(lines)
        (path / name).write_bytes(b"".join(lines))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(completions=st.floats(0, 1), verdicts=st.floats(0, 1), seed=st.integers(0, 9))
def test_files_cut_at_any_byte_are_completed_to_the_same_bytes(
    whole: Path, completions: float, verdicts: float, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        unfinished(whole, path, seed)
        kept = {}
        for file, share in (("completions.jsonl", completions), ("verdicts.jsonl", verdicts)):
            data = (path / file).read_bytes()
            data = data[: round(share * len(data))]
            (path / file).write_bytes(data)
            kept[file] = data.count(b"\n")
        model, pool = FakeModel(TEXTS), FakePool(0)
        finish(path, model, pool)
        for file in RESULTS:
            assert (path / file).read_bytes() == (whole / file).read_bytes(), file
        assert len(model.asked) == 20 - kept["completions.jsonl"]
        assert len(set(model.asked)) == len(model.asked)
        first = [(task, sample) for task, sample, alone in pool.executed if not alone]
        assert len(first) <= 20 - max(0, kept["completions.jsonl"] + kept["verdicts.jsonl"] - 20)
        assert len(set(first)) == len(first)


def recorded(path: Path) -> int:
    return sum(file.stat().st_size for file in path.glob("*.jsonl"))


CHILD = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
import test_pipeline_resume as t
t.finish(Path(sys.argv[1]), t.FakeModel(t.TEXTS, max_n=1, delay_s=0.005), t.FakePool(2, delay_s=0.005))
"""


def test_kill_9_at_random_moments_changes_nothing(whole: Path, tmp_path: Path) -> None:
    here = Path(__file__).parent
    code = CHILD.format(paths=[str(here), str(here.parent)])
    path, generator = tmp_path / "run", random.Random(20)
    killed = 0
    for _ in range(20):
        before = recorded(path)
        child = subprocess.Popen([sys.executable, "-c", code, str(path)])
        while child.poll() is None and recorded(path) == before:
            time.sleep(0.001)
        try:
            assert child.wait(generator.uniform(0, 0.02)) == 0
            break
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            killed += 1
    assert killed >= 2, "the run should last longer than the time before a kill"
    finish(path, FakeModel(TEXTS), FakePool(0))
    for file in RESULTS:
        assert (path / file).read_bytes() == (whole / file).read_bytes(), file

"""Memory does not follow the number of samples; tests/performance has the long version."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run

from codeeval.pipeline import sharing
from codeeval.records import RunDirectory

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def peak(path: Path, samples: int) -> int:
    tasks = FakeBenchmark(10)
    model = FakeModel(("pass:" + "x" * 20_000, "fail:" + "y" * 20_000), remember=False)
    plan = {problem.task_id: samples // 10 for problem in tasks.problems}
    with RunDirectory.create(path, fake_config(tasks, model, plan), []) as directory:
        tracemalloc.start()
        run(directory, tasks, tasks.problems, model, FakePool(0, remember=False))
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return highest


def test_ten_times_the_samples_take_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "REMEMBERED", 100)  # a bound of its own, passed in both runs
    peak(tmp_path / "warm", 100)
    few, many = peak(tmp_path / "few", 200), peak(tmp_path / "many", 2000)
    assert many - few < 1800 * 200, "a sample's text has 20,000 bytes"

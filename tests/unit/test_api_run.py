"""``codeeval.Run``: what it reads, and the keyword arguments that make a run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run

from codeeval.api.keywords import ExecuteKeywords, RunKeywords
from codeeval.api.run import Run
from codeeval.api.running import load_run
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.pipeline import Stage
from codeeval.records import RunDirectory
from codeeval.session import settings
from codeeval.session.keywords import make_request
from codeeval.types import Effort, PromptStyle


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("api") / "run"
    benchmark, model = FakeBenchmark(3), FakeModel(("pass", "<b>wrong</b>"))
    plan = dict.fromkeys([problem.task_id for problem in benchmark.problems], 2)
    order = [problem.task_id for problem in benchmark.problems]
    with RunDirectory.create(path, fake_config(benchmark, model, plan), order) as directory:
        run(directory, benchmark, benchmark.problems, model, FakePool(2))
    return load_run(path)


def test_scores_outcomes_and_records_are_read(finished: Run) -> None:
    passed = [completion.text == "pass" for completion in finished.completions()]
    assert 0 < sum(passed) < 6
    assert finished.metrics["pass@1"].value == pytest.approx(sum(passed) / 6)
    assert finished.outcomes["PASSED"] == sum(passed)
    assert [verdict.sample for verdict in finished.verdicts()] == [0, 1] * 3
    assert [verdict.passed for verdict in finished.verdicts()] == passed
    assert finished.config.benchmark == "fake"
    assert finished == load_run(finished.path)


@pytest.mark.parametrize("library", [None, "pandas"])
def test_a_frame_has_one_row_a_sample(finished: Run, library: str | None) -> None:
    frame = finished.frame(library)
    assert len(frame) == 6
    assert list(frame["passed"]) == [verdict.passed for verdict in finished.verdicts()]
    assert set(frame["outcome"]) >= {"PASSED"}


def test_a_frame_needs_a_library_that_is_installed(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UsageError) as caught:
        finished.frame("polars")
    assert "pip install polars" in caught.value.remedy
    with pytest.raises(UsageError):
        finished.frame("excel")


def test_a_notebook_shows_the_interval_and_escapes_foreign_text(finished: Run, tmp_path: Path) -> None:
    page = finished._repr_html_()
    assert "<td>pass@1</td>" in page
    value = finished.metrics["pass@1"]
    assert f"{value.low:.1%} to {value.high:.1%}" in page
    text = (finished.path / "run.json").read_text().replace("fake:model", "<script>alert(1)</script>")
    (tmp_path / "run.json").write_text(text)
    assert "<script>" not in Run(tmp_path)._repr_html_()


def test_a_run_that_was_not_executed_has_no_scores(finished: Run, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text((finished.path / "run.json").read_text())
    empty = Run(tmp_path)
    assert empty.summary is None
    assert not empty.metrics
    assert "<td>" not in empty._repr_html_()


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        load_run(tmp_path)


def test_every_setting_is_a_keyword() -> None:
    """The Python API and the command line offer the same choices."""
    groups = (
        settings.TaskSelection,
        settings.PromptOptions,
        settings.SamplingOptions,
        settings.DataOptions,
        settings.ModelOptions,
        settings.SandboxSettings,
        settings.ExecutionOptions,
    )
    fields = {field for group in groups for field in group.__struct_fields__}
    assert fields | {
        "out",
        "k",
        "strategy",
        "keep_going",
        "duplicates",
        "limits",
        "notes",
        "notify",
        "progress",
    } == set(RunKeywords.__annotations__)


def test_keywords_become_settings() -> None:
    request = make_request(
        "fake",
        "fake:model",
        Stage.ALL,
        {
            "out": "runs/x",
            "k": [1, 5],
            "tasks": ["Fake/1"],
            "style": "base",
            "reasoning_effort": "low",
            "n": 3,
        },
        known=RunKeywords.__annotations__,
    )
    assert request.out == Path("runs/x")
    assert request.ks == (1, 5)
    assert request.tasks.tasks == ("Fake/1",)
    assert request.prompting.style is PromptStyle.BASE
    assert request.sampling.reasoning_effort is Effort.LOW
    assert request.sampling.n == 3


def test_an_unknown_keyword_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownName) as caught:
        make_request("fake", "fake:model", Stage.ALL, {"temprature": 1.0}, known=RunKeywords.__annotations__)
    assert "temperature" in caught.value.remedy
    with pytest.raises(UnknownName):
        make_request("fake", "", Stage.EXECUTE, {"temperature": 1.0}, known=ExecuteKeywords.__annotations__)

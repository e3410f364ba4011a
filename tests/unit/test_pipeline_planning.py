"""Which problems and samples a run has, and what it freezes."""

from __future__ import annotations

import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakeSource, fake_config

from codeeval import __version__
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.pipeline import plan_samples, select_problems
from codeeval.pipeline.generation import missing
from codeeval.records import RunDirectory
from codeeval.strategies.best_of_n import BestOfN
from codeeval.types import Completion, CompletionKind, Sampling

PROBLEMS = FakeBenchmark(5).problems


def test_limit_and_tasks_narrow_in_dataset_order() -> None:
    def ids(**chosen):
        return [problem.task_id for problem in select_problems(PROBLEMS, **chosen)]

    assert ids() == ["Fake/0", "Fake/1", "Fake/2", "Fake/3", "Fake/4"]
    assert ids(limit=2) == ["Fake/0", "Fake/1"]
    assert ids(limit=99) == ids()
    assert ids(tasks=["Fake/3", "Fake/1", "Fake/3"]) == ["Fake/1", "Fake/3"]
    assert ids(tasks=["Fake/3", "Fake/1"], limit=1) == ["Fake/1"]


def test_an_unknown_task_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'fake/3'") as caught:
        select_problems(PROBLEMS, tasks=["fake/3"])
    assert "Fake/3" in caught.value.remedy


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(UsageError, match=f" {limit} "):
        select_problems(PROBLEMS, limit=limit)


def test_a_model_generates_n_samples_a_task() -> None:
    assert plan_samples(PROBLEMS[:2], FakeModel(), None) == {"Fake/0": 1, "Fake/1": 1}
    assert plan_samples(PROBLEMS[:2], FakeModel(), 7) == {"Fake/0": 7, "Fake/1": 7}
    with pytest.raises(UsageError):
        plan_samples(PROBLEMS, FakeModel(), 0)


def test_a_source_has_the_samples_that_it_has() -> None:
    source = FakeSource({"Fake/1": 3, "Fake/4": 1})
    assert plan_samples(PROBLEMS, source, None) == {"Fake/1": 3, "Fake/4": 1}
    assert plan_samples(PROBLEMS, source, 2) == {"Fake/1": 2, "Fake/4": 1}
    with pytest.raises(DataError) as caught:
        plan_samples(PROBLEMS[:1], source, None)
    assert "Fake/0" in caught.value.remedy


def test_a_strategy_makes_one_sample_of_several_of_a_source() -> None:
    source = FakeSource({"Fake/1": 7, "Fake/4": 2})
    assert plan_samples(PROBLEMS, source, None, BestOfN({"n": "3"})) == {"Fake/1": 2}
    assert plan_samples(PROBLEMS[:1], FakeModel(), 4, BestOfN({"n": "3"})) == {"Fake/0": 4}


def test_the_configuration_states_what_the_result_depends_on() -> None:
    config = fake_config(FakeBenchmark(5), FakeModel(), {"Fake/0": 2})
    assert config.benchmark == "fake"
    assert config.settings == {"split": "test"}
    assert config.dataset.rows == 5
    assert config.template_hash == "cafe"
    assert config.sampling == Sampling(seed=1)
    assert config.limits == {}, "nothing was executed"
    assert config.model.spec == "fake:"
    assert config.codeeval_version == __version__
    assert config.sandbox is None


def test_requests_are_for_what_is_missing_and_no_more(tmp_path) -> None:
    tasks = FakeBenchmark(3)
    config = fake_config(tasks, FakeModel(), {"Fake/0": 7, "Fake/2": 2})
    with RunDirectory.create(tmp_path, config, []) as run:
        assert list(missing(run, 3)) == [
            ("Fake/0", range(3)),
            ("Fake/0", range(3, 6)),
            ("Fake/0", range(6, 7)),
            ("Fake/2", range(2)),
        ]
        for sample in (0, 2, 5):
            run.add_completion(
                Completion(task_id="Fake/0", sample=sample, text="", kind=CompletionKind.ANSWER)
            )
        assert list(missing(run, 3)) == [
            ("Fake/0", range(1, 2)),
            ("Fake/0", range(3, 5)),
            ("Fake/0", range(6, 7)),
            ("Fake/2", range(2)),
        ]

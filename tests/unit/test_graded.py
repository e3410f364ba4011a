"""Graded answers on their way from a grade to verdict, means, comparison and gate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, run
from support.runs import P, S, W, make_run, run_config

from codeeval.comparison import compare
from codeeval.errors import SandboxError, UnknownName, UsageError
from codeeval.gating import Check, Decision, Plan, gate
from codeeval.interfaces import GradesAnswers, Scoring
from codeeval.judging import has_answer, judge_answers, rejudge
from codeeval.metrics import GroupMetrics, Means, PassAtK, Scores, averages
from codeeval.pipeline import NoSandbox, RunOptions
from codeeval.records import RunDirectory
from codeeval.types import Answer, Extraction, Grade, Oracle, Outcome, Program, Score, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codeeval.types import Completion, Problem

SCORING = Scoring(scores=("main", "other"))


def program(*texts: str, sample: int = 0) -> Program:
    rule = "text" if texts else "none"
    return Program(
        task_id="t",
        sample=sample,
        language="",
        image="",
        extraction=Extraction(rule=rule, code="".join(texts[:1])),
        oracle=Oracle.ANSWER,
        answers=tuple(Answer(scorer=scorer, metric="m", rule=rule, texts=texts) for scorer in SCORING.scores),
    )


def grade(main: float, other: float, detail: str = "") -> Grade:
    return Grade(scores=(Score(scorer="main", value=main), Score(scorer="other", value=other)), detail=detail)


@pytest.mark.parametrize(
    ("given", "outcome", "detail"),
    [
        (grade(1.0, 0.0), Outcome.PASSED, ""),
        (grade(1.0 - 1e-15, 0.0), Outcome.PASSED, ""),  # a rounding error
        (grade(0.999, 1.0), Outcome.WRONG_ANSWER, "not the answer that is expected"),
        (grade(0.0, 1.0, "no number"), Outcome.WRONG_ANSWER, "no number"),
    ],
)
def test_the_main_score_decides(given: Grade, outcome: Outcome, detail: str) -> None:
    verdict = judge_answers(program("a"), given)
    assert (verdict.outcome, verdict.detail, verdict.attempts) == (outcome, detail, 0)
    assert rejudge(verdict) == verdict
    assert rejudge(msgspec.structs.replace(verdict, outcome=Outcome.TIMEOUT)) == verdict


def test_without_an_answer_every_score_is_zero() -> None:
    assert not has_answer(program())
    assert has_answer(program(""))  # an answer may be empty
    verdict = judge_answers(program(), None)
    assert (verdict.outcome, verdict.rule) == (Outcome.NO_CODE, "none")
    assert [score.value for score in verdict.scores] == [0.0, 0.0]
    assert rejudge(verdict) == verdict


@pytest.mark.parametrize(("value", "kept"), [(math.nan, 0.0), (math.inf, 1.0), (-1.0, 0.0), (2.0, 1.0)])
def test_a_score_out_of_its_range_spoils_no_mean(value: float, kept: float) -> None:
    assert [score.value for score in judge_answers(program("a"), grade(value, 0.5)).scores] == [kept, 0.5]


class Grading(FakeBenchmark):
    """Grades an answer by its length; ``defect`` breaks it."""

    image = ""
    scoring = SCORING

    def program(self, problem: Problem, completion: Completion) -> Program:
        made = program(*([completion.text] if completion.text else []), sample=completion.sample)
        return msgspec.structs.replace(made, task_id=problem.task_id)

    def grade(self, program: Program) -> Grade:
        (text,) = program.answers[0].texts
        if text == "defect":
            raise ZeroDivisionError("a defect of the benchmark")
        return grade(len(text) / 4, 0.5)


def test_a_graded_run_generates_and_executes_nothing(tmp_path: Path) -> None:
    benchmark = Grading(24)
    assert isinstance(benchmark, GradesAnswers)
    model = FakeModel(("abcd", "ab", "", "defect"))
    config = run_config("fake", {problem.task_id: 1 for problem in benchmark.problems}, scoring=SCORING)
    order = list(config.plan)
    with RunDirectory.create(tmp_path / "run", config, order) as directory:
        options = RunOptions(max_sandbox_errors=1.0)
        result = run(directory, benchmark, benchmark.problems, model, NoSandbox(), options=options)
    with RunDirectory.open(tmp_path / "run") as directory:
        outcomes = {each.outcome for each in directory.verdicts()}
    assert result.metrics is not None
    assert outcomes == {P, W, S, Outcome.NO_CODE}
    assert result.timings.executed == 0
    assert {"main.score", "other.score"} < result.metrics.metrics.keys()


def test_a_graded_benchmark_refuses_to_make_programs() -> None:
    with pytest.raises(SandboxError, match=r"^t: "):
        NoSandbox().submit(program("a"))


def test_means_exclude_sandbox_errors_and_bound_their_effect() -> None:
    means = Means()
    assert means.values() is None
    for task, value in (("a", 1.0), ("a", 0.5), ("b", 0.0), ("b", None), ("c", None)):
        means.add(task, value)
    found = means.values()
    assert found is not None
    assert found.values == [0.75, 0.0]
    assert found.worst == [0.75, 0.0, 0.0]
    assert found.best == [0.75, 0.5, 1.0]


def verdict(outcome: Outcome, *values: float) -> Verdict:
    scores = tuple(
        Score(scorer=name, value=value) for name, value in zip(SCORING.scores, values, strict=False)
    )
    base = judge_answers(program("a"), grade(0.0, 0.0))
    return msgspec.structs.replace(base, outcome=outcome, scores=scores)


def test_scores_come_before_pass_at_k() -> None:
    scores = Scores(SCORING)
    scores.add(verdict(P, 1.0, 0.25))
    scores.add(verdict(W, 0.5, 0.75))
    found = scores.pass_values([1])
    assert {name: each.values for name, each in found.items()} == {
        "main.score": [0.75],
        "other.score": [0.5],
        "pass@1": [0.5],
    }
    assert next(iter(found)) == "main.score"


def column(**values: float) -> GroupMetrics:
    metrics = {
        f"{name}.score": PassAtK(value=value, low=0, high=1, interval="", tasks=1, worst=0, best=1)
        for name, value in values.items()
    }
    return GroupMetrics(tasks=1, samples=1, metrics=metrics, outcomes={})


def test_zeros_count_in_an_average_unless_it_is_published_otherwise() -> None:
    scoring = Scoring(scores=("main", "other"), columns=("a", "b", "c"), nonzero=("other",))
    groups = {"a": column(main=1.0, other=1.0), "b": column(main=0.0, other=0.0), "z": column(main=9.0)}
    assert averages(scoring, groups) == {"main": 0.5, "other": 1.0}
    assert averages(scoring, {"a": column(main=0.0, other=0.0)}) == {"main": 0.0, "other": 0.0}
    assert averages(Scoring(scores=("main",)), groups) == {}


def graded_run(path: Path, values: Mapping[str, Sequence[float]]) -> Path:
    outcomes = {task: [P if value == 1 else W for value in each] for task, each in values.items()}

    def with_scores(judged: Verdict) -> Verdict:
        value = values[judged.task_id][judged.sample]
        scores = (Score(scorer="main", value=value), Score(scorer="other", value=1 - value))
        return msgspec.structs.replace(judged, scores=scores)

    groups = {"few": ("0", "1")}
    return make_run(path, "bench", outcomes, verdict=with_scores, scoring=SCORING, groups=groups)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    before = {str(task): [0.8 + task % 3 / 10] for task in range(60)}
    after = {task: [value - 0.3 for value in values] for task, values in before.items()}
    return graded_run(tmp_path / "a", before), graded_run(tmp_path / "b", after)


def test_graded_runs_are_compared_by_their_mean_scores(pair: tuple[Path, Path]) -> None:
    (contrast,) = compare(pair).benchmarks[0].contrasts
    assert [each.metric for each in contrast.metrics] == ["main.score", "other.score", "pass@1"]
    assert contrast.main.difference == pytest.approx(-0.3)
    assert contrast.main.p < 0.001
    assert contrast.main.low <= -0.3 <= contrast.main.high < 0
    (group,) = contrast.groups
    assert (group.contrast.metric, group.contrast.tasks) == ("main.score", 2)


def test_a_gate_may_use_a_mean_score(pair: tuple[Path, Path]) -> None:
    before, after = pair

    def decide(metric: str, baseline: Path, candidate: Path, **least: float) -> Decision:
        check = Check(baseline=baseline, candidate=candidate, metrics=(metric,), least=least)
        return gate(Plan(checks=(check,))).decision

    assert decide("main.score", before, after) is Decision.WORSE
    assert decide("other.score", before, after) is Decision.BETTER
    floor = Check(candidate=after, least={"main.score": 0.9})
    assert gate(Plan(checks=(floor,))).decision is Decision.WORSE
    with pytest.raises(UnknownName, match=r"mian\.score"):
        decide("mian.score", before, after)
    with pytest.raises(UsageError, match="'main'"):
        decide("main", before, after)

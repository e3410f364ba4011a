"""A run beyond pass@k: coverage, consistency, majority, variety and what it could show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import P, S, W, make_run

from codeeval.interfaces import Scoring
from codeeval.metrics import pass_at_k
from codeeval.metrics.analysis import analyse
from codeeval.types import Part, Verdict

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = {"T/0": [P, P, W, P], "T/1": [W, W, W, W], "T/2": [P, W, W, W], "T/3": [P, P, P, S, P]}


def test_a_run_is_analysed(tmp_path: Path) -> None:
    texts = {"T/0": ["a", "a", "b", "a \n\n"], "T/1": ["x", "y", "z", "w"], "T/2": ["p", "q", "q", "q"]}
    found = analyse(
        make_run(tmp_path / "run", "fake", OUTCOMES, text=lambda task, i: texts.get(task, ["same"] * 5)[i])
    )
    assert found is not None
    assert (found.tasks, found.samples) == (4, 4)
    first, last = found.coverage.measured[0], found.coverage.measured[-1]
    assert first.value == pytest.approx((3 / 4 + 0 + 1 / 4 + 1) / 4)
    assert (last.k, last.value) == (4, pytest.approx(3 / 4))
    assert [point.value for point in found.all_of_k] == pytest.approx([0.5, 3 / 8, 5 / 16, 0.25])
    assert [point.k for point in found.majority_of_k] == [1, 2, 3]
    # of any 3 samples: T/0's right program wins, T/1 has none, T/2's wrong one wins, T/3 has no wrong one
    assert found.majority_of_k[-1].value == pytest.approx(2 / 4)
    assert found.majority_method == "exact"
    assert found.programs.of == 4
    assert found.programs.distinct == pytest.approx((2 + 4 + 2 + 1) / 4)
    assert found.behaviours.distinct == pytest.approx((2 + 1 + 2 + 1) / 4)
    assert 0 < found.detectable < 1


def test_its_curve_is_that_of_the_metrics(tmp_path: Path) -> None:
    found = analyse(make_run(tmp_path / "run", "fake", OUTCOMES))
    assert found is not None
    counts = [(4, 3), (4, 0), (4, 1), (4, 4)]
    for point in found.coverage.measured:
        assert point.value == pytest.approx(sum(pass_at_k(*each, point.k) for each in counts) / 4)


def test_one_sample_a_task(tmp_path: Path) -> None:
    found = analyse(make_run(tmp_path / "run", "fake", {"T/0": [P], "T/1": [W]}))
    assert found is not None
    assert [point.k for point in found.all_of_k] == [1]
    assert found.coverage.power_law is None
    assert found.programs.distinct == 1


def test_words_around_a_fence_are_no_program(tmp_path: Path) -> None:
    texts = ["Sure!\n```python\ndef f(): ...\n```\nDone.", "```py\ndef f(): ...  \n\n```", "def f(): ..."]
    found = analyse(make_run(tmp_path / "run", "fake", {"T/0": [W, W, W]}, text=lambda _, i: texts[i]))
    assert found is not None
    assert found.programs.distinct == 1


def test_the_best_scored_of_n(tmp_path: Path) -> None:
    outcomes = {"T/0": [P, W, W], "T/1": [W, P, S, P]}
    scores = {"T/0": [0.5, -1.0, 2.0], "T/1": [3.0, 7, 99, 1e300]}
    found = analyse(make_run(tmp_path / "run", "fake", outcomes, score_of=lambda task, i: scores[task][i]))
    assert found is not None
    # T/0's right one wins one of three pairs, T/1's right ones win each
    assert [point.k for point in found.best_of_n] == [1, 2, 3]
    assert [point.value for point in found.best_of_n] == pytest.approx([1 / 2, (1 / 3 + 1) / 2, 1 / 2])


def test_how_often_the_scores_say_what_the_tests_say(tmp_path: Path) -> None:
    outcomes = {"T/0": [P, W], "T/1": [P, P]}
    scores = {"T/0": [1.0, 0.2], "T/1": [0.5, 0.1]}
    found = analyse(make_run(tmp_path / "run", "fake", outcomes, score_of=lambda task, i: scores[task][i]))
    assert found is not None
    assert found.score_agreement is not None
    assert found.score_agreement.value == pytest.approx((1 + 0.25) / 2)
    assert found.score_agreement.low < 0.625 < found.score_agreement.high


@pytest.mark.parametrize("score", [None, 1.5, -0.1])
def test_scores_that_are_no_shares_are_not_compared_with_the_tests(
    tmp_path: Path, score: float | None
) -> None:
    found = analyse(
        make_run(tmp_path / "run", "fake", {"T/0": [P, W]}, score_of=lambda _, i: [1.0, score][i])
    )
    assert found is not None
    assert found.score_agreement is None


def test_without_a_score_for_every_sample_there_is_no_best(tmp_path: Path) -> None:
    found = analyse(make_run(tmp_path / "run", "fake", {"T/0": [P, W]}, score_of=lambda _, i: [1.0, None][i]))
    assert found is not None
    assert found.best_of_n == ()


def test_where_the_best_of_several_scores_counts_it_is_the_one_analysed(tmp_path: Path) -> None:
    def parts(verdict: Verdict) -> Verdict:
        other = P if verdict.sample else W
        return msgspec.structs.replace(
            verdict, parts=(Part(name="raw", outcome=verdict.outcome), Part(name="clean", outcome=other))
        )

    scoring = Scoring(parts=("raw", "clean"), best_of=True, alias="verify")
    found = analyse(make_run(tmp_path / "run", "fake", {"T/0": [P, W, W]}, verdict=parts, scoring=scoring))
    assert found is not None
    assert (found.part, found.metric) == ("clean", "verify")
    assert found.coverage.measured[0].value == pytest.approx(2 / 3)


def test_an_unfinished_run_is_marked(tmp_path: Path) -> None:
    whole = analyse(make_run(tmp_path / "whole", "fake", {"T/0": [P, S]}))
    torn = analyse(make_run(tmp_path / "torn", "fake", {"T/0": [P, S]}, planned=3))
    assert whole is not None
    assert torn is not None
    assert (whole.complete, torn.complete) == (True, False)


def test_a_run_without_verdicts_is_refused_by_the_analysis(tmp_path: Path) -> None:
    assert analyse(make_run(tmp_path / "run", "fake", {"T/0": [S, S]})) is None


def test_the_majority_of_answers_where_samples_have_them(tmp_path: Path) -> None:
    """Texts that all differ agree by what they answer; a sample without an answer has no vote."""
    answers = {"T/0": ["7", "7", "8"], "T/1": ["", "", "5"], "T/2": ["", "", ""]}
    outcomes = {"T/0": [P, P, W], "T/1": [W, W, P], "T/2": [W, W, W]}

    def voted(verdict: Verdict) -> Verdict:
        return msgspec.structs.replace(verdict, answer=answers[verdict.task_id][verdict.sample])

    found = analyse(make_run(tmp_path / "run", "fake", outcomes, verdict=voted))
    assert found is not None
    assert found.votes_by_answer
    majority = {point.k: point.value for point in found.majority_of_k}
    assert majority[1] == pytest.approx((2 / 3 + 1 / 3) / 3)
    assert majority[3] == pytest.approx(2 / 3)

"""Mistakes are counted where samples are wrong, and accuracy falls into the right bins."""

from __future__ import annotations

from codeeval.interfaces import Scoring
from codeeval.metrics import Bin, Tally
from codeeval.metrics.study import PROGRAM_LINES, RUN_S, edges_of, label
from codeeval.types import Mistake, Outcome, Score, Study, Trait, Verdict


def verdict(
    task: str, outcome: Outcome, mistake: Mistake = Mistake.COMPUTED, score: float = 0.0, **traits: float
) -> Verdict:
    return Verdict(
        task_id=task,
        sample=0,
        outcome=outcome,
        detail="",
        rule="r",
        wall_s=0.0,
        cpu_s=0.0,
        peak_rss_bytes=0,
        study=Study(
            mistake=mistake, traits=tuple(Trait(name=name, value=value) for name, value in traits.items())
        ),
        scores=(Score(scorer="s", value=score),),
    )


def test_mistakes_of_wrong_samples_only() -> None:
    tally = Tally()
    tally.add(verdict("a", Outcome.PASSED))
    tally.add(verdict("b", Outcome.SANDBOX_ERROR))
    tally.add(verdict("c", Outcome.WRONG_ANSWER))
    tally.add(verdict("d", Outcome.NO_CODE, Mistake.EMPTY))
    tally.add(verdict("e", Outcome.NO_CODE, Mistake.EMPTY))
    tally.add(verdict("f", Outcome.WRONG_ANSWER, Mistake.NONE))
    assert list(tally.study.mistakes.items()) == [("empty", 2), ("computed wrong", 1)]


def test_bins_by_their_edges() -> None:
    tally = Tally()
    for task, lines in (("a", 5), ("b", 6), ("c", 10), ("d", 11), ("e", 5000), ("f", -1)):
        tally.add(verdict(task, Outcome.PASSED, program_lines=lines))
    assert {number: len(scores.main.tasks) for number, scores in tally.study.bins[PROGRAM_LINES].items()} == {
        0: 2, 1: 2, 2: 1, 6: 1,
    }  # fmt: skip


def test_the_main_score_is_what_bins_hold() -> None:
    tally = Tally(Scoring(scores=("s",)))
    tally.add(verdict("a", Outcome.WRONG_ANSWER, score=0.5, run_s=0.5))
    tally.add(verdict("b", Outcome.PASSED, score=1.0, run_s=0.2))
    values = next(iter(tally.study.bins[RUN_S][3].pass_values((1,)).values()))
    assert values.values == [0.5, 1.0]


def test_an_unknown_trait_is_ignored() -> None:
    tally = Tally()
    tally.add(verdict("a", Outcome.PASSED, weight=3.0))
    assert tally.study.bins == {}


def bin_of(trait: str, number: int) -> Bin:
    at_least, below = edges_of(trait, number)
    return Bin(at_least=at_least, below=below, tasks=1, samples=1, value=0, low=0, high=0)


def test_names_of_bins() -> None:
    assert label(PROGRAM_LINES, bin_of(PROGRAM_LINES, 0)) == "under 6"
    assert label(PROGRAM_LINES, bin_of(PROGRAM_LINES, 1)) == "6\N{EN DASH}10"
    assert label(PROGRAM_LINES, bin_of(PROGRAM_LINES, 6)) == "161 and more"
    assert label(RUN_S, bin_of(RUN_S, 3)) == "0.1\N{EN DASH}1"

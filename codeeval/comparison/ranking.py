"""Ranks the runs of a benchmark, and groups those that cannot be told apart.

Every pair of runs is tested. Where both are on the same data and have tasks in common the test is paired
over these (McNemar's or the permutation test of ``statistics.paired_difference``); else it is the permutation
test of two independent samples of tasks. p-values are adjusted by Holm over all pairs of the benchmark, and
pairs at or below 0.05 count as told apart. Runs that share a letter are not.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import statistics
from codeeval.comparison.contrasting import graded_values, paired_values, scores_of
from codeeval.comparison.results import Area, SettingDifference
from codeeval.comparison.settings import setting_differences
from codeeval.metrics import PassAtK, score_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.comparison.reading import Run

ALPHA: Final = 0.05


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a ranking."""

    run: int
    """Number of the run, as the caller counts."""
    score: PassAtK
    groups: str
    """Letters; runs that share one cannot be told apart. ``a`` is the group of the best run."""
    top: bool
    """Whether it cannot be told apart from the best run."""


class PairTest(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs of a ranking, tested."""

    first: int
    second: int
    tasks: int
    """In common; 0 where the runs share none, and the test is unpaired."""
    p: float
    p_adjusted: float
    """Holm's, over all pairs of the benchmark."""


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of a benchmark, the best first."""

    benchmark: str
    metric: str
    ranked: tuple[Ranked, ...]
    tests: tuple[PairTest, ...]
    left_out: tuple[int, ...]
    """Runs without the metric: too few samples a task."""
    differences: tuple[SettingDifference, ...]
    """What else than the model differs between the runs."""


def rank(benchmark: str, runs: Sequence[tuple[int, Run, dict[str, PassAtK]]], k: int) -> Ranking:
    """Rank runs of one benchmark.

    Args:
        benchmark: its name.
        runs: of each its number, its counts and its scores, the main one first.
        k: of pass@k; where answers are graded the mean score counts.
    """
    scorers = runs[0][1].config.scoring.scores
    metric = score_name(scorers[0]) if scorers else f"pass@{k}"
    scored = [(number, run, scores[metric]) for number, run, scores in runs if metric in scores]
    scored.sort(key=lambda each: -each[2].value)
    pairs = list(itertools.combinations(range(len(scored)), 2))
    found = [_test(scored[a][1], scored[b][1], k) for a, b in pairs]
    adjusted = statistics.holm([p for _, p in found])
    apart = {pair for pair, p in zip(pairs, adjusted, strict=True) if p <= ALPHA}
    letters = letter_groups(len(scored), apart)
    return Ranking(
        benchmark=benchmark,
        metric=metric,
        ranked=tuple(
            Ranked(run=number, score=score, groups=groups, top=(0, place) not in apart)
            for place, ((number, _, score), groups) in enumerate(zip(scored, letters, strict=True))
        ),
        tests=tuple(
            PairTest(first=scored[a][0], second=scored[b][0], tasks=tasks, p=p, p_adjusted=holm)
            for (a, b), (tasks, p), holm in zip(pairs, found, adjusted, strict=True)
        ),
        left_out=tuple(number for number, _, scores in runs if metric not in scores),
        differences=tuple(
            each
            for each in setting_differences([run.config for _, run, _ in runs])
            if each.area is not Area.MODEL
        ),
    )


def letter_groups(count: int, apart: set[tuple[int, int]]) -> list[str]:
    """Return letters for things in order, so that two share one exactly if they are not told apart.

    Args:
        count: how many things, the best first.
        apart: pairs that are told apart, the smaller number first.

    Source: Piepho 2004, "An algorithm for a letter-based representation of all-pairwise comparisons": start
    with one group of all, and for each pair told apart split each group that holds both; drop groups that lie
    within others.
    """
    groups = [frozenset(range(count))] if count else []
    for first, second in sorted(apart):
        split = [
            part
            for group in groups
            for part in ((group - {first}, group - {second}) if {first, second} <= group else (group,))
        ]
        distinct = list(dict.fromkeys(split))
        groups = [group for group in distinct if not any(group < other for other in distinct)]
    groups.sort(key=sorted)
    return [
        "".join(_letter(number) for number, group in enumerate(groups) if thing in group)
        for thing in range(count)
    ]


def _letter(number: int) -> str:
    """Name a group: a to z, then a', b' ..."""
    return chr(ord("a") + number % 26) + "'" * (number // 26)


def _test(first: Run, second: Run, k: int) -> tuple[int, float]:
    """Return the tasks that two runs are paired by, and the p-value of their being equally good."""
    if first.config.dataset.sha256 == second.config.dataset.sha256:
        common = [task for task in first.outcomes if task in second.outcomes]
        before, after = _paired(first, second, common, k) if common else ([], [])
        if before:
            return len(before), statistics.paired_difference(before, after).p
    alone = [_values(run, k) for run in (first, second)]
    return 0, statistics.unpaired_p(*alone)


def _paired(first: Run, second: Run, common: Sequence[str], k: int) -> tuple[list[float], list[float]]:
    for scorer, means in first.scores.means.items():
        if scorer in second.scores.means:
            return graded_values(means.tasks, second.scores.means[scorer].tasks, common)
    return paired_values(scores_of(first, second, common)[0].pairs, k)


def _values(run: Run, k: int) -> list[float]:
    """Return the values of a run's main metric, one a task."""
    return next(iter(run.scores.pass_values((k,)).values())).values

"""The numbers of a comparison: one candidate against one baseline, paired by task."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codeeval import statistics
from codeeval.comparison.reading import examples
from codeeval.comparison.results import Contrast, GroupContrast, MetricContrast, Shift, TaskChange
from codeeval.errors import UsageError
from codeeval.metrics import mean, pass_at_k, score_name
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codeeval.comparison.reading import Run
    from codeeval.metrics import TaskCounts, TaskScores

Pair = tuple["TaskCounts", "TaskCounts"]


class Score(NamedTuple):
    """One score of two runs: each task's counts in both."""

    name: str
    """Empty for the main score, else the part's name."""
    pairs: Mapping[str, Pair]


def contrast(baseline: Run, candidate: Run, ks: Sequence[int] = (1,)) -> Contrast:
    """Compare a candidate with the baseline, on the tasks that both have.

    Args:
        baseline: what the differences are taken from.
        candidate: what they lead to.
        ks: of pass@k; the first is the main one.

    Raises:
        UsageError: no task in common, or none with enough judged samples for a k.
    """
    common = tuple(task for task in baseline.outcomes if task in candidate.outcomes)
    names = f"{baseline.summary.path} and {candidate.summary.path}"
    if not common:
        raise UsageError(f"{names} have no task in common", "Compare runs of the same tasks.")
    metrics = (*_graded(baseline, candidate, common), *_metrics(baseline, candidate, common, ks))
    for k in ks:
        if f"pass@{k}" not in {each.metric for each in metrics}:
            raise UsageError(
                f"{names} have no task with {k} judged samples in both, so no pass@{k}",
                "Use a smaller --k, or generate more samples (--n).",
            )
    gained, lost = _changes(baseline, candidate, _main_score(baseline, candidate, common).pairs)
    return Contrast(
        baseline=baseline.summary.label,
        candidate=candidate.summary.label,
        common=common,
        only_baseline=len(baseline.outcomes.keys() - candidate.outcomes.keys()),
        only_candidate=len(candidate.outcomes.keys() - baseline.outcomes.keys()),
        metrics=metrics,
        gained=gained,
        lost=lost,
        outcomes_before=_outcomes(baseline, common),
        outcomes_after=_outcomes(candidate, common),
        shifts=_shifts(baseline, candidate, common),
        groups=_groups(baseline, candidate, common, ks[0]),
    )


def paired_values(pairs: Mapping[str, Pair], k: int) -> tuple[list[float], list[float]]:
    """Return pass@k of the tasks that have k judged samples in both runs: baseline's, candidate's."""
    kept = [pair for pair in pairs.values() if min(pair[0].judged, pair[1].judged) >= k]
    return (
        [pass_at_k(before.judged, before.passed, k) for before, _ in kept],
        [pass_at_k(after.judged, after.passed, k) for _, after in kept],
    )


def scores_of(baseline: Run, candidate: Run, common: Sequence[str]) -> list[Score]:
    """Return the scores that two runs share: the main one first, then those of the parts."""
    parts = [
        Score(name, _pairs(counts.tasks, candidate.scores.parts[name].tasks, common))
        for name, counts in baseline.scores.parts.items()
        if name in candidate.scores.parts
    ]
    return [_main_score(baseline, candidate, common), *parts]


def _main_score(baseline: Run, candidate: Run, common: Sequence[str]) -> Score:
    before, after = (_main_counts(run, common) for run in (baseline, candidate))
    return Score("", _pairs(before, after, common))


def _main_counts(run: Run, common: Sequence[str]) -> Mapping[str, TaskCounts]:
    """Return the counts that the main score is made of; the best part's where the benchmark defines it so."""
    if not run.config.scoring.best_of:
        return run.scores.main.tasks
    tables = [counts.tasks for counts in run.scores.parts.values()]
    return max(tables, key=lambda tasks: _rate([tasks[task] for task in common]))


def _rate(counts: Sequence[TaskCounts]) -> float:
    shares = [each.passed / each.judged for each in counts if each.judged]
    return mean(shares) if shares else 0.0


def _pairs(
    before: Mapping[str, TaskCounts], after: Mapping[str, TaskCounts], common: Sequence[str]
) -> dict[str, Pair]:
    return {task: (before[task], after[task]) for task in common}


def _metrics(
    baseline: Run, candidate: Run, common: Sequence[str], ks: Sequence[int]
) -> tuple[MetricContrast, ...]:
    found = (
        metric_contrast(f"{score.name}.pass@{k}" if score.name else f"pass@{k}", score.pairs, k)
        for score in scores_of(baseline, candidate, common)
        for k in ks
    )
    return tuple(each for each in found if each is not None)


def _graded(baseline: Run, candidate: Run, common: Sequence[str]) -> list[MetricContrast]:
    """Compare the mean scores of graded answers, the main scorer's first."""
    found = []
    for scorer, means in baseline.scores.means.items():
        if scorer not in candidate.scores.means:
            continue
        before, after = graded_values(means.tasks, candidate.scores.means[scorer].tasks, common)
        if before:
            left_out = len(common) - len(before)
            found.append(_contrasted(score_name(scorer), before, after, left_out=left_out))
    return found


def graded_values(
    before: Mapping[str, TaskScores], after: Mapping[str, TaskScores], common: Iterable[str]
) -> tuple[list[float], list[float]]:
    """Return the mean scores of the tasks that have graded samples in both runs: baseline's, candidate's."""
    kept = [task for task in common if before[task].judged and after[task].judged]
    return (
        [before[task].total / before[task].judged for task in kept],
        [after[task].total / after[task].judged for task in kept],
    )


def metric_contrast(name: str, pairs: Mapping[str, Pair], k: int) -> MetricContrast | None:
    """Compare one metric; None where no task has k judged samples in both runs."""
    before, after = paired_values(pairs, k)
    if not before:
        return None
    detectable = _detectable(pairs) if k == 1 else None
    return _contrasted(name, before, after, left_out=len(pairs) - len(before), detectable=detectable)


def _contrasted(
    name: str,
    before: Sequence[float],
    after: Sequence[float],
    *,
    left_out: int,
    detectable: float | None = None,
) -> MetricContrast:
    difference = statistics.paired_difference(before, after)
    return MetricContrast(
        metric=name,
        baseline=mean(before),
        candidate=mean(after),
        difference=difference.value,
        low=difference.low,
        high=difference.high,
        interval=difference.method,
        p=difference.p,
        test=difference.test,
        tasks=len(before),
        left_out=left_out,
        detectable=detectable,
    )


def _detectable(pairs: Mapping[str, Pair]) -> float:
    kept = [pair for pair in pairs.values() if min(pair[0].judged, pair[1].judged) >= 1]
    before, after = ([_count(pair[side]) for pair in kept] for side in (0, 1))
    pooled = statistics.spread_of([*before, *after])
    return statistics.minimum_detectable_effect(
        len(kept),
        min(each.samples for each in (*before, *after)),
        rate=pooled.rate,
        between=pooled.between,
        drift=statistics.paired_spread_of(before, after).drift,
    )


def _count(counts: TaskCounts) -> statistics.Count:
    return statistics.Count(counts.judged, counts.passed)


def _changes(
    baseline: Run, candidate: Run, pairs: Mapping[str, Pair]
) -> tuple[tuple[TaskChange, ...], tuple[TaskChange, ...]]:
    gained, lost = [], []
    for task, (before, after) in pairs.items():
        if not before.judged or not after.judged:
            continue
        change = TaskChange(
            task_id=task,
            baseline=before.passed / before.judged,
            candidate=after.passed / after.judged,
            before=_named(baseline.outcomes[task]),
            after=_named(candidate.outcomes[task]),
        )
        if change.candidate > change.baseline:
            gained.append(change)
        elif change.candidate < change.baseline:
            lost.append(change)
    gained.sort(key=lambda each: each.baseline - each.candidate)
    lost.sort(key=lambda each: each.candidate - each.baseline)
    shown = examples(candidate.path, {each.task_id for each in lost}) if lost else {}
    return tuple(gained), tuple(
        msgspec.structs.replace(each, example=shown.get(each.task_id)) for each in lost
    )


def _named(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: outcomes[outcome] for outcome in Outcome if outcomes.get(outcome)}


def _outcomes(run: Run, common: Sequence[str]) -> dict[str, int]:
    total: Counter[Outcome] = Counter()
    for task in common:
        total.update(run.outcomes[task])
    return _named(total)


def _shifts(baseline: Run, candidate: Run, common: Sequence[str]) -> tuple[Shift, ...]:
    if any(run.outcomes[task].total() != 1 for run in (baseline, candidate) for task in common):
        return ()
    found = Counter(
        (next(iter(baseline.outcomes[task])), next(iter(candidate.outcomes[task]))) for task in common
    )
    return tuple(
        Shift(before=before, after=after, tasks=tasks)
        for before in Outcome
        for after in Outcome
        if (tasks := found[before, after])
    )


def _groups(baseline: Run, candidate: Run, common: Sequence[str], k: int) -> tuple[GroupContrast, ...]:
    found = []
    for name, members in baseline.config.groups.items():
        both = set(members) & set(candidate.config.groups.get(name, ()))
        tasks = [task for task in common if task in both]
        if not tasks or len(tasks) == len(common):
            continue
        graded = _graded(baseline, candidate, tasks)
        score = _main_score(baseline, candidate, tasks)
        if made := graded[0] if graded else metric_contrast(f"pass@{k}", score.pairs, k):
            found.append(GroupContrast(group=name, contrast=made))
    return tuple(found)

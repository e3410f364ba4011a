"""Metrics by their names: the values of one run's tasks, or of two runs' common tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.comparison import graded_values, paired_values, scores_of
from codeeval.errors import UnknownName, UsageError
from codeeval.metrics import mean, score_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.comparison import Run
    from codeeval.metrics import TaskCounts
    from codeeval.records import RunConfig

_METRIC: Final = re.compile(r"(?:(?P<part>.+)\.)?pass@(?P<k>[1-9][0-9]{0,8})|(?P<scorer>.+)\.score")


class Metric(NamedTuple):
    """A metric's name taken apart."""

    part: str
    """Empty for the main score."""
    k: int
    scorer: str = ""
    """Of a mean score, where answers are graded; then there is neither part nor k."""


def parse_metric(name: str) -> Metric:
    """Take a metric's name apart.

    Raises:
        UsageError: it names none.
    """
    found = _METRIC.fullmatch(name)
    if not found:
        raise UsageError(
            f"no such metric: {name!r}", "Write pass@1, pass@10, base.pass@1 or fixed.score, for example."
        )
    return Metric(found["part"] or "", int(found["k"] or 1), found["scorer"] or "")


def main_metric(config: RunConfig) -> str:
    """Return the name of a run's main score: the first scorer's where answers are graded, else pass@1."""
    return score_name(config.scoring.scores[0]) if config.scoring.scores else "pass@1"


def paired_of(
    baseline: Run,
    candidate: Run,
    metric: Metric,
    common: Sequence[str],
    pairs: Mapping[str, tuple[TaskCounts, TaskCounts]],
) -> tuple[list[float], list[float]]:
    """Return a metric's values of the common tasks, of both runs."""
    if not metric.scorer:
        return paired_values(pairs, metric.k)
    before, after = (run.scores.means[metric.scorer].tasks for run in (baseline, candidate))
    return graded_values(before, after, common)


def paired_by_name(baseline: Run, candidate: Run, name: str) -> tuple[list[float], list[float]]:
    """Return a metric's values of the tasks that two runs have in common; none where they have none.

    Raises:
        UnknownName: one of the runs has no such score.
    """
    for run in (baseline, candidate):
        values_of(run, name)
    metric = parse_metric(name)
    common = tuple(task for task in baseline.outcomes if task in candidate.outcomes)
    if metric.scorer or not common:
        return paired_of(baseline, candidate, metric, common, {})
    scores = {score.name: score.pairs for score in scores_of(baseline, candidate, common)}
    return paired_of(baseline, candidate, metric, common, scores[metric.part])


def values_of(run: Run, name: str) -> list[float]:
    """Return a metric's values of one run.

    Raises:
        UnknownName: the run has no such score.
    """
    metric = parse_metric(name)
    if not metric.scorer:
        return _values(_score_of(run, name, metric), metric.k)
    if metric.scorer not in run.scores.means:
        known = [score_name(scorer) for scorer in run.scores.means] or ["pass@1"]
        raise UnknownName(f"metric of {run.summary.path}", name, known)
    found = run.scores.means[metric.scorer].values()
    return found.values if found else []


def _score_of(run: Run, name: str, metric: Metric) -> Mapping[str, TaskCounts]:
    """Return the counts that a pass@k of one run is made of.

    Raises:
        UnknownName: the run has no such score.
    """
    if not metric.part:
        if not run.config.scoring.best_of:
            return run.scores.main.tasks
        values = {part: _values(counts.tasks, metric.k) for part, counts in run.scores.parts.items()}
        best = max(values, key=lambda part: mean(values[part]) if values[part] else -1.0)
        return run.scores.parts[best].tasks
    if metric.part not in run.scores.parts:
        known = ["", *(f"{part}." for part in run.scores.parts)]
        raise UnknownName(
            f"metric of {run.summary.path}", name, [f"{prefix}pass@{metric.k}" for prefix in known]
        )
    return run.scores.parts[metric.part].tasks


def _values(tasks: Mapping[str, TaskCounts], k: int) -> list[float]:
    return paired_values({task: (each, each) for task, each in tasks.items()}, k)[0]

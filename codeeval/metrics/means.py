"""Mean scores of graded answers, by scorer, task by task."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Scoring
    from codeeval.metrics import GroupMetrics
    from codeeval.types import Verdict


class PassValues(NamedTuple):
    """pass@k of each task: as judged, and the bounds. Tasks with fewer than k judged samples lack."""

    values: list[float]
    worst: list[float]
    best: list[float]


class TaskScores(NamedTuple):
    """One task's graded samples: how many, the sum of their scores, and those without a verdict."""

    judged: int
    total: float
    failed_sandboxes: int


class Means:
    """What one scorer gave, task by task."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[float]] = {}
        self._failed: Counter[str] = Counter()

    def add(self, task_id: str, value: float | None) -> None:
        """Take one sample's score; None where it has no verdict."""
        values = self._tasks.setdefault(task_id, [])
        if value is None:
            self._failed[task_id] += 1
        else:
            values.append(value)

    @property
    def tasks(self) -> dict[str, TaskScores]:
        """Scores of each task, in the order in which tasks first appeared."""
        return {
            task: TaskScores(len(values), math.fsum(values), self._failed[task])
            for task, values in self._tasks.items()
        }

    def values(self) -> PassValues | None:
        """Return each task's mean score and its bounds, or None where nothing was graded."""
        result = PassValues([], [], [])
        for judged, total, failed in self.tasks.values():
            if judged:
                result.values.append(total / judged)
            result.worst.append(total / (judged + failed))
            result.best.append((total + failed) / (judged + failed))
        return result if result.values else None


SHARES: Final = ("test_case_average", "group_score")
"""Names that ``Scoring.share`` may have: the share of the tests that pass, or of their groups' points."""
EXCESS_CODE: Final = "excess_code"
LESS_IS_BETTER: Final = (EXCESS_CODE,)
"""Names of metrics that are good where they are small."""


class ExcessCode:
    """Shares of their lines that the tests of samples reach, task by task.

    Source: nuprl/CanItEdit, benchmark/pass_k.py, ``ExcessCode``, which is in percent.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, list[float]] = {}

    def add(self, verdict: Verdict) -> None:
        """Take one sample; it counts if it passes and its share is known."""
        if verdict.passed and verdict.share is not None:
            self._tasks.setdefault(verdict.task_id, []).append(verdict.share)

    def values(self) -> PassValues | None:
        """Return of each task with such a sample what the median one leaves; None where there is none.

        Samples without a verdict bound nothing: nobody knows whether they pass.
        """
        values = [1.0 - statistics.median(shares) for shares in self._tasks.values()]
        return PassValues(values, values, values) if values else None


def score_name(scorer: str) -> str:
    """Name a scorer's metric."""
    return f"{scorer}.score"


def averages(scoring: Scoring, groups: Mapping[str, GroupMetrics]) -> dict[str, float]:
    """Return each score's average over the columns of the published table that have tasks.

    Columns weigh the same whatever their number of tasks. Of a score in ``Scoring.nonzero`` those that are
    zero are excluded, as published; 0 where none is left.
    """
    found: dict[str, float] = {}
    for scorer in scoring.scores:
        name = score_name(scorer)
        columns = [
            groups[column].metrics[name].value
            for column in scoring.columns
            if column in groups and name in groups[column].metrics
        ]
        if not columns:
            continue
        kept = [value for value in columns if value] if scorer in scoring.nonzero else columns
        found[scorer] = mean(kept) if kept else 0.0
    return found


def mean(values: Sequence[float]) -> float:
    """Return the mean, the same whatever the order of the values. There must be one."""
    return math.fsum(values) / len(values)

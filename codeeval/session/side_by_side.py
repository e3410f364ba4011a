"""Runs of different benchmarks side by side, paired where tasks have one origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.comparison import MetricContrast, Run, metric_contrast, read_runs, scores_of
from codeeval.interfaces import DerivedBenchmark
from codeeval.metrics import PassAtK
from codeeval.pipeline import read_metrics
from codeeval.session.benchmarks import remake_benchmark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.metrics import TaskCounts


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    label: str
    path: str
    benchmark: str
    model: str
    tasks: int
    metrics: dict[str, PassAtK]


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs on the tasks that have one origin. A task is solved if at least one sample passed."""

    first: str
    """Label of a run."""
    other: str
    tasks: int
    both: int
    """Tasks solved in both runs."""
    only_first: int
    only_other: int
    neither: int
    contrast: MetricContrast
    """pass@1 of these tasks; differences are the other's minus the first's."""


class SideBySide(msgspec.Struct, frozen=True, kw_only=True):
    """Two or more runs."""

    runs: tuple[Side, ...]
    joins: tuple[Join, ...]
    """The first run with each of the others that it shares tasks with."""


def side_by_side(paths: Sequence[Path]) -> SideBySide:
    """Read runs and join each of them with the first.

    Raises:
        DataError: not a run directory, nothing judged yet, or a malformed record.
        UsageError: the same run twice.
    """
    runs = read_runs(paths)
    sides = tuple(
        Side(
            label=run.summary.label,
            path=run.summary.path,
            benchmark=run.summary.benchmark,
            model=run.summary.model,
            tasks=len(run.outcomes),
            metrics=read_metrics(run.path).metrics,
        )
        for run in runs
    )
    found = (_join(runs[0], other) for other in runs[1:])
    return SideBySide(runs=sides, joins=tuple(join for join in found if join is not None))


def _join(first: Run, other: Run) -> Join | None:
    origins, others = _origins(first), _origins(other)
    shared = [origin for origin in origins if origin in others]
    before = _counts(first, [origins[origin] for origin in shared])
    after = _counts(other, [others[origin] for origin in shared])
    pairs = {
        origin: (before[origins[origin]], after[others[origin]])
        for origin in shared
        if before[origins[origin]].judged and after[others[origin]].judged
    }
    contrast = metric_contrast("pass@1", pairs, 1)
    if contrast is None:
        return None
    solved = [(one.passed > 0, two.passed > 0) for one, two in pairs.values()]
    return Join(
        first=first.summary.label,
        other=other.summary.label,
        tasks=len(pairs),
        both=solved.count((True, True)),
        only_first=solved.count((True, False)),
        only_other=solved.count((False, True)),
        neither=solved.count((False, False)),
        contrast=contrast,
    )


def _origins(run: Run) -> dict[str, str]:
    """Return the run's tasks by their origin, which is their own id where they have no other."""
    benchmark = remake_benchmark(run.config)
    if isinstance(benchmark, DerivedBenchmark):
        return {benchmark.origin(task): task for task in run.outcomes}
    return {task: task for task in run.outcomes}


def _counts(run: Run, tasks: Sequence[str]) -> dict[str, TaskCounts]:
    """Return what the run's main score is made of."""
    return {task: pair[0] for task, pair in scores_of(run, run, tasks)[0].pairs.items()}

"""``codeeval show A B``: runs of different benchmarks side by side, paired where tasks have one origin."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from codeeval.cli.output import lines, table
from codeeval.comparison import MetricContrast, Run, metric_contrast, read_runs, scores_of
from codeeval.interfaces import DerivedBenchmark
from codeeval.metrics import PassAtK
from codeeval.pipeline import read_metrics
from codeeval.session.benchmarks import remake_benchmark
from codeeval.spelling import p_value, points

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import RenderableType

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


def show_side_by_side(found: SideBySide) -> Iterator[RenderableType]:
    """Lay out scores as columns, and below them what became of the tasks in common."""
    rows = [(run.label, run.benchmark, run.model, str(run.tasks)) for run in found.runs]
    yield table(("run", "benchmark", "model", "tasks"), rows, right=(3,))
    yield lines("")
    names = list(dict.fromkeys(itertools.chain.from_iterable(run.metrics for run in found.runs)))
    yield table(
        ("metric", *(run.label for run in found.runs)),
        [(name, *(_value(found, run, name) for run in found.runs)) for name in names],
    )
    for join in found.joins:
        yield lines("")
        yield from _show_join(join)
    if not found.joins:
        yield lines("", "No task of one was made from a task of the other, so there is nothing to pair.")


def _value(found: SideBySide, run: Side, name: str) -> str:
    value, first = run.metrics.get(name), found.runs[0].metrics.get(name)
    if value is None:
        return ""
    text = f"{value.value:.1%} ({value.low:.1%} to {value.high:.1%})"
    return text if first is None or run is found.runs[0] else f"{text}, {points(value.value - first.value)}"


def _show_join(join: Join) -> Iterator[RenderableType]:
    rows = [
        ("both", join.both),
        (f"only {join.first}", join.only_first),
        (f"only {join.other}", join.only_other),
        ("neither", join.neither),
    ]
    yield table(
        ("solved by", "tasks", "share"),
        [(who, str(count), f"{count / join.tasks:.1%}") for who, count in rows],
        right=(1, 2),
    )
    contrast = join.contrast
    yield lines(
        "",
        f"On the {join.tasks} tasks in common: pass@1 {contrast.baseline:.1%} in {join.first}, "
        f"{contrast.candidate:.1%} in {join.other}",
        f"difference {points(contrast.difference)}, 95% interval {points(contrast.low)} to "
        f"{points(contrast.high)} ({contrast.interval}), p {p_value(contrast.p)} ({contrast.test})",
    )

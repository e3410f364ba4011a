"""The figures of a report, benchmark by benchmark: scores, curves, outcomes, comparison, times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval import statistics
from codeeval.comparison import compare
from codeeval.errors import CodeEvalError, RunMismatch
from codeeval.formatting import visible
from codeeval.metrics import mean, pass_at_k
from codeeval.metrics.analysis import analyse_directory
from codeeval.metrics.study import SCALES
from codeeval.reports import charts
from codeeval.reports.coverage import coverage_curve
from codeeval.reports.months import score_by_month
from codeeval.reports.study import accuracy_by_trait
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codeeval.comparison import BenchmarkComparison, Contrast
    from codeeval.metrics.analysis import Analysis
    from codeeval.reports.drawing import Chart
    from codeeval.reports.source import RunView

_STEPS: Final = (
    1,
    2,
    3,
    5,
    7,
    10,
    15,
    20,
    30,
    50,
    70,
    100,
    150,
    200,
    300,
    500,
    700,
    1000,
    2000,
    5000,
    10_000,
)
_MANY_ROWS: Final = 40
"""Rows of the chart of outcomes; subsets beyond are in the table of tasks."""


class ContrastView(NamedTuple):
    """Two runs of a benchmark, compared."""

    before: int
    """Number of the run among all runs of the report."""
    after: int
    contrast: Contrast
    chart: Chart | None
    """How each task's pass rate changed; None where no task's did."""


class ComparisonView(NamedTuple):
    """A benchmark's runs, compared."""

    found: BenchmarkComparison
    forced: tuple[str, ...]
    k: int
    runs: tuple[int, ...]
    contrasts: tuple[ContrastView, ...]
    chart: Chart


class AnalysisView(NamedTuple):
    """A run with several samples a task, beyond pass@k."""

    run: int
    """Number of the run among all runs of the report."""
    label: str
    found: Analysis
    chart: Chart | None
    """Coverage extrapolated; None where no curve can be fitted."""


class Section(NamedTuple):
    """Everything reported about one benchmark."""

    benchmark: str
    slug: str
    runs: tuple[tuple[int, RunView], ...]
    """With their numbers among all runs of the report."""
    curve: Chart | None
    analyses: tuple[AnalysisView, ...]
    """Of the runs with several samples a task."""
    outcomes: Chart | None
    """None in an outline."""
    studies: tuple[Chart, ...]
    """The score by month, and accuracy by traits of the tasks, where the benchmark states any."""
    times: Chart | None
    comparison: ComparisonView | None
    refusal: str
    """Why the runs are not compared."""

    @property
    def charts(self) -> list[Chart]:
        """All charts of the section."""
        found = [
            self.curve,
            *(each.chart for each in self.analyses),
            self.outcomes,
            *self.studies,
            self.times,
        ]
        if self.comparison is not None:
            found += [self.comparison.chart, *(each.chart for each in self.comparison.contrasts)]
        return [chart for chart in found if chart is not None]


class _Compared(NamedTuple):
    found: Mapping[str, BenchmarkComparison]
    refusals: Mapping[str, str]
    forced: tuple[str, ...] = ()


def make_sections(runs: Sequence[RunView], k: int, *, force: bool, cutoff: str = "") -> list[Section]:
    """Make the figures of each benchmark, in the order in which the benchmarks were named.

    Args:
        runs: all runs of the report.
        k: of the pass@k that runs are compared by.
        force: compare runs on different data too, on their common tasks.
        cutoff: first month that the models do not know, where tasks have dates; empty for none.
    """
    families = _families(runs)
    compared = _compare({name: own for name, own in families.items() if len(own) > 1}, k, force=force)
    return [_section(name, own, compared, k, cutoff) for name, own in families.items()]


def outline(runs: Sequence[RunView]) -> list[Section]:
    """Return the benchmarks of runs without any chart or comparison: what is there at once, however large."""
    return [
        Section(
            benchmark=visible(name),
            slug=_slug(name),
            runs=own,
            curve=None,
            analyses=(),
            outcomes=None,
            studies=(),
            times=None,
            comparison=None,
            refusal="",
        )
        for name, own in _families(runs).items()
    ]


def _families(runs: Sequence[RunView]) -> dict[str, tuple[tuple[int, RunView], ...]]:
    """Return the runs of each benchmark, with their numbers among all."""
    families: dict[str, tuple[tuple[int, RunView], ...]] = {}
    for number, run in enumerate(runs):
        families[run.config.benchmark] = (*families.get(run.config.benchmark, ()), (number, run))
    return families


def _slug(benchmark: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", benchmark.lower()).strip("-") or "benchmark"


def _compare(families: Mapping[str, Sequence[tuple[int, RunView]]], k: int, *, force: bool) -> _Compared:
    """Compare all at once, so that p-values are adjusted over all; else one by one, those that can be."""
    if not families:
        return _Compared({}, {})
    try:
        whole = compare([run.path for own in families.values() for _, run in own], k=k, force=force)
        return _Compared({each.benchmark: each for each in whole.benchmarks}, {}, whole.forced)
    except CodeEvalError as error:
        if len(families) == 1:
            return _Compared({}, dict.fromkeys(families, _refusal(error)))
    alone = [_compare({name: own}, k, force=force) for name, own in families.items()]
    return _Compared(
        {name: found for each in alone for name, found in each.found.items()},
        {name: why for each in alone for name, why in each.refusals.items()},
        tuple(why for each in alone for why in each.forced),
    )


def _refusal(error: CodeEvalError) -> str:
    remedy = " `codeeval report --force` compares their common tasks anyway."
    return visible(error.message) + (remedy if isinstance(error, RunMismatch) else "")


def _section(
    name: str, own: tuple[tuple[int, RunView], ...], compared: _Compared, k: int, cutoff: str
) -> Section:
    slug = _slug(name)
    shown = visible(name)
    runs = [run for _, run in own]
    points = [point for run in runs for point in _curve(run)]
    times = {run.label: run.cpu for run in runs if run.cpu}
    found = compared.found.get(name)
    return Section(
        benchmark=shown,
        slug=slug,
        runs=own,
        curve=charts.pass_curve(f"{slug}-pass-at-k", "pass@k", points)
        if any(point.k > 1 for point in points)
        else None,
        analyses=tuple(_analyses(slug, own)),
        outcomes=charts.outcome_bars(f"{slug}-outcomes", "Outcomes", _bars(runs)),
        studies=tuple(_studies(slug, runs, cutoff)),
        times=charts.cpu_times(f"{slug}-cpu-time", f"{shown}: CPU time", times) if times else None,
        comparison=None if found is None else _comparison(slug, own, found, compared.forced, k),
        refusal=compared.refusals.get(name, ""),
    )


def _studies(slug: str, runs: Sequence[RunView], cutoff: str) -> Iterator[Chart]:
    if months := score_by_month(f"{slug}-months", runs, cutoff):
        yield months
    for trait in SCALES:
        bins = {run.label: found for run in runs if (found := run.metrics.curves.get(trait))}
        if bins:
            yield accuracy_by_trait(f"{slug}-{trait.replace('_', '-')}", trait, bins)


def _curve(run: RunView) -> list[charts.CurvePoint]:
    """pass@k of the main score wherever every judged task has k samples, with its interval."""
    counts = [(task.judged, task.passed) for task in run.tasks if task.judged]
    most = min((judged for judged, _ in counts), default=0)
    known = run.metrics.metrics
    points = []
    for k in (*(step for step in _STEPS if step < most), most):
        if most and f"pass@{k}" in known:
            value = known[f"pass@{k}"]
            points.append(charts.CurvePoint(run.label, k, value.value, value.low, value.high))
        elif most and not run.config.scoring.best_of:
            each = {pair: pass_at_k(*pair, k) for pair in set(counts)}
            values = [each[pair] for pair in counts]
            interval = statistics.mean_interval(values)
            points.append(charts.CurvePoint(run.label, k, mean(values), interval.low, interval.high))
    return points


def _analyses(slug: str, own: Sequence[tuple[int, RunView]]) -> Iterator[AnalysisView]:
    for number, run in own:
        if min((task.judged for task in run.tasks if task.judged), default=0) > 1:
            found = analyse_directory(run.directory, voters=())
            if found is not None:
                title = f"{run.label}: coverage, extrapolated" if len(own) > 1 else "Coverage, extrapolated"
                chart = coverage_curve(f"{slug}-coverage-{number + 1}", title, found.coverage, found.metric)
                yield AnalysisView(number, run.label, found, chart)


def _bars(runs: Sequence[RunView]) -> list[charts.Bar]:
    rows = [charts.Bar(run.label, _named(run.metrics.outcomes)) for run in runs]
    languages = {task.language for run in runs for task in run.tasks if task.language}
    for run in runs:
        prefix = f"{run.label} · " if len(runs) > 1 else ""
        rows += [
            charts.Bar(f"{prefix}{visible(name)}", _named(group.outcomes))
            for name, group in run.metrics.groups.items()
        ]
        if len(languages) > 1:
            rows += [
                charts.Bar(f"{prefix}{visible(language)}", _by_language(run, language))
                for language in sorted(languages)
                if language not in run.metrics.groups
            ]
    return rows[:_MANY_ROWS]


def _by_language(run: RunView, language: str) -> dict[Outcome, int]:
    own = [task.outcomes for task in run.tasks if task.language == language]
    return (
        {outcome: sum(column) for outcome, column in zip(Outcome, zip(*own, strict=True), strict=True)}
        if own
        else {}
    )


def _named(outcomes: Mapping[str, int]) -> dict[Outcome, int]:
    return {Outcome(name): count for name, count in outcomes.items()}


def _comparison(
    slug: str,
    own: tuple[tuple[int, RunView], ...],
    found: BenchmarkComparison,
    forced: tuple[str, ...],
    k: int,
) -> ComparisonView:
    (first, baseline), *others = own
    views, rows = [], []
    for (number, run), contrast in zip(others, found.contrasts, strict=True):
        changes = {
            change.task_id: change.candidate - change.baseline
            for change in (*contrast.gained, *contrast.lost)
        }
        every = {visible(task): changes.get(task, 0.0) for task in contrast.common}
        name, title = f"{slug}-tasks-{number + 1}", "Change of each task's pass rate"
        chart = charts.task_changes(name, title, every) if changes else None
        views.append(ContrastView(first, number, contrast, chart))
        for metric in contrast.metrics:
            label = f"{run.label}, {metric.metric}"
            rows.append(charts.Change(label, metric.difference, metric.low, metric.high))
        for group in contrast.groups:
            metric = group.contrast
            label = f"{run.label}, {visible(group.group)}"
            rows.append(charts.Change(label, metric.difference, metric.low, metric.high))
    title = f"Difference from {baseline.label}"
    return ComparisonView(
        found=found,
        forced=forced,
        k=k,
        runs=tuple(number for number, _ in own),
        contrasts=tuple(views),
        chart=charts.differences(f"{slug}-differences", title, rows[:_MANY_ROWS]),
    )

"""The table of a suite: each run's score, each model's over all benchmarks, and how the models compare.

The score of a suite is the weighted mean of the benchmarks' scores, with the weights that the suite states.
Only a model with a whole run of every benchmark has one: a mean over others is no score of this suite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval import statistics
from codeeval.comparison import read_run
from codeeval.errors import CodeEvalError
from codeeval.gating import main_metric, paired_by_name, values_of
from codeeval.metrics import mean
from codeeval.suites.record import BenchmarkRecord, RunRecord, RunState, SuiteRecord, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from codeeval.comparison import Run


class RunScore(msgspec.Struct, frozen=True, kw_only=True):
    """One run's line of the table."""

    label: str
    """Of the benchmark."""
    entry: str
    """The model, with the variant where there are several."""
    directory: str
    state: RunState
    complete: bool
    """Whether every planned sample has a verdict."""
    metric: str = ""
    value: float | None = None
    """None where there is no score."""
    low: float = 0.0
    """Lower end of the 95% interval."""
    high: float = 0.0
    tasks: int = 0
    samples: int = 0
    """Planned."""
    judged: int = 0
    sandbox_errors: int = 0
    error: str = ""
    """Why there is no score, or not of all samples."""
    remedy: str = ""


class SuiteScore(msgspec.Struct, frozen=True, kw_only=True):
    """One model's score over all benchmarks."""

    entry: str
    value: float | None
    """None where a benchmark is missing."""
    low: float = 0.0
    """Lower end of the 95% interval, for other tasks of these benchmarks."""
    high: float = 0.0
    benchmarks: int
    """That have a whole run."""
    missing: tuple[str, ...] = ()
    """Labels of those that have none."""


class SuiteComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two models on the tasks that they have in common: the weighted mean of the differences by benchmark."""

    baseline: str
    candidate: str
    value: float
    """Candidate minus baseline."""
    low: float
    """Lower end of the 95% interval."""
    high: float
    p: float
    """Two-sided p-value of no difference in any task."""
    p_adjusted: float
    """Holm's, over all comparisons of the table."""
    tasks: int
    benchmarks: tuple[str, ...]
    """Labels of those that count: both models have a whole run of them, with tasks in common."""


class SuiteTable(msgspec.Struct, frozen=True, kw_only=True):
    """All scores of a suite."""

    name: str
    path: str
    weights: dict[str, float]
    """By benchmark; they sum up to 1."""
    runs: tuple[RunScore, ...]
    scores: tuple[SuiteScore, ...]
    comparisons: tuple[SuiteComparison, ...]
    """Of each further model with the first."""


def make_table(path: Path) -> SuiteTable:
    """Make the table of a suite from its run directories.

    A run that cannot be read has no score, and its line states why.

    Args:
        path: the suite's folder.

    Raises:
        DataError: it is no suite's, or ``suite.json`` is malformed.
    """
    record = read_record(path)
    benchmarks = {each.label: each for each in record.benchmarks}
    lines: list[RunScore] = []
    whole: dict[str, dict[str, Run]] = {entry: {} for entry in record.entries}
    for each in record.runs:
        if each.label in benchmarks:
            line, run = _score(path, each, benchmarks[each.label].metric)
            lines.append(line)
            if run is not None and line.complete:
                whole[each.entry][each.label] = run
    total = sum(each.weight for each in record.benchmarks)
    return SuiteTable(
        name=record.name,
        path=str(path),
        weights={each.label: each.weight / total for each in record.benchmarks},
        runs=tuple(lines),
        scores=tuple(_total(entry, runs, record.benchmarks) for entry, runs in whole.items()),
        comparisons=tuple(_comparisons(record, whole)),
    )


def metric_of(benchmark: BenchmarkRecord, run: Run) -> str:
    """Return the name of the score of a benchmark that counts in the suite."""
    return benchmark.metric or main_metric(run.config)


def _score(path: Path, record: RunRecord, metric: str) -> tuple[RunScore, Run | None]:
    """Score one run; there is no run where it has no verdict, or cannot be read."""
    line = RunScore(
        label=record.label,
        entry=record.entry,
        directory=record.directory,
        state=record.state,
        complete=False,
        error=record.error,
        remedy=record.remedy,
    )
    if record.state is RunState.PLANNED:
        return line, None
    try:
        run = read_run(path / record.directory, record.label)
        metric = metric or main_metric(run.config)
        values = values_of(run, metric)
    except CodeEvalError as error:
        known = {"error": line.error or error.message, "remedy": line.remedy or error.remedy}
        return msgspec.structs.replace(line, **known), None
    summary = run.summary
    line = msgspec.structs.replace(
        line,
        metric=metric,
        complete=record.state is RunState.DONE and not summary.unfinished,
        tasks=summary.tasks,
        samples=summary.samples,
        judged=summary.judged,
        sandbox_errors=summary.sandbox_errors,
    )
    if not values:
        few = f"no task has enough judged samples for {metric}"
        return msgspec.structs.replace(line, complete=False, error=line.error or few), None
    interval = statistics.mean_interval(values)
    return msgspec.structs.replace(line, value=mean(values), low=interval.low, high=interval.high), run


def _total(entry: str, runs: Mapping[str, Run], benchmarks: Sequence[BenchmarkRecord]) -> SuiteScore:
    missing = tuple(each.label for each in benchmarks if each.label not in runs)
    if missing:
        return SuiteScore(entry=entry, value=None, benchmarks=len(runs), missing=missing)
    strata = [
        statistics.Stratum(each.weight, values_of(runs[each.label], metric_of(each, runs[each.label])))
        for each in benchmarks
    ]
    found = statistics.weighted_mean(strata)
    return SuiteScore(
        entry=entry, value=found.value, low=found.low, high=found.high, benchmarks=len(benchmarks)
    )


def _comparisons(record: SuiteRecord, whole: Mapping[str, Mapping[str, Run]]) -> Iterator[SuiteComparison]:
    """Compare each further model with the first."""
    first, *others = record.entries or ("",)
    found = [each for other in others if (each := _compare(record, first, other, whole)) is not None]
    adjusted = statistics.holm([each.p for each in found])
    for each, p in zip(found, adjusted, strict=True):
        yield msgspec.structs.replace(each, p_adjusted=p)


def _compare(
    record: SuiteRecord, baseline: str, candidate: str, whole: Mapping[str, Mapping[str, Run]]
) -> SuiteComparison | None:
    strata: dict[str, statistics.PairedStratum] = {}
    for each in record.benchmarks:
        before, after = whole[baseline].get(each.label), whole[candidate].get(each.label)
        if before is None or after is None or before.config.dataset.sha256 != after.config.dataset.sha256:
            continue
        values = paired_by_name(before, after, metric_of(each, before))
        if values[0]:
            strata[each.label] = statistics.PairedStratum(each.weight, *values)
    if not strata:
        return None
    found = statistics.weighted_difference(list(strata.values()))
    return SuiteComparison(
        baseline=baseline,
        candidate=candidate,
        value=found.value,
        low=found.low,
        high=found.high,
        p=found.p,
        p_adjusted=found.p,
        tasks=sum(len(each.baseline) for each in strata.values()),
        benchmarks=tuple(strata),
    )

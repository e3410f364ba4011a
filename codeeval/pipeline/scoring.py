"""Sums up a run from its records alone: ``metrics.json`` and ``timings.json``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from codeeval import statistics
from codeeval.errors import DataError
from codeeval.judging import exception_class, rejudge
from codeeval.metrics import (
    Bin,
    GroupMetrics,
    Metrics,
    PassAtK,
    PassValues,
    Scores,
    Tally,
    Timings,
    averages,
    mean,
)
from codeeval.metrics.study import edges_of
from codeeval.reading import read_bounded
from codeeval.records import METRICS, TIMINGS, RunDirectory, schema1, write_atomically
from codeeval.records.numbers import check_numbers
from codeeval.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_KS: Final = (1, 10, 100)

_Summary = TypeVar("_Summary", Metrics, Timings)


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    path: Path
    """The run directory."""
    metrics: Metrics | None
    """None where nothing was judged."""
    timings: Timings
    endings: dict[str, int] = {}
    """As ``Metrics.endings``, also where nothing was judged."""
    rejudged: int = 0
    """Verdicts that scoring changed, because this version judges the same evidence differently."""


def score(path: Path, ks: Sequence[int] = DEFAULT_KS) -> RunResult:
    """Judge a run anew and recompute its summaries, from its records alone: nothing is executed.

    A verdict that comes out otherwise (this version judges differently) replaces the recorded one; in a run
    of an older schema, which is not written to, it counts in its place.

    Raises:
        DataError: not a run directory, or a malformed record.
        UsageError: another process is writing to it.
        StorageError: the files cannot be written.
    """
    with RunDirectory.open(path) as directory:
        config = directory.config
        tally, changed = _counted(directory, anew=True)
        if not changed or directory.schema != SCHEMA_VERSION:
            return msgspec.structs.replace(_summed_up(directory, tally, ks), rejudged=changed)
    changed = 0
    with RunDirectory.create(path, config, list(config.plan)) as directory:
        for old in directory.verdicts():
            new = rejudge(old)
            if new != old:
                directory.add_verdict(new)
                changed += 1
        result = score_directory(directory, ks)
        directory.finish()
    return msgspec.structs.replace(result, rejudged=changed)


def score_directory(directory: RunDirectory, ks: Sequence[int]) -> RunResult:
    """Recompute ``metrics.json`` and ``timings.json`` of a directory that is already open."""
    return _summed_up(directory, _counted(directory, anew=False)[0], ks)


def _counted(directory: RunDirectory, *, anew: bool) -> tuple[Tally, int]:
    """Count the verdicts of a run, as recorded or as this version judges them; and how many then differ."""
    config = directory.config
    tally = Tally(config.scoring, config.groups, config.candidates)
    changed = 0
    for recorded in directory.verdicts():
        verdict = rejudge(recorded) if anew else recorded
        changed += verdict is not recorded and verdict != recorded
        tally.add(verdict, exception_class(verdict))
    for index in directory.unanswered():
        tally.leave_out(directory.key(index).task_id)
    return tally, changed


def _summed_up(directory: RunDirectory, tally: Tally, ks: Sequence[int]) -> RunResult:
    timings = tally.timings(tally.usages(directory.completions()), directory.config.price)
    _write(directory.path / TIMINGS, timings)
    metrics = None
    if tally.scores.main.samples:
        metrics = sum_up(directory, tally, ks)
        _write(directory.path / METRICS, metrics)
    return RunResult(path=directory.path, metrics=metrics, timings=timings, endings=tally.endings)


def read_metrics(path: Path) -> Metrics:
    """Read a run's ``metrics.json``.

    Raises:
        DataError: missing or malformed.
    """
    return _read(path / METRICS, Metrics)


def read_timings(path: Path) -> Timings:
    """Read a run's ``timings.json``.

    Raises:
        DataError: missing or malformed.
    """
    return _read(path / TIMINGS, Timings)


def sum_up(directory: RunDirectory, tally: Tally, ks: Sequence[int]) -> Metrics:
    """Return what ``metrics.json`` would hold, of all completions and at least one verdict."""
    config, counts = directory.config, tally.scores.main
    found = {name: scores for name, scores in tally.groups.items() if scores.main.samples}
    groups = {
        name: GroupMetrics(
            tasks=len(scores.main.tasks),
            samples=scores.main.samples,
            metrics=_values(scores, ks),
            outcomes=scores.main.outcomes,
        )
        for name, scores in found.items()
    }
    return Metrics(
        benchmark=config.benchmark,
        model=config.model.spec,
        settings=config.settings | ({"strategy": str(config.strategy)} if config.strategy else {}),
        tasks=len(counts.tasks),
        samples=counts.samples,
        dataset_tasks=config.dataset.rows,
        complete=counts.samples + len(directory.unanswered()) == directory.samples,
        metrics=_values(tally.scores, ks),
        outcomes=counts.outcomes,
        exceptions=tally.exceptions,
        endings=tally.endings,
        groups=groups,
        mistakes=tally.study.mistakes,
        curves=_curves(tally),
        averages=averages(config.scoring, groups),
    )


def _curves(tally: Tally) -> dict[str, tuple[Bin, ...]]:
    """Return the main score in each bin of each trait; bins without a judged task lack."""
    return {
        trait: tuple(
            _bin(trait, number, bins[number], values)
            for number in sorted(bins)
            if (values := next(iter(bins[number].pass_values((1,)).values()), None))
        )
        for trait, bins in tally.study.bins.items()
    }


def _bin(trait: str, number: int, scores: Scores, found: PassValues) -> Bin:
    at_least, below = edges_of(trait, number)
    interval = statistics.mean_interval(found.values)
    return Bin(
        at_least=at_least,
        below=below,
        tasks=len(found.values),
        samples=scores.main.samples,
        value=mean(found.values),
        low=interval.low,
        high=interval.high,
    )


def _values(scores: Scores, ks: Sequence[int]) -> dict[str, PassAtK]:
    return {name: _pass_at_k(found) for name, found in scores.pass_values(ks).items()}


def _pass_at_k(found: PassValues) -> PassAtK:
    interval = statistics.mean_interval(found.values)
    return PassAtK(
        value=mean(found.values),
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        tasks=len(found.values),
        worst=mean(found.worst),
        best=mean(found.best),
    )


def _write(path: Path, summary: Metrics | Timings) -> None:
    write_atomically(path, (msgspec.json.format(msgspec.json.encode(summary), indent=2), b"\n"))


def _read(path: Path, kind: type[_Summary]) -> _Summary:
    remedy = "`codeeval score` makes it anew from the verdicts."
    try:
        text = read_bounded(path)
        check_numbers(text)
        return msgspec.json.decode(schema1.upgrade_summary(text), type=kind)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}", remedy) from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: malformed: {error}", remedy) from error

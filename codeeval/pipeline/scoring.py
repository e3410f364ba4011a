"""Sums up a run from its records alone: ``metrics.json`` and ``timings.json``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- msgspec resolves the annotations at run time
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from codeeval import statistics
from codeeval.errors import DataError
from codeeval.metrics import Metrics, PassAtK, PassValues, Tally, Timings, mean
from codeeval.records import METRICS, TIMINGS, RunDirectory, write_atomically

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


def score(path: Path, ks: Sequence[int] = DEFAULT_KS) -> RunResult:
    """Recompute ``metrics.json`` and ``timings.json`` of a run from its records, executing nothing.

    Raises:
        DataError: not a run directory, or a malformed record.
        StorageError: the files cannot be written.
    """
    with RunDirectory.open(path) as directory:
        return score_directory(directory, ks)


def score_directory(directory: RunDirectory, ks: Sequence[int]) -> RunResult:
    """Do as ``score`` does, for a directory that is already open."""
    tally = Tally()
    for verdict in directory.verdicts():
        tally.add(verdict)
    timings = tally.timings(completion.usage for completion in directory.completions())
    _write(directory.path / TIMINGS, timings)
    metrics = None
    if tally.samples:
        metrics = _metrics(directory, tally, ks)
        _write(directory.path / METRICS, metrics)
    return RunResult(path=directory.path, metrics=metrics, timings=timings)


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


def _metrics(directory: RunDirectory, tally: Tally, ks: Sequence[int]) -> Metrics:
    config = directory.config
    values = {f"pass@{k}": tally.pass_values(k) for k in sorted(set(ks))}
    return Metrics(
        benchmark=config.benchmark,
        model=config.model.spec,
        settings=config.settings,
        tasks=len(tally.tasks),
        samples=tally.samples,
        dataset_tasks=config.dataset.rows,
        complete=tally.samples == directory.samples,
        metrics={name: _pass_at_k(found) for name, found in values.items() if found},
        outcomes=tally.outcomes,
        resamples=statistics.RESAMPLES,
        seed=statistics.SEED,
    )


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
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}", remedy) from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: malformed: {error}", remedy) from error

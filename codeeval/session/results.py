"""The result of a run, as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.metrics import Metrics, Timings
from codeeval.pipeline import RunResult, read_metrics, read_timings, score
from codeeval.records import METRICS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RunReport", "RunResult", "read_result", "report_of", "score"]


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """A run's result: where it is, its scores, its times and costs."""

    path: str
    metrics: Metrics | None
    timings: Timings
    rejudged: int = 0
    """Verdicts that scoring changed."""


def report_of(result: RunResult) -> RunReport:
    """Return a result in the form that ``--json`` prints."""
    return RunReport(
        path=str(result.path), metrics=result.metrics, timings=result.timings, rejudged=result.rejudged
    )


def read_result(path: Path) -> RunResult:
    """Read the result that a run directory holds.

    Raises:
        DataError: it is malformed.
    """
    metrics = read_metrics(path) if (path / METRICS).exists() else None
    return RunResult(path=path, metrics=metrics, timings=read_timings(path))

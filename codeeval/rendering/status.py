"""Lays out how far runs and suites are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from codeeval.rendering.console import duration, heading, lines, table
from codeeval.session.status import Activity, RunStatus, SuiteStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType


def status_tables(status: RunStatus | SuiteStatus) -> Iterator[RenderableType]:
    """Lay out a run in a few lines, a suite as a table with a row for each run."""
    if isinstance(status, RunStatus):
        yield heading(f"{status.benchmark} on {status.model}")
        yield lines(*_run_lines(status))
        return
    yield heading(f"suite {status.name}")
    yield table(
        ("benchmark", "model", "state", "generated", "judged", "samples", "passed", "left"),
        [
            (
                run.benchmark,
                run.model,
                "failed" if run.error and run.activity is Activity.STOPPED else run.activity.value,
                *((str(run.generated), str(run.judged), str(run.samples)) if run.samples else ("", "", "")),
                "" if run.passed_share is None else f"{run.passed_share:.1%}",
                "" if run.left_s is None else duration(run.left_s),
            )
            for run in status.runs
        ],
        right=range(3, 8),
    )
    yield lines("")
    for run in status.runs:
        if run.error:
            yield lines(f"{run.benchmark} on {run.model}: {run.error}")
    failed = f", {status.failed} failed" if status.failed else ""
    parts = [f"{status.activity}: {status.done} of {len(status.runs)} runs done{failed}"]
    parts += _writer(status.process, status.started) + _end(status.left_s, status.ends)
    if status.cost_usd is not None:
        parts.append(f"cost so far ${status.cost_usd:.2f}")
    if status.activity is Activity.STOPPED:
        parts.append("the same command resumes it")
    yield lines("; ".join(parts))


def _run_lines(run: RunStatus) -> Iterator[str]:
    parts = [f"generated {run.generated} of {run.samples}", f"judged {run.judged}"]
    if run.unanswered:
        parts.append(f"{run.unanswered} without an answer of the server")
    if run.passed_share is not None:
        parts.append(f"passed {run.passed_share:.1%}")
    yield f"{run.activity}: {', '.join(parts)}"
    if run.outcomes:
        yield ", ".join(f"{count} {name}" for name, count in sorted(run.outcomes.items()))
    parts = _writer(run.process, run.started)
    if run.samples_per_second:
        parts.append(f"{run.samples_per_second:.2g} samples a second")
    parts += _end(run.left_s, run.ends)
    if parts:
        yield "; ".join(parts)
    if run.cost_usd is not None:
        in_all = "" if run.cost_usd_in_all is None else f" of about ${run.cost_usd_in_all:.2f}"
        yield f"cost so far ${run.cost_usd:.2f}{in_all}"
    if run.last_record:
        ago_s = (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(run.last_record)).total_seconds()
        yield f"last record {duration(max(0.0, ago_s))} ago"
    if run.activity is Activity.STOPPED:
        yield "The same command resumes it."


def _writer(process: int | None, started: str) -> list[str]:
    return [f"process {process} since {_clock(started)}"] if process and started else []


def _end(left_s: float | None, ends: str) -> list[str]:
    return [] if left_s is None else [f"about {duration(left_s)} left, until {_clock(ends)}"]


def _clock(time: str) -> str:
    """Show a time of the record as the clock here, with the day where that is another one."""
    local = dt.datetime.fromisoformat(time).astimezone()
    today = dt.datetime.now(dt.UTC).astimezone().date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"

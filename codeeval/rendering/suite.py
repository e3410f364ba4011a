"""Lays out the table of a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.formatting import p_value, points
from codeeval.rendering.console import heading, lines, table
from codeeval.suites import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.suites import RunScore, SuiteScore, SuiteTable


def suite_tables(suite: SuiteTable, *, reasons: bool = True) -> Iterator[RenderableType]:
    """Lay out a row for each benchmark and a column for each model, and the comparisons.

    Args:
        suite: the table.
        reasons: whether to state why runs failed; not where an error that does so follows.
    """
    yield heading(f"suite {suite.name}")
    cells = {(run.label, run.entry): run for run in suite.runs}
    rows = []
    for label, weight in suite.weights.items():
        found = [cells.get((label, score.entry)) for score in suite.scores]
        metric = next((run.metric for run in found if run is not None and run.metric), "")
        rows.append((label, f"{weight:.1%}", metric, *(_cell(run) for run in found)))
    rows.append(("suite score", "", "", *(_total(score) for score in suite.scores)))
    headers = ("benchmark", "weight", "metric", *(score.entry for score in suite.scores))
    yield table(headers, rows, right=(1,))
    yield lines("", "Scores with their 95% intervals; the suite's is the weighted mean.")
    for each in suite.comparisons:
        yield lines(
            f"{each.candidate} against {each.baseline}: {points(each.value)} ({points(each.low)} to "
            f"{points(each.high)}, p {p_value(each.p_adjusted)}), paired over {each.tasks} tasks of "
            f"{len(each.benchmarks)} benchmarks"
        )
    for run in suite.runs:
        if run.error and reasons:
            yield lines(f"{run.label} on {run.entry}: {run.error}")
    yield lines(f"run directories in {suite.path}")


def _cell(run: RunScore | None) -> str:
    if run is None:
        return "not in it"
    state = "" if run.complete else f"{run.judged} of {run.samples} judged" if run.samples else ""
    if run.state is RunState.FAILED:
        state = "failed"
    if run.value is None:
        return state or ("not begun" if run.state is RunState.PLANNED else "no score")
    score = f"{run.value:.1%} ({run.low:.1%} to {run.high:.1%})"
    return f"{score}, {state}" if state else score


def _total(score: SuiteScore) -> str:
    if score.value is None:
        of = score.benchmarks + len(score.missing)
        return f"none: {score.benchmarks} of {of} benchmarks"
    return f"{score.value:.1%} ({score.low:.1%} to {score.high:.1%})"

"""The score by month of the problems beside a model's cutoff: is it worse on what the model cannot know?"""

from __future__ import annotations

import functools
import operator
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import UsageError
from codeeval.metrics import mean, pass_at_k
from codeeval.reports.drawing import drawn, legend, rows_of
from codeeval.reports.palette import QUIET, RUN_COLOURS, RUN_SHAPES
from codeeval.statistics import mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.reports.drawing import Chart, Drawing
    from codeeval.reports.source import RunView, TaskView

_MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
"""The name of the group that has the problems of a month."""


class Score(NamedTuple):
    """pass@1 of some tasks, with its 95% interval."""

    value: float
    low: float
    high: float
    tasks: int

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%}) over {self.tasks:,} tasks"


def check_cutoff(text: str) -> str:
    """Return a month as a cutoff.

    Raises:
        UsageError: it is none.
    """
    if not _MONTH.fullmatch(text):
        raise UsageError(
            f"--cutoff {text!r} is no month", "Write 2024-06: the first month that is not known."
        )
    return text


def month_of(task: TaskView) -> str:
    """Return the month that a task is from; empty where it has none."""
    return next((name for name in task.groups if _MONTH.fullmatch(name)), "")


def score(run: RunView, chosen: Callable[[str], bool]) -> Score | None:
    """Return the score on the tasks of some months; None where none was judged."""
    counts = [
        (task.judged, task.passed)
        for task in run.tasks
        if task.judged and (month := month_of(task)) and chosen(month)
    ]
    if not counts:
        return None
    values = [pass_at_k(judged, passed, 1) for judged, passed in counts]
    interval = mean_interval(values)
    return Score(mean(values), interval.low, interval.high, len(values))


def score_by_month(name: str, runs: Sequence[RunView], cutoff: str) -> Chart | None:
    """Draw the score of each month, a dot with its interval a run; None where there are no two months.

    Args:
        name: file name without ending.
        runs: of one benchmark.
        cutoff: the first month that the models do not know, marked; empty for no mark.
    """
    months = sorted({month for run in runs for task in run.tasks if (month := month_of(task))})
    found = [
        (run.label, month, value)
        for run in runs
        for month in months
        if (value := score(run, functools.partial(operator.eq, month)))
    ]
    if len({month for _, month, _ in found}) < 2:
        return None
    rows = [
        {
            "run": label,
            "month": month,
            "value": value.value,
            "low": value.low,
            "high": value.high,
            "words": f"{label}, {month}: {value}",
        }
        for label, month, value in found
    ]
    marked = next((month for month in months if cutoff and month >= cutoff), "")
    labels = [run.label for run in runs]

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        shown = None if len(labels) == 1 else legend(width, labels, 3)
        base = alt.Chart(rows_of(rows)).encode(
            x=alt.X("month:O", sort=months, title="month of the problem").axis(labelAngle=-60, grid=False),
            color=alt.Color(
                "run:N", scale=alt.Scale(domain=labels, range=list(RUN_COLOURS)), legend=shown, title=None
            ),
        )
        ranges = base.mark_rule(strokeWidth=1.5, aria=False).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
        dots = base.mark_point(filled=True, size=50, opacity=1).encode(
            y=alt.Y("value:Q", title=None).scale(domain=[0, 1]).axis(format="%", tickCount=5),
            shape=alt.Shape(
                "run:N", scale=alt.Scale(domain=labels, range=list(RUN_SHAPES)), legend=shown, title=None
            ),
            description="words:N",
        )
        layers: list[alt.Chart] = [ranges, dots]
        if marked:
            mark = alt.Chart(rows_of([{"month": marked}]))
            rule = mark.mark_rule(strokeDash=[4, 3], color=QUIET, aria=False, xOffset=-8)
            layers.append(rule.encode(x=alt.X("month:O", sort=months)))
        whole: Drawing = alt.layer(*layers).properties(width=width - 60, height=220)
        return whole

    sides = list(_sides(runs, cutoff)) if cutoff else []
    summary = "; ".join(sides or [f"{row['words']}" for row in rows])
    title = f"pass@1 by month, cutoff {cutoff}: {'; '.join(sides)}" if sides else "pass@1 by month"
    return drawn(name, title, f"pass@1 by month of the problem. {summary}.", draw)


def _sides(runs: Sequence[RunView], cutoff: str) -> list[str]:
    """Return what each run has before and from the cutoff on."""
    found = []
    for run in runs:
        before = score(run, lambda month: month < cutoff)
        after = score(run, lambda month: month >= cutoff)
        found.append(f"{run.label}: before {before or 'nothing'}, from then on {after or 'nothing'}")
    return found

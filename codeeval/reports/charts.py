"""Charts, as Vega-Lite made with Altair and drawn as SVG while the report is built.

Drawn beforehand they cost the page a few kilobytes each, where Vega itself would cost 0.9 MB and a
script policy that allows evaluation. Colours are those of ``palette``; the page's style sheet turns the
neutral ones into its own, and gives outcomes patterns.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.reports.drawing import (
    LINE_HEIGHT,
    NARROW,
    WIDE,
    Chart,
    drawn,
    label_width,
    legend,
    most_lines,
    rows_of,
    wrapped,
)
from codeeval.reports.palette import (
    INK,
    OUTCOME_COLOURS,
    OUTCOME_WORDS,
    PAPER,
    QUIET,
    RUN_COLOURS,
    RUN_DASHES,
    RUN_SHAPES,
)
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from codeeval.reports.drawing import Drawing

_LABELLED_SHARE: Final = 0.035
"""Share of a bar from which it has room for its number, in the wide drawing."""


class CurvePoint(NamedTuple):
    """pass@k of a run at one k."""

    run: str
    k: int
    value: float
    low: float
    high: float


class Bar(NamedTuple):
    """A row of the chart of outcomes."""

    label: str
    outcomes: Mapping[Outcome, int]


class Change(NamedTuple):
    """A difference between two runs with its interval, as shares of 1."""

    label: str
    value: float
    low: float
    high: float


def pass_curve(name: str, title: str, points: Sequence[CurvePoint]) -> Chart:
    """Draw pass@k over k, a line and a band a run."""
    runs = list(dict.fromkeys(point.run for point in points))
    most = max(point.k for point in points)
    rows = [
        {**point._asdict(), "words": f"{point.run}: pass@{point.k} {_interval(point)}"} for point in points
    ]

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        ticks = [
            k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000) if k < most * 0.8
        ] + [most]
        scale = alt.Scale(domain=runs, range=list(RUN_COLOURS))
        shown = None if len(runs) == 1 else legend(width, runs, 3)
        base = alt.Chart(rows_of(rows)).encode(
            x=alt.X("k:Q", title="k, samples", scale=alt.Scale(type="log", domain=[1, most])).axis(
                values=ticks, format=",d", grid=False
            ),
        )
        silent = alt.Color("run:N", scale=scale, legend=None)
        band = base.mark_area(opacity=0.14, aria=False).encode(
            y=alt.Y("low:Q", title=None, axis=alt.Axis(format="%", tickCount=5)), y2="high:Q", color=silent
        )
        line = base.mark_line(strokeWidth=2, aria=False).encode(
            y="value:Q",
            color=silent,
            strokeDash=alt.StrokeDash(
                "run:N", scale=alt.Scale(domain=runs, range=list(RUN_DASHES)), legend=None
            ),
        )
        shapes = alt.Scale(domain=runs, range=list(RUN_SHAPES))
        dots = base.mark_point(filled=True, size=50, opacity=1).encode(
            y="value:Q",
            color=alt.Color("run:N", scale=scale, legend=shown, title=None),
            shape=alt.Shape("run:N", scale=shapes, legend=shown, title=None),
            description="words:N",
        )
        layers = alt.layer(band, line, dots).resolve_scale(color="independent", shape="independent")
        whole: Drawing = layers.properties(width=width - 60, height=240)
        return whole

    ends = "; ".join(
        f"{run} from {_share(own[0].value)} at k=1 to {_share(own[-1].value)} at k={own[-1].k}"
        for run in runs
        if (own := [point for point in points if point.run == run])
    )
    return drawn(name, title, f"pass@k over k: {ends}.", draw)


def outcome_bars(name: str, title: str, bars: Sequence[Bar]) -> Chart:
    """Draw the outcomes of the samples, a stacked bar a row."""
    present = [outcome for outcome in Outcome if any(bar.outcomes.get(outcome) for bar in bars)]

    def rows(width: int) -> list[dict[str, object]]:
        made: list[dict[str, object]] = []
        for bar in bars:
            total, start = sum(bar.outcomes.values()) or 1, 0.0
            for outcome in present:
                share = bar.outcomes.get(outcome, 0) / total
                if share:
                    made.append(_segment(bar, outcome, start, share, width))
                start += share
        return made

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        names = _RowNames(width, [bar.label for bar in bars], "row", rise=23)
        words = [OUTCOME_WORDS[outcome] for outcome in present]
        scale = alt.Scale(domain=words, range=[OUTCOME_COLOURS[outcome] for outcome in present])
        base = alt.Chart(rows_of(rows(width))).encode(
            y=alt.Y("row:N", title=None, sort=names.names, axis=None)
        )
        thick = 35 if names.above else 24
        blocks = base.mark_bar(stroke=PAPER, strokeWidth=1.5, height=thick).encode(
            x=alt.X("start:Q", title=None, scale=alt.Scale(domain=[0, 1], nice=False)).axis(
                format="%", tickCount=5, grid=False, domain=False
            ),
            x2="end:Q",
            color=alt.Color("outcome:N", scale=scale, title=None, legend=legend(width, words, 5)),
            description="words:N",
        )
        numbers = base.transform_filter("datum.label != ''").mark_text(
            fontSize=11, fontWeight=600, fill=INK, stroke=PAPER, strokeWidth=3, strokeJoin="round", aria=False
        )
        layers = [
            blocks,
            names.drawn(base.transform_filter("datum.start == 0")),
            numbers.encode(x="middle:Q", text="label:N"),
            numbers.mark_text(fontSize=11, fontWeight=600, fill=INK, aria=False).encode(
                x="middle:Q", text="label:N"
            ),
        ]
        step = names.step(42 if names.above else 38)
        return alt.layer(*layers).properties(width=names.plot_width, height=step)

    return drawn(name, title, "; ".join(map(_bar_in_words, bars)) + ".", draw)


def differences(name: str, title: str, changes: Sequence[Change]) -> Chart:
    """Draw differences with their intervals, one a row, around a line at none."""
    reach = max(0.02, *(max(abs(each.low), abs(each.high)) for each in changes)) * 100
    rows = [
        {
            "label": each.label,
            "value": each.value * 100,
            "low": each.low * 100,
            "high": each.high * 100,
            "sense": "up" if each.low > 0 else "down" if each.high < 0 else "open",
            "words": f"{each.label}: {_points(each.value)} ({_points(each.low)} to {_points(each.high)})",
        }
        for each in changes
    ]

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        names = _RowNames(width, [each.label for each in changes], "label", rise=16)
        base = alt.Chart(rows_of(rows)).encode(y=alt.Y("label:N", title=None, sort=None, axis=None))
        x_axis = (
            alt.X("value:Q", title="difference, percentage points")
            .scale(domain=[-reach, reach])
            .axis(tickCount=4 if names.above else 8, grid=False)
        )
        scale = alt.Scale(domain=["up", "down", "open"], range=["#009e74", "#d55e01", QUIET])
        colour = alt.Color("sense:N", scale=scale, legend=None)
        zero = alt.Chart(rows_of([{"x": 0}])).mark_rule(stroke=QUIET, strokeDash=[3, 3], aria=False)
        layers = [
            zero.encode(x="x:Q"),
            base.mark_rule(strokeWidth=2.5, aria=False).encode(x="low:Q", x2="high:Q", color=colour),
            base.mark_point(filled=True, size=90, opacity=1).encode(
                x=x_axis,
                color=colour,
                shape=alt.Shape(
                    "sense:N",
                    scale=alt.Scale(
                        domain=["up", "down", "open"], range=["triangle-right", "triangle-left", "circle"]
                    ),
                    legend=None,
                ),
                description="words:N",
            ),
        ]
        layers.append(names.drawn(base))
        step = names.step(36 if names.above else 34)
        return alt.layer(*layers).properties(width=names.plot_width, height=step)

    return drawn(name, title, "; ".join(str(row["words"]) for row in rows) + ".", draw)


def task_changes(name: str, title: str, changes: Mapping[str, float]) -> Chart:
    """Draw how each task's pass rate changed, sorted: what was gained on one side, lost on the other."""
    ordered = sorted(changes.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        {
            "place": place,
            "next": place + 1,
            "change": change * 100,
            "sense": "gained" if change > 0 else "lost",
            "words": f"{task}: {_points(change)}",
        }
        for place, (task, change) in enumerate(ordered)
        if change
    ]
    gained = sum(change > 0 for change in changes.values())
    lost = sum(change < 0 for change in changes.values())

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        colour = alt.Color("sense:N", title=None, legend=legend(width, ["gained", "lost"], 2)).scale(
            domain=["gained", "lost"], range=["#009e74", "#d55e01"]
        )
        whole: Drawing = (
            alt.Chart(rows_of(rows))
            .mark_rect(stroke=PAPER, strokeWidth=0.4)
            .encode(
                x=alt.X("place:Q", title=f"{len(changes)} tasks, sorted by change")
                .scale(domain=[0, len(changes)], nice=False)
                .axis(labels=False, ticks=False, grid=False),
                x2="next:Q",
                y=alt.Y("change:Q", title="points").scale(domain=[-100, 100]).axis(tickCount=5),
                y2=alt.datum(0),
                color=colour,
                description="words:N",
            )
            .properties(width=width - 70, height=170)
        )
        return whole

    return drawn(name, title, f"{gained} tasks passed more often, {lost} less often.", draw)


def cpu_times(name: str, title: str, times: Mapping[str, Mapping[Outcome, Sequence[float]]]) -> Chart:
    """Draw how CPU time is distributed over samples, on a logarithmic axis, one row a run."""
    rows = [row for run, by_outcome in times.items() for row in _histogram(run, by_outcome)]

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        colours = [OUTCOME_COLOURS[Outcome.PASSED], OUTCOME_COLOURS[Outcome.WRONG_ANSWER]]
        scale = alt.Scale(domain=["passed", "failed"], range=colours)
        whole: Drawing = (
            alt.Chart(rows_of(rows))
            .mark_rect(stroke=PAPER, strokeWidth=1)
            .encode(
                x=alt.X("low:Q", title="CPU seconds of a sample")
                .scale(type="log", nice=False)
                .axis(grid=False, values=[0.001, 0.01, 0.1, 1, 10, 100], format="~g"),
                x2="high:Q",
                y=alt.Y("base:Q", title="samples").axis(tickCount=3, format="~s"),
                y2="top:Q",
                color=alt.Color(
                    "kind:N", scale=scale, title=None, legend=legend(width, ["passed", "failed"], 2)
                ),
                description="words:N",
            )
            .properties(width=width - 80, height=90)
            .facet(
                row=alt.Row("run:N", title=None, sort=list(times)).header(
                    labelOrient="top",
                    labelAnchor="start",
                    labelLimit=width - 80,
                    labelExpr=wrapped("datum.label", width - 80),
                )
            )
        )
        return whole

    counts = "; ".join(f"{run}: {sum(map(len, by.values())):,} samples" for run, by in times.items())
    return drawn(name, title, f"Distribution of CPU time. {counts}.", draw)


class _RowNames(NamedTuple):
    """Names of a chart's rows: left of them, or on a phone above them."""

    width: int
    """Of the chart, in pixels."""
    names: Sequence[str]
    field: str
    """Of the chart's data, with the name."""
    rise: int
    """Pixels from a row's middle to the last line of a name above it."""

    @property
    def above(self) -> bool:
        """Whether they stand above their rows."""
        return self.width == NARROW

    @property
    def room(self) -> int:
        """Pixels that a line of them has."""
        return self.width - 30 if self.above else min(310, label_width(self.names))

    @property
    def plot_width(self) -> int:
        """Pixels that they leave for what the chart plots."""
        return self.width - 30 if self.above else self.width - self.room - 40

    def step(self, bare: int) -> alt.Step:
        """Return a row's height, of one that is so high without a name."""
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        lines = most_lines(self.names, self.room) * LINE_HEIGHT
        return alt.Step(bare + lines if self.above else max(bare, lines + 10))

    def drawn(self, base: alt.Chart) -> alt.Chart:
        """Return the layer that has them."""
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        text = wrapped(f"datum.{self.field}", self.room)
        further = f"{LINE_HEIGHT} * (length(split({text}, '\\n')) - 1)"
        marks = base.transform_calculate(name=text).mark_text(
            align="left" if self.above else "right",
            dy=alt.expr(f"-{self.rise} - {further}" if self.above else f"-{further} / 2"),
            fontSize=12,
            fill=INK,
            limit=self.room,
            aria=False,
        )
        layer: alt.Chart = marks.encode(x=alt.value(0 if self.above else -8), text="name:N")
        return layer


def _histogram(run: str, by_outcome: Mapping[Outcome, Sequence[float]]) -> list[dict[str, object]]:
    """Count samples in bins of a fifth of a decade, failed ones on top of passed ones."""
    bins: dict[int, list[int]] = {}
    for outcome, values in by_outcome.items():
        for value in values:
            place = math.floor(math.log10(max(value, 1e-3)) * 5 + 1e-9)
            bins.setdefault(place, [0, 0])[outcome is not Outcome.PASSED] += 1
    rows: list[dict[str, object]] = []
    for place, (passed, failed) in sorted(bins.items()):
        low, high = 10 ** (place / 5), 10 ** ((place + 1) / 5)
        span = f"{_seconds(low)} to {_seconds(high)}"
        for kind, base, count in (("passed", 0, passed), ("failed", passed, failed)):
            if count:
                words = f"{run}: {count:,} samples {kind}, {span}"
                row = {"run": run, "low": low, "high": high, "base": base, "top": base + count}
                rows.append({**row, "kind": kind, "words": words})
    return rows


def _segment(bar: Bar, outcome: Outcome, start: float, share: float, width: int) -> dict[str, object]:
    count = bar.outcomes[outcome]
    room = share > _LABELLED_SHARE * (1 if width == WIDE else 2.2)
    return {
        "row": bar.label,
        "outcome": OUTCOME_WORDS[outcome],
        "start": start,
        "end": start + share,
        "middle": start + share / 2,
        "label": _share(share, 0) if room else "",
        "words": f"{bar.label}: {count:,} {OUTCOME_WORDS[outcome]}, {_share(share)}",
    }


def _bar_in_words(bar: Bar) -> str:
    total = sum(bar.outcomes.values()) or 1
    parts = [
        f"{OUTCOME_WORDS[outcome]} {_share(count / total)}"
        for outcome, count in bar.outcomes.items()
        if count
    ]
    return f"{bar.label}: {', '.join(parts)}"


def _interval(point: CurvePoint) -> str:
    return f"{_share(point.value)} ({_share(point.low)} to {_share(point.high)})"


def _share(value: float, digits: int = 1) -> str:
    return f"{value * 100:.{digits}f}%"


def _points(value: float) -> str:
    return f"{value * 100:+.1f} pp"


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"

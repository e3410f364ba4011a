"""The chart of coverage: measured up to a run's samples, and extrapolated by two fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.reports.drawing import Chart, drawn, legend, rows_of
from codeeval.reports.palette import QUIET, RUN_COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.reports.drawing import Drawing
    from codeeval.statistics import Coverage, Point

_MEASURED: Final = "measured"
_DECADES: Final = (1, 10, 100, 1000, 10_000)


def coverage_curve(name: str, title: str, coverage: Coverage, metric: str) -> Chart | None:
    """Draw coverage over k with both fits and their bands; None where nothing could be fitted.

    Args:
        name: file name without ending.
        title: what stands above it.
        coverage: of a run.
        metric: what k is put to, for example ``pass``.
    """
    curves = dict(_curves(coverage))
    if len(curves) == 1:
        return None
    names, last = list(curves), coverage.measured[-1]
    most = max(points[-1].k for points in curves.values())
    rows = [_row(curve, point, metric) for curve, points in curves.items() for point in points]

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        scale = alt.Scale(domain=names, range=list(RUN_COLOURS[: len(names)]))
        dashes = alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 2]][: len(names)])
        shown = legend(width, names, 3)
        axis = alt.Axis(values=[k for k in _DECADES if k <= most], format=",d", grid=False)
        base = alt.Chart(rows_of(rows)).encode(
            x=alt.X("k:Q", title="k, samples", scale=alt.Scale(type="log", domain=[1, most]), axis=axis)
        )
        fits, dots = (base.transform_filter(f"datum.curve {sign} '{_MEASURED}'") for sign in ("!=", "=="))
        colour = alt.Color("curve:N", scale=scale, legend=shown, title=None)
        span = alt.Y("low:Q", title=None, scale=alt.Scale(domain=[0, 1])).axis(format="%", tickCount=5)
        end = alt.Chart(rows_of([{"k": last.k}])).mark_rule(stroke=QUIET, strokeDash=[3, 3], aria=False)
        layers = alt.layer(
            fits.mark_area(opacity=0.14, aria=False).encode(y=span, y2="high:Q", color=colour),
            end.encode(x="k:Q"),
            fits.mark_line(strokeWidth=2, aria=False).encode(
                y="value:Q",
                color=colour,
                strokeDash=alt.StrokeDash("curve:N", scale=dashes, legend=shown, title=None),
            ),
            dots.mark_rule(strokeWidth=1, aria=False).encode(y="low:Q", y2="high:Q", color=colour),
            dots.mark_point(filled=True, size=50, opacity=1).encode(
                y="value:Q", color=colour, description="words:N"
            ),
        )
        whole: Drawing = layers.properties(width=width - 60, height=240)
        return whole

    ahead = "; ".join(
        f"{curve} {_spelled(points[-1])} at k={points[-1].k:,}"
        for curve, points in curves.items()
        if curve != _MEASURED
    )
    return drawn(name, title, f"Measured {_spelled(last)} at k={last.k:,}. Beyond: {ahead}.", draw)


def _curves(coverage: Coverage) -> Iterator[tuple[str, Sequence[Point]]]:
    yield _MEASURED, coverage.measured
    if coverage.power_law:
        yield "power law", coverage.power_law.curve
    if coverage.beta_binomial:
        yield "Beta-binomial", coverage.beta_binomial.curve


def _row(curve: str, point: Point, metric: str) -> dict[str, object]:
    return {
        "curve": curve,
        "k": point.k,
        "value": round(point.value, 4),
        "low": round(point.low, 4),
        "high": round(point.high, 4),
        "words": f"{curve}: {metric}@{point.k:,} {_spelled(point)}",
    }


def _spelled(point: Point) -> str:
    return f"{point.value:.1%} ({point.low:.1%} to {point.high:.1%})"

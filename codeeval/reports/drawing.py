"""Draws charts: Vega-Lite in, SVG or PNG out, in the widths of a screen and of a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from codeeval.reports.palette import INK, LINE, QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import altair as alt

    Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

WIDE: Final = 1060
NARROW: Final = 340
"""Widths in pixels that each chart is drawn in: for a screen and for a phone."""


class Chart(NamedTuple):
    """A chart with its drawings."""

    name: str
    """File name without ending."""
    title: str
    summary: str
    """What it shows, in words, for those who do not see it."""
    wide: str
    """SVG."""
    narrow: str
    spec: dict[str, Any]  # Any: JSON of another project's schema
    """Vega-Lite of the wide drawing."""


def png(chart: Chart) -> bytes:
    """Draw a chart as PNG, at twice its size, on white."""
    import vl_convert  # noqa: PLC0415 -- costs 50 ms and 100 MB

    return bytes(vl_convert.vegalite_to_png({**chart.spec, "background": "white"}, scale=2))


def drawn(name: str, title: str, summary: str, draw: Callable[[int], Drawing]) -> Chart:
    """Draw a chart in both widths.

    Args:
        name: file name without ending.
        title: what stands above it.
        summary: what it shows, in words.
        draw: makes the chart for a width in pixels.
    """
    import vl_convert  # noqa: PLC0415 -- costs 50 ms and 100 MB

    specs = [draw(width).configure(**_config()).to_dict() for width in (WIDE, NARROW)]
    wide, narrow = (vl_convert.vegalite_to_svg(spec) for spec in specs)
    return Chart(name, title, summary, wide, narrow, specs[0])


def _config() -> dict[str, Any]:  # Any: JSON of another project's schema
    font = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"
    return {
        "background": "transparent",
        "font": font,
        "view": {"stroke": None},
        "padding": {"left": 12, "top": 5, "right": 5, "bottom": 5},
        "axis": {
            "labelColor": QUIET,
            "titleColor": QUIET,
            "titleFontWeight": 400,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "gridColor": LINE,
            "domainColor": LINE,
            "tickColor": LINE,
        },
        "header": {"labelColor": INK, "labelFontSize": 12},
    }


def legend(width: int, columns: int) -> alt.Legend:
    """Lay a legend out above a chart."""
    import altair as alt  # noqa: PLC0415 -- costs 450 ms

    return alt.Legend(
        orient="top",
        columns=columns,
        labelColor=INK,
        labelFontSize=12,
        labelLimit=width // columns - 60,
        symbolSize=110,
        symbolStrokeWidth=1,
        offset=14,
        columnPadding=28,
        symbolOpacity=1,
        title=None,
    )


def rows_of(values: Sequence[object]) -> alt.Data:
    """Wrap a chart's rows."""
    import altair as alt  # noqa: PLC0415 -- costs 450 ms

    data: alt.Data = alt.Data(values=values)  # type: ignore[no-untyped-call] # untyped in altair
    return data

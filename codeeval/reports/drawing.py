"""Draws charts: Vega-Lite in, SVG or PNG out, in the widths of a screen and of a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from codeeval.reports.palette import INK, LINE, QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import altair as alt

    Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

WIDE: Final = 1060
NARROW: Final = 340
"""Widths in pixels that each chart is drawn in: for a screen and for a phone."""
LINE_HEIGHT: Final = 14
"""Pixels, of each line of a label."""
_CHARACTER: Final = 7
"""Pixels, about, of a character of a label."""
_SYMBOL: Final = 60
"""Pixels of a column of a legend beside its label."""


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
        "lineBreak": "\n",
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


def legend(width: int, labels: Sequence[str], columns: int) -> alt.Legend:
    """Lay a legend out above a chart.

    Args:
        width: of the chart, in pixels.
        labels: what it lists; long ones stand in fewer columns, and then on several lines.
        columns: most columns.
    """
    import altair as alt  # noqa: PLC0415 -- costs 450 ms

    columns = max(1, min(columns, width // (label_width(labels) + _SYMBOL)))
    room = width // columns - _SYMBOL
    return alt.Legend(
        orient="top",
        columns=columns,
        labelColor=INK,
        labelFontSize=12,
        labelLimit=room,
        labelExpr=wrapped("datum.label", room),
        symbolSize=110,
        symbolStrokeWidth=1,
        offset=14,
        columnPadding=28,
        symbolOpacity=1,
        title=None,
    )


def label_width(labels: Sequence[str]) -> int:
    """Return about how many pixels the longest label takes on one line."""
    return max(map(len, labels), default=0) * _CHARACTER


def wrapped(field: str, width: int) -> str:
    """Return a Vega expression that breaks a field's text into lines that a width in pixels has room for."""
    return f"trim(replace({field}, regexp('{_line(width)}', 'g'), '$1\\n'))"


def most_lines(labels: Sequence[str], width: int) -> int:
    """Return the number of lines of the label that has most of them, once it is wrapped."""
    return max((len(re.findall(_line(width), label)) for label in labels), default=1)


def _line(width: int) -> str:
    """Return a pattern of one line: the rest, or up to a character that may end it, or as much as fits."""
    most = max(8, width // _CHARACTER)
    return f"(.{{1,{most}}}$|.{{1,{most - 1}}}[-/_:., ]|.{{{most}}})"


def rows_of(values: Sequence[object]) -> alt.Data:
    """Wrap a chart's rows."""
    import altair as alt  # noqa: PLC0415 -- costs 450 ms

    data: alt.Data = alt.Data(values=values)  # type: ignore[no-untyped-call] # untyped in altair
    return data

"""How predictions fare by program: accuracy over a program's length, or over how long it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.metrics.study import SCALES, label
from codeeval.reports.drawing import drawn, legend, rows_of
from codeeval.reports.palette import RUN_COLOURS, RUN_SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.metrics import Bin
    from codeeval.reports.drawing import Chart, Drawing


def accuracy_by_trait(name: str, trait: str, bins: Mapping[str, Sequence[Bin]]) -> Chart:
    """Draw the main score in each bin, a dot with its interval a run.

    Args:
        name: file name without ending.
        trait: what the bins are of.
        bins: by label of the run.
    """
    title = SCALES[trait].title
    order = list(
        dict.fromkeys(label(trait, each) for each in sorted(_all(bins), key=lambda each: each.at_least))
    )
    rows = [
        {
            "run": run,
            "bin": label(trait, each),
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "words": f"{run}, {label(trait, each)}: {_interval(each)} over {each.tasks:,} tasks",
        }
        for run, own in bins.items()
        for each in own
    ]

    def draw(width: int) -> Drawing:
        import altair as alt  # noqa: PLC0415 -- costs 450 ms

        runs = list(bins)
        shown = None if len(runs) == 1 else legend(width, runs, 3)
        base = alt.Chart(rows_of(rows)).encode(
            x=alt.X("bin:N", sort=order, title=title).axis(labelAngle=0, grid=False),
            xOffset=alt.XOffset("run:N", sort=runs, scale=alt.Scale(domain=runs, paddingOuter=0.4)),
            color=alt.Color(
                "run:N", scale=alt.Scale(domain=runs, range=list(RUN_COLOURS)), legend=shown, title=None
            ),
        )
        values = alt.Y("value:Q", title=None).scale(domain=[0, 1]).axis(format="%", tickCount=5)
        ranges = base.mark_rule(strokeWidth=2, aria=False).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
        shapes = alt.Scale(domain=runs, range=list(RUN_SHAPES))
        dots = base.mark_point(filled=True, size=60, opacity=1).encode(
            y=values,
            shape=alt.Shape("run:N", scale=shapes, legend=shown, title=None),
            description="words:N",
        )
        whole: Drawing = alt.layer(ranges, dots).properties(width=width - 60, height=200)
        return whole

    described = "; ".join(
        f"{run}: {', '.join(f'{label(trait, each)} {each.value:.0%}' for each in own)}"
        for run, own in bins.items()
    )
    return drawn(name, f"Accuracy by {title}", f"Accuracy by {title}. {described}.", draw)


def _all(bins: Mapping[str, Sequence[Bin]]) -> list[Bin]:
    return [each for own in bins.values() for each in own]


def _interval(found: Bin) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"

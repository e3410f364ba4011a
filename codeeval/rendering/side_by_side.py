"""Lays out runs of different benchmarks side by side."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from codeeval.formatting import p_value, points
from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.session.side_by_side import Join, Side, SideBySide


def show_side_by_side(found: SideBySide) -> Iterator[RenderableType]:
    """Lay out scores as columns, and below them the tasks in common."""
    rows = [(run.label, run.benchmark, run.model, str(run.tasks)) for run in found.runs]
    yield table(("run", "benchmark", "model", "tasks"), rows, right=(3,))
    yield lines("")
    names = list(dict.fromkeys(itertools.chain.from_iterable(run.metrics for run in found.runs)))
    yield table(
        ("metric", *(run.label for run in found.runs)),
        [(name, *(_value(found, run, name) for run in found.runs)) for name in names],
    )
    for join in found.joins:
        yield lines("")
        yield from _show_join(join)
    if not found.joins:
        yield lines("", "No task of one was made from a task of the other, so there is nothing to pair.")


def _value(found: SideBySide, run: Side, name: str) -> str:
    value, first = run.metrics.get(name), found.runs[0].metrics.get(name)
    if value is None:
        return ""
    text = f"{value.value:.1%} ({value.low:.1%} to {value.high:.1%})"
    return text if first is None or run is found.runs[0] else f"{text}, {points(value.value - first.value)}"


def _show_join(join: Join) -> Iterator[RenderableType]:
    rows = [
        ("both", join.both),
        (f"only {join.first}", join.only_first),
        (f"only {join.other}", join.only_other),
        ("neither", join.neither),
    ]
    yield table(
        ("solved by", "tasks", "share"),
        [(who, str(count), f"{count / join.tasks:.1%}") for who, count in rows],
        right=(1, 2),
    )
    contrast = join.contrast
    yield lines(
        "",
        f"On the {join.tasks} tasks in common: pass@1 {contrast.baseline:.1%} in {join.first}, "
        f"{contrast.candidate:.1%} in {join.other}",
        f"difference {points(contrast.difference)}, 95% interval {points(contrast.low)} to "
        f"{points(contrast.high)} ({contrast.interval}), p {p_value(contrast.p)} ({contrast.test})",
    )

"""Lays out graded answers: means by scorer, the published table, and one sample's readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.metrics import Metrics, PassAtK, score_name
from codeeval.metrics.study import SCALES, label
from codeeval.rendering.console import heading, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from codeeval.session.inspection import ScoreTable
    from codeeval.types import Program


def scorers(metrics: Metrics) -> list[str]:
    """List the scorers that a run's answers were graded by."""
    end = score_name("")
    return [name.removesuffix(end) for name in metrics.metrics if name.endswith(end)]


def score_table(metrics: Metrics) -> RenderableType:
    """Lay out each scorer's mean of each named subset of the tasks."""
    names = [score_name(scorer) for scorer in scorers(metrics)]
    rows = [
        [group, str(each.tasks), str(each.samples), *_cells(each.metrics, names)]
        for group, each in metrics.groups.items()
    ]
    return _table(["group", "tasks", "samples"], names, rows)


def _cells(values: Mapping[str, PassAtK], names: list[str]) -> list[str]:
    cells = []
    for name in names:
        value = values.get(name)
        cells += [f"{value.value:.1%}", f"{value.low:.1%} to {value.high:.1%}"] if value else ["", ""]
    return cells


def _table(first: list[str], names: list[str], rows: list[list[str]]) -> RenderableType:
    headers = [*first, *(header for name in names for header in (name, "95% interval"))]
    right = (*range(1, len(first)), *range(len(first), len(headers), 2))
    return table(headers, rows, right=right)


def mistake_table(metrics: Metrics) -> RenderableType:
    """Lay out what is wrong with the predictions that are wrong."""
    rows = [(name, str(count), f"{count / metrics.samples:.1%}") for name, count in metrics.mistakes.items()]
    return table(("wrong by", "samples", "share"), rows, right=(1, 2))


def curve_table(metrics: Metrics, trait: str) -> RenderableType:
    """Lay out the main score by a trait of the tasks."""
    rows = [
        (label(trait, each), str(each.tasks), f"{each.value:.1%}", f"{each.low:.1%} to {each.high:.1%}")
        for each in metrics.curves[trait]
    ]
    return table((SCALES[trait].title, "tasks", "main score", "95% interval"), rows, right=(1, 2, 3))


def average_line(averages: Mapping[str, float]) -> str:
    """Format the average over the columns of the published table."""
    scores = ", ".join(f"{scorer} {value:.2%}" for scorer, value in averages.items())
    return f"average over the published table's columns: {scores}"


def show_table(found: ScoreTable) -> Iterator[RenderableType]:
    """Lay out the published table, a line a column, in percent."""
    names = list(found.averages)
    rows = [[each.name, str(each.tasks), *_cells(each.scores, names)] for each in found.columns]
    average = [cell for name in names for cell in (f"{found.averages[name]:.2%}", "")]
    rows.append(["average", str(sum(each.tasks for each in found.columns)), *average])
    yield _table(["column", "tasks"], names, rows)
    for scorer in found.nonzero:
        yield lines(f"The average of {scorer} excludes columns that are zero, as published.")
    yield lines("")


def show_study(metrics: Metrics) -> Iterator[RenderableType]:
    """Lay out what wrong predictions look like, and accuracy by traits; nothing where nothing is known."""
    if metrics.mistakes:
        yield mistake_table(metrics)
        yield lines("")
    for trait in metrics.curves:
        yield curve_table(metrics, trait)
        yield lines("")


def show_answers(program: Program) -> Iterator[RenderableType]:
    """Show how each scorer read the answer, and what is expected."""
    for answer in program.answers:
        yield heading(f"answer, as {answer.scorer} reads it (rule {answer.rule}, metric {answer.metric})")
        for number, text in enumerate(answer.texts):
            if number:
                yield lines(f"or, where that is better ({number + 1} of {len(answer.texts)}):")
            yield lines(text)
    if program.answers:
        yield heading("expected")
        yield lines(program.expected)

"""Lays out a run as a whole: its tasks and their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.rendering.console import lines, table
from codeeval.rendering.graded import show_study, show_table
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.session.inspection import RunView


def overview_tables(view: RunView) -> Iterator[RenderableType]:
    """Lay out the run's settings and its tasks."""
    overview, config, metrics = view
    sampling = config.sampling
    yield lines(
        f"{overview.benchmark} on {overview.model}, started {config.created}",
        f"dataset {config.dataset.id} {config.dataset.split} ({config.dataset.revision})",
        f"temperature {sampling.temperature:g}, top_p {sampling.top_p:g}, "
        f"at most {sampling.max_tokens} tokens",
        "",
    )
    if overview.table:
        yield from show_table(overview.table)
    if metrics is not None:
        yield from show_study(metrics)
    rows = [
        (
            line.task_id,
            f"{line.outcomes.get(Outcome.PASSED, 0)} of {line.planned}",
            ", ".join(
                f"{count} {name}" for name, count in sorted(line.outcomes.items()) if name != Outcome.PASSED
            )
            or ("" if line.outcomes else "no verdict yet"),
        )
        for line in overview.tasks
    ]
    yield table(("task", "passed", "otherwise"), rows, right=(1,))

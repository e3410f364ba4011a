"""Lays out a run as a whole: its tasks and their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.formatting import size
from codeeval.rendering.console import lines, table
from codeeval.rendering.graded import scorers, show_study, show_table
from codeeval.rendering.run_result import group_table, pass_table
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.records import RunConfig
    from codeeval.session.inspection import RunView
    from codeeval.types import Limits


def overview_tables(view: RunView) -> Iterator[RenderableType]:
    """Lay out the run's settings and its tasks."""
    overview, config, metrics = view
    sampling = config.sampling
    yield lines(
        f"{overview.benchmark} on {overview.model}, started {config.created}",
        f"dataset {config.dataset.id} {config.dataset.split} ({config.dataset.revision})",
        f"temperature {sampling.temperature:g}, top_p {sampling.top_p:g}, "
        f"at most {sampling.max_tokens} tokens",
        *_limits(config),
        "",
    )
    if overview.table:
        yield from show_table(overview.table)
    elif metrics is not None and metrics.metrics and not scorers(metrics):
        yield pass_table(metrics)
        yield lines("")
        if metrics.groups:
            yield group_table(metrics)
            yield lines("")
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


def _limits(config: RunConfig) -> Iterator[str]:
    """Yield a line for all languages that have the same limits."""
    names = {"cpu_s": "CPU", "wall_s": "wall", "memory_bytes": "memory", "output_bytes": "output"}
    changed = [label for name, label in names.items() if getattr(config.limit_options, name) is not None]
    note = f" ({' and '.join(changed)} not the benchmark's own)" if changed else ""
    languages: dict[Limits, list[str]] = {}
    for language, limits in config.limits.items():
        languages.setdefault(limits, []).append(language)
    for limits, those in languages.items():
        printed = f", output {size(limits.output_bytes)}" if limits.output_bytes else ""
        whose = f"{', '.join(those)}: " if len(languages) > 1 else ""
        yield (
            f"limits: {whose}CPU {limits.cpu_s:g} s, wall {limits.wall_s:g} s, "
            f"memory {size(limits.memory_bytes)}{printed}{note}"
        )

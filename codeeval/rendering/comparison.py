"""Lays out a comparison of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.formatting import one_line, p_value, points
from codeeval.rendering.console import heading, lines, table
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from codeeval.comparison import (
        BenchmarkComparison,
        Comparison,
        Contrast,
        MetricContrast,
        RunSummary,
        SettingDifference,
        TaskChange,
    )

LONGEST_VALUE: Final = 40
"""Characters of a setting; hashes differ in their first, paths in their last."""


def comparison_tables(found: Comparison, shown: int | None) -> Iterator[RenderableType]:
    """Lay out a comparison; ``shown`` is how many gained and lost tasks are named, None for all."""
    for sentence in found.forced:
        yield lines(f"Compared anyway (--force): {sentence}")
    for each in found.benchmarks:
        yield heading(each.benchmark)
        yield run_table(each.runs)
        yield lines("")
        yield from differences(each)
        for contrast in each.contrasts:
            yield lines("")
            yield from _contrast(contrast, shown)
    contrasts = sum(len(each.contrasts) for each in found.benchmarks)
    if contrasts > 1:
        yield lines("", f"p adjusted: by Holm, over the {contrasts} comparisons above.")


def run_table(runs: Sequence[RunSummary]) -> RenderableType:
    """Lay out the runs of one benchmark, the baseline first."""
    rows = [
        (
            run.label,
            one_line(run.model),
            str(run.tasks),
            f"{run.judged}",
            _remark(run),
            "baseline" if not index else "",
        )
        for index, run in enumerate(runs)
    ]
    return table(("run", "model", "tasks", "judged", "", ""), rows, right=(2, 3))


def _remark(run: RunSummary) -> str:
    remarks = []
    if run.unfinished:
        remarks.append(f"unfinished: {run.judged} of {run.samples} samples")
    if run.sandbox_errors:
        remarks.append(f"{run.sandbox_errors} sandbox errors excluded")
    return ", ".join(remarks)


def differences(each: BenchmarkComparison) -> Iterator[RenderableType]:
    """Lay out which settings differ: what is not the model first, for it may explain the numbers."""
    from codeeval.comparison import Area  # noqa: PLC0415 -- not for --help

    unexpected = [found for found in each.differences if found.area is not Area.MODEL]
    expected = [found for found in each.differences if found.area is Area.MODEL]
    labels = [run.label for run in each.runs]
    if unexpected:
        yield lines("Besides the model, the runs differ in:")
        yield _settings(unexpected, labels)
    else:
        yield lines("Besides the model, the runs differ in nothing that affects scores.")
    if expected:
        yield lines("")
        yield _settings(expected, labels)


def _settings(found: Sequence[SettingDifference], labels: Sequence[str]) -> RenderableType:
    rows = [(each.area, each.name, *map(_short, each.values)) for each in found]
    return table(("", "setting", *labels), rows)


def _short(value: str) -> str:
    if not value:
        return "(none)"
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 16]}…{value[-15:]}"


def _contrast(found: Contrast, shown: int | None) -> Iterator[RenderableType]:
    yield lines(f"{found.candidate} against {found.baseline}, on {len(found.common)} common tasks")
    for count, run in ((found.only_baseline, found.baseline), (found.only_candidate, found.candidate)):
        if count:
            yield lines(f"{count} tasks that only {run} has are excluded.")
    yield lines("")
    yield metric_table(found.metrics, found)
    yield lines("", *_remarks(found))
    if found.groups:
        yield lines("")
        yield metric_table([each.contrast for each in found.groups], found, [g.group for g in found.groups])
    yield lines("")
    yield _outcomes(found)
    for title, tasks in (("lost", found.lost), ("gained", found.gained)):
        yield lines("")
        yield from _tasks(title, tasks, shown)


def metric_table(
    metrics: Sequence[MetricContrast], found: Contrast, names: Sequence[str] = ()
) -> RenderableType:
    """Lay out metrics of two runs; ``names`` are groups in place of the metrics' own names."""
    adjusted = any(each.p_adjusted not in {None, each.p} for each in metrics)
    rows = []
    for each, name in zip(metrics, names or [each.metric for each in metrics], strict=True):
        row = [
            name,
            f"{each.baseline:.1%}",
            f"{each.candidate:.1%}",
            points(each.difference),
            f"{points(each.low)} to {points(each.high)}",
            p_value(each.p),
        ]
        if adjusted:
            row.append("" if each.p_adjusted is None else p_value(each.p_adjusted))
        rows.append([*row, f"{each.interval}, {each.test}, {each.tasks} tasks"])
    headers = [
        "group" if names else "metric",
        found.baseline,
        found.candidate,
        "difference",
        "95% interval",
        "p",
    ]
    headers += ["p adjusted", ""] if adjusted else [""]
    return table(headers, rows, right=range(1, len(headers) - 1))


def _remarks(found: Contrast) -> Iterator[str]:
    main = found.main
    if main.left_out:
        yield f"{main.left_out} tasks have too few judged samples for {main.metric} and are excluded."
    if main.detectable is not None:
        yield (
            f"A comparison of this size would find a true difference of {100 * main.detectable:.1f} points "
            "four times in five (at 5%)."
        )


def _outcomes(found: Contrast) -> RenderableType:
    if not found.shifts:
        rows = [
            (name.value, str(found.outcomes_before.get(name, 0)), str(found.outcomes_after.get(name, 0)))
            for name in Outcome
            if found.outcomes_before.get(name) or found.outcomes_after.get(name)
        ]
        return table(("samples by outcome", found.baseline, found.candidate), rows, right=(1, 2))
    counts = {(shift.before, shift.after): shift.tasks for shift in found.shifts}
    columns = [name for name in Outcome if any(after is name for _, after in counts)]
    cells = [
        (name.value, *(str(counts.get((name, after), "")) for after in columns))
        for name in Outcome
        if any(before is name for before, _ in counts)
    ]
    headers = (f"{found.baseline} ↓ {found.candidate} →", *(name.value for name in columns))
    return table(headers, cells, right=range(1, len(headers)))


def _tasks(title: str, tasks: Sequence[TaskChange], shown: int | None) -> Iterator[RenderableType]:
    if not tasks:
        yield lines(f"No task {title}.")
        return
    rows = [
        (
            one_line(each.task_id),
            f"{each.baseline:.0%}",
            f"{each.candidate:.0%}",
            _counts(each.before),
            _counts(each.after),
        )
        for each in tasks[:shown]
    ]
    yield table((f"{len(tasks)} {title}", "before", "now", "outcomes before", "now"), rows, right=(1, 2))
    if shown is not None and len(tasks) > shown:
        yield lines(f"... and {len(tasks) - shown} more: --all names them.")


def _counts(outcomes: dict[str, int]) -> str:
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in outcomes.items())

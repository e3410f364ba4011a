"""Lays out the result of a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.formatting import one_line, p_value, points
from codeeval.gating import Answer, Decision, Tier
from codeeval.rendering.console import heading, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from codeeval.gating import CheckResult, GateResult, PastGate

SHOWN_TASKS: Final = 20


def gate_tables(result: GateResult) -> Iterator[RenderableType]:
    """Lay out each check with its evidence, and the decision."""
    for check in result.checks:
        yield heading(_titled(check.benchmark, check.tier))
        yield lines(f"candidate {check.candidate.path} ({check.candidate.model})")
        if check.baseline:
            yield lines(f"baseline  {check.baseline.path} ({check.baseline.model})")
        yield lines("")
        for warning in check.warnings:
            yield lines(f"Note: {warning}.")
        if check.drops:
            yield _drop_table(check)
            yield lines("")
        for floor in check.floors:
            yield lines(floor.reason)
        for drop in check.drops:
            if drop.needs:
                yield lines(f"{drop.contrast.metric}: {drop.needs}.")
        if check.contrast:
            for title, tasks in (("lost", check.contrast.lost), ("gained", check.contrast.gained)):
                if tasks:
                    names = ", ".join(one_line(each.task_id) for each in tasks[:SHOWN_TASKS])
                    more = f" and {len(tasks) - SHOWN_TASKS} more" if len(tasks) > SHOWN_TASKS else ""
                    yield lines(f"{len(tasks)} tasks {title}: {names}{more}")
        yield lines(f"{check.benchmark}: {check.reason}", "")
    for absent in result.absent:
        yield lines(f"{_titled(absent.benchmark, absent.tier)}: cannot tell: {absent.reason}")
    answer = "" if result.answer is Answer.CANNOT_TELL else f": {result.answer}"
    yield lines(f"{result.decision} (exit code {result.exit_code}; alpha {result.alpha:g}){answer}")


def history_table(past: Sequence[PastGate]) -> RenderableType:
    """Lay out the answers of earlier gates, a row each."""
    rows = [
        (
            each.time,
            each.answer.value,
            each.decision.value,
            ", ".join(dict.fromkeys(check.candidate_model for check in each.checks)),
            "; ".join(
                [
                    *(
                        f"{check.benchmark} {check.decision}"
                        for check in each.checks
                        if check.decision in {Decision.WORSE, Decision.CANNOT_TELL}
                    ),
                    *(f"{absent.benchmark} absent" for absent in each.absent),
                ]
            ),
        )
        for each in past
    ]
    return table(("time", "answer", "decision", "candidate", "worse or undecided"), rows)


def _titled(benchmark: str, tier: Tier) -> str:
    return benchmark if tier is Tier.CRITICAL else f"{benchmark} ({tier})"


def _drop_table(check: CheckResult) -> RenderableType:
    rows = [
        (
            drop.contrast.metric,
            f"{drop.contrast.baseline:.1%}",
            f"{drop.contrast.candidate:.1%}",
            points(drop.contrast.difference),
            f"{points(drop.contrast.low)} to {points(drop.contrast.high)}",
            points(drop.max_drop, signed=False),
            p_value(drop.p_worse_adjusted),
            p_value(drop.p_not_worse),
            drop.decision.value,
        )
        for drop in check.drops
    ]
    headers = (
        "metric",
        "baseline",
        "candidate",
        "difference",
        "95% interval",
        "may drop",
        "p worse",
        "p not worse",
        "decision",
    )
    return table(headers, rows, right=range(1, 8))

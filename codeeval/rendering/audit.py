"""Lays out how often the judge was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.session.auditing import Audit, JudgeError, Rate

SHOWN_ERRORS: Final = 50


def audit_tables(audit: Audit) -> Iterator[RenderableType]:
    """Lay out rates, what came out of what is known, and each error."""
    protocol = f", protocol {audit.protocol}" if audit.protocol else ""
    yield lines(f"{audit.benchmark}, {audit.tasks} tasks, {audit.solutions} solutions{protocol}", "")
    rates = {
        "false positives: must fail, pass": audit.false_positives,
        "false negatives: must pass, fail": audit.false_negatives,
        "other outcomes: fail otherwise than known": audit.other_outcomes,
    }
    rows = [
        (name, f"{rate.count} of {rate.of}", _share(rate), _interval(rate)) for name, rate in rates.items()
    ]
    yield table(("the judge's errors", "count", "rate", "95% interval"), rows, right=(1, 2, 3))
    known = [
        (label, ", ".join(f"{count} {outcome}" for outcome, count in found.items()))
        for label, found in audit.outcomes.items()
    ]
    yield table(("known verdict", "outcomes"), known)
    yield from _listed("", audit.errors)
    yield from _listed(f"Without a verdict: {len(audit.undecided)}", audit.undecided)


def _listed(title: str, errors: tuple[JudgeError, ...]) -> Iterator[RenderableType]:
    if not errors:
        return
    yield lines("", *([title] if title else []))
    rows = [
        (each.task_id, each.solution, each.error.value if each.error else "", each.outcome.value, each.detail)
        for each in errors[:SHOWN_ERRORS]
    ]
    yield table(("task", "solution", "error", "outcome", "cause"), rows)
    if len(errors) > SHOWN_ERRORS:
        yield lines(f"and {len(errors) - SHOWN_ERRORS} more; --json has them all")


def _share(rate: Rate) -> str:
    return "" if rate.rate is None else f"{rate.rate:.1%}"


def _interval(rate: Rate) -> str:
    return "" if rate.low is None or rate.high is None else f"{rate.low:.1%} to {rate.high:.1%}"

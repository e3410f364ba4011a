"""A gate's answer as GitHub workflow commands, which show as annotations of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from codeeval.formatting import visible
from codeeval.gating import Decision, Tier
from codeeval.reports.places import verdicts_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.gating import CheckResult, GateResult

MOST_TASKS: Final = 9
"""GitHub shows ten annotations of a level and step; the first is the decision."""


def workflow_commands(result: GateResult) -> Iterator[str]:
    """Yield a line for each check, and for the first lost tasks of those that are worse.

    Source: GitHub, "Workflow commands for GitHub Actions"; escapes as actions/toolkit's ``command.ts``.
    """
    for check in result.checks:
        title = f"codeeval {check.benchmark}: {check.decision}"
        needs = "".join(f"; {each.needs}" for each in check.drops if each.needs)
        level = _level(check.decision) if check.counts else "notice"
        yield command(level, check.reason + needs, title=title)
        if check.decision is Decision.WORSE and check.counts:
            yield from _lost(check)

    for absent in result.absent:
        level = "notice" if absent.tier is Tier.ADVISORY else "warning"
        yield command(level, absent.reason, title=f"codeeval {absent.benchmark}: {Decision.CANNOT_TELL}")


def _lost(check: CheckResult) -> Iterator[str]:
    for task in check.contrast.lost[:MOST_TASKS] if check.contrast else ():
        example = task.example
        message = f"{task.task_id} passed {task.baseline:.0%} before and {task.candidate:.0%} now"
        if example is None:
            yield command("warning", message, title="lost task")
        else:
            yield command(
                "warning",
                f"{message}: {example.outcome} {example.detail}",
                file=verdicts_path(check.candidate.path).as_posix(),
                line=str(example.line),
                title="lost task",
            )


def _level(decision: Decision) -> str:
    match decision:
        case Decision.WORSE:
            return "error"
        case Decision.CANNOT_TELL:
            return "warning"
        case Decision.BETTER | Decision.NOT_WORSE:
            return "notice"
        case unreachable:
            assert_never(unreachable)


def command(level: str, message: str, **properties: str) -> str:
    """Format one workflow command; nothing in it can end it early or begin another."""
    stated = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {stated}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""A gate's answer as GitHub-flavoured Markdown, for a step summary or a pull request's comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from codeeval.formatting import one_line, p_value, points
from codeeval.gating import Decision, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.comparison import TaskChange
    from codeeval.gating import Absent, CheckResult, GateResult

MOST_TASKS: Final = 50
MOST_CHARACTERS: Final = 160
"""Of a detail. A comment on GitHub holds 65,536 in all."""
_ROOM: Final = 60_000
_PUNCTUATION: Final = frozenset(" -()")
"""Shown as they are within code: they begin no mark-up there."""


def markdown(result: GateResult) -> str:
    """Return the answer with its numbers, the warnings, and the tasks lost and gained."""
    text = "\n".join(
        [
            f"## {_sign(result.decision)} codeeval gate: {_answer(result)}",
            "",
            *_table(
                ("benchmark", "metric", "baseline", "candidate", "difference", "may drop", "decision"),
                [row for check in result.checks for row in _rows(check)],
            ),
            "",
            f"Risk of a false alarm or a false pass at most {result.alpha:g}; intervals are 95%.",
        ]
    )
    for absent in result.absent:
        text += f"\n\n{_absent(absent)}"
    for check in result.checks:
        section = "\n".join(["", "", *_check(check)])
        if len(text) + len(section) > _ROOM:
            text += "\n\nMore did not fit; the JUnit, SARIF and JSON reports hold it all."
            break
        text += section
    return text + "\n"


def _absent(absent: Absent) -> str:
    sign = _sign(Decision.CANNOT_TELL)
    return f"{sign} {code(absent.benchmark)}{_tier(absent.tier)}: {text(absent.reason)}"


def _tier(tier: Tier) -> str:
    return "" if tier is Tier.CRITICAL else f" ({tier})"


def _answer(result: GateResult) -> str:
    """Name the decision, and what it means for a release where that is another word."""
    answered = result.answer.value == result.decision.value
    return result.answer.value if answered else f"{result.answer} ({result.decision})"


def _sign(decision: Decision) -> str:
    match decision:
        case Decision.BETTER | Decision.NOT_WORSE:
            return "✅"
        case Decision.WORSE:
            return "❌"
        case Decision.CANNOT_TELL:
            return "❔"
        case unreachable:
            assert_never(unreachable)


def _rows(check: CheckResult) -> Iterator[tuple[str, ...]]:
    for drop in check.drops:
        found = drop.contrast
        yield (
            code(check.benchmark),
            code(found.metric),
            f"{found.baseline:.1%}",
            f"{found.candidate:.1%}",
            f"{points(found.difference)} ({points(found.low)} to {points(found.high)}, p {p_value(found.p)})",
            points(drop.max_drop, signed=False),
            f"{_sign(drop.decision)} {drop.decision}",
        )
    for floor in check.floors:
        met = "met" if floor.decision is Decision.NOT_WORSE else "below"
        doubt = "" if floor.clear else ", within the interval"
        yield (
            code(check.benchmark),
            code(floor.metric),
            f"at least {floor.least:.1%}",
            f"{floor.value:.1%} ({floor.low:.1%} to {floor.high:.1%})",
            "",
            "",
            f"{_sign(floor.decision)} {met}{doubt}",
        )


def _check(check: CheckResult) -> Iterator[str]:
    yield f"### {_sign(check.decision)} {code(check.benchmark)}{_tier(check.tier)}: {check.decision}"
    yield ""
    yield f"Candidate {code(check.candidate.path)} ({code(check.candidate.model)})" + (
        f", baseline {code(check.baseline.path)} ({code(check.baseline.model)})." if check.baseline else "."
    )
    notes = [
        *(f"{code(each.contrast.metric)}: {text(each.needs)}." for each in check.drops if each.needs),
        *(f"{text(each)}." for each in _doubts(check)),
        *(f"Note: {text(each)}." for each in check.warnings),
    ]
    if notes:
        yield ""
        yield from (f"- {note}" for note in notes)
    if check.differences:
        yield ""
        yield from _details(
            f"{len(check.differences)} settings differ besides the model",
            _table(
                ("setting", "baseline", "candidate"),
                [(code(each.name), *(code(value) for value in each.values)) for each in check.differences],
            ),
        )
    if check.contrast:
        for title, tasks in (("lost", check.contrast.lost), ("gained", check.contrast.gained)):
            if tasks:
                yield ""
                yield from _tasks(title, tasks)


def _doubts(check: CheckResult) -> list[str]:
    """Why the check cannot tell, where that is not in the table."""
    told = {each.reason for each in check.drops}
    return [check.reason] if check.decision is Decision.CANNOT_TELL and check.reason not in told else []


def _tasks(title: str, tasks: Sequence[TaskChange]) -> Iterator[str]:
    rows = [
        (
            code(each.task_id),
            f"{each.baseline:.0%}",
            f"{each.candidate:.0%}",
            code(f"{each.example.outcome} {each.example.detail}".strip()) if each.example else "",
        )
        for each in tasks[:MOST_TASKS]
    ]
    more = [f"and {len(tasks) - MOST_TASKS} more"] if len(tasks) > MOST_TASKS else []
    yield from _details(
        f"{len(tasks)} tasks {title}",
        [*_table(("task", "before", "now", "a failing sample"), rows), *(["", *more] if more else [])],
    )


def _details(summary: str, inner: Sequence[str]) -> list[str]:
    return [f"<details><summary>{summary}</summary>", "", *inner, "", "</details>"]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [headers, ["---"] * len(headers), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def code(value: str) -> str:
    """Show text as code, on one line and shortened.

    GitHub makes no mention, reference or link of what is in a ``code`` element, and a character that is
    written as an entity is no mark-up, no cell border and no part of an address.
    """
    shown = one_line(value)
    if len(shown) > MOST_CHARACTERS:
        shown = f"{shown[: MOST_CHARACTERS - 1]}…"
    return f"<code>{_entities(shown)}</code>" if shown.strip() else ""


def text(value: str) -> str:
    """Show a sentence that may quote a path or a name, with nothing in it that has an effect."""
    words = one_line(value).split(" ")
    # An entity keeps GitHub's parser from seeing a mention, but not the filter that runs after it.
    return " ".join(code(word) if "@" in word or "#" in word else _entities(word) for word in words)


def _entities(value: str) -> str:
    return "".join(char if char.isalnum() or char in _PUNCTUATION else f"&#{ord(char)};" for char in value)

"""What counts as a proof: the rules that turn F*'s responses into a finding. Pure; no I/O.

Stock F* responds ``success`` to many candidates that prove nothing. Each rule names its source.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.lexing.fstar import Kind, tokens
from codeeval.provers.findings import ACCEPTED, Category, Finding, shortened
from codeeval.provers.fstar.allowed import is_hatch
from codeeval.provers.fstar.protocol import Issue, Level, Response, Status, issues, symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.lexing.fstar import Token

ASSUMED: Final = frozenset({335, 296, 240})
"""Warnings of something believed: use of what warns (``admit``), a tactic's admitted goal, no definition.

Source: 335 fstar_dataset/fstar_harness.py ``check_definition``; 296 and 240 recorded sessions."""
SYNTAX: Final = frozenset({168})
PROOF: Final = frozenset({9, 16, 19, 276})
"""Numbers of proofs that the solver did not find. 276: what the solver wrote was not understood."""
NO_SOLVER: Final = frozenset({17})
_ASSUMED: Final = re.compile(
    r"Tactics admitted goal|triggers a warning: Uses an axiom|Admitting \S+ without a definition"
    r"|\b(?:admit(?:s|ted|ting)?|assume[sd]?)\b",
    re.IGNORECASE,
)
_REPORTED: Final = re.compile(r"triggers a warning|Tactics admitted goal|Admitting \S+ without a definition")
"""What F* reports of assumptions and unsafe options, whatever number a version gives it."""
_SYNTAX: Final = re.compile(r"^Syntax error|Lexing error|unexpected char", re.IGNORECASE)
_PROOF: Final = re.compile(
    r"SMT solver says|[Cc]ould not prove|[Aa]ssertion failed|Subtyping check failed|Patterns are incomplete"
    r"|proof obligation|Unexpected output from Z3|Failed to prove|The SMT solver"
)


_LIMITED: Final = re.compile(r"resource limits reached|[Cc]anceled|Unexpected output from Z3|[Tt]imeout")
"""What a solver reports that gave up: it can depend on what it was asked before."""


def refusal(response: Response) -> Finding | None:
    """Return why F* refused a fragment, from its own messages; None where it did not.

    A fragment with any error of another kind than the solver's is not well-typed. The number decides, and
    the message where the number is missing (F* of 2019 has none).
    """
    match response.status:
        case Status.SUCCESS:
            return None
        case Status.VIOLATION:
            return Finding(
                Category.UNABLE, f"this F* does not support the query: {_summary(issues(response))}"
            )
        case Status.FAILURE:
            reported = issues(response)
            believed = [issue for issue in reported if issue.number in ASSUMED]
            errors = [issue for issue in reported if issue.level is Level.ERROR and issue not in believed]
            if believed and not errors:  # --report_assumes error
                return Finding(Category.CHEAT, _summary(believed))
            by_chance = any(_LIMITED.search(issue.message) for issue in errors)
            return Finding(_blame(errors), _summary(errors), by_chance)
        case never:
            assert_never(never)


def _blame(errors: Sequence[Issue]) -> Category:
    if not errors or any(issue.number in NO_SOLVER for issue in errors):
        return Category.CRASH
    if any(_is(issue, SYNTAX, _SYNTAX) for issue in errors):
        return Category.SYNTAX
    return Category.UNPROVED if all(_is(issue, PROOF, _PROOF) for issue in errors) else Category.TYPE


def _is(issue: Issue, numbers: frozenset[int], pattern: re.Pattern[str]) -> bool:
    return issue.number in numbers if issue.number is not None else pattern.search(issue.message) is not None


def assumed(response: Response) -> Finding | None:
    """Find a message about something believed in an accepted fragment's issues."""
    for issue in issues(response):
        numbered = issue.number is not None and _REPORTED.search(issue.message) is not None
        if issue.level is not Level.ERROR and (numbered or _is(issue, ASSUMED, _ASSUMED)):
            return Finding(Category.CHEAT, _summary([issue]))
    return None


def identity(response: Response, name: str, first_line: int) -> Finding:  # noqa: PLR0911 -- one a rule
    """Decide whether what ``lookup`` found is the definition that was asked for.

    Args:
        response: to ``lookup``.
        name: qualified.
        first_line: of the fragment; a definition above it is the context's.
    """
    if response.status is Status.VIOLATION:
        return Finding(Category.UNABLE, f"this F* is too old for lookup: {_summary(issues(response))}")
    found = symbol(response) if response.status is Status.SUCCESS else None
    if found is None:
        return Finding(Category.MISMATCH, f"does not define {name}")
    if found.name != name:
        return Finding(Category.MISMATCH, f"defines {found.name}, not {name}")
    definition = found.definition or ""
    code = tokens(definition)
    kinds = _qualifiers(code)
    if "let" not in kinds or "visible" not in kinds or "assume" in kinds:
        return Finding(Category.CHEAT, f"{name} is no visible let: {definition[-200:].strip()[:80]}")
    place = found.defined_at
    if place is not None and (place.fname != "<input>" or place.beg[0] < first_line):
        return Finding(Category.MISMATCH, f"{name} is defined by the context")
    if hatch := _hatch(code):
        return Finding(Category.CHEAT, f"its elaborated definition uses {hatch}")
    return ACCEPTED


def _qualifiers(code: Sequence[Token]) -> list[str]:
    """Return the keywords before a printed definition's name, behind its attributes."""
    start = 0
    if code and code[0].kind is Kind.ATTRIBUTE:
        depth = 0
        for start, token in enumerate(code, 1):  # noqa: B007 -- where the attributes end is what is wanted
            depth += token.kind is Kind.ATTRIBUTE or token.text == "["
            depth -= token.text == "]"
            if not depth:
                break
    found: list[str] = []
    for token in code[start:]:
        found.append(token.text)
        if token.text in ("let", "val"):
            break
    return found


def _hatch(code: Sequence[Token]) -> str:
    """Name the first escape hatch in what F* made of a definition."""
    return next((token.text for token in code if token.kind is Kind.NAME and is_hatch(token.text)), "")


def _summary(reported: Sequence[Issue]) -> str:
    number = f"({reported[0].number}) " if reported and reported[0].number is not None else ""
    return number + shortened([issue.message for issue in reported])

"""What counts as a proof: the text that is put around a candidate, and what Lean's messages on it mean. Pure.

Lean itself is asked, in lines that the candidate cannot reach: the problem's own statement stands before the
candidate under an unguessable name, so that nothing in the candidate changes what it means; after the
candidate, a theorem of that very type is made from the candidate's, and its axioms are printed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.lexing.lean import declared, full_name, namespaces, statement, tokens
from codeeval.provers.findings import ACCEPTED, MESSAGE_CHARS, Category, Finding, shortened
from codeeval.provers.lean.protocol import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.provers.lean.protocol import Message

AXIOMS: Final = frozenset({"propext", "Classical.choice", "Quot.sound"})
"""What Lean's own library is built on. Source: Theorem Proving in Lean 4, "Axioms and Computation"."""
_DEPENDS: Final = re.compile(r"depends on axioms:\s*\[([^\]]*)\]")
_NO_AXIOMS: Final = "does not depend on any axioms"
_SORRY: Final = re.compile(r"declaration uses [`']sorry[`']")
_SYNTAX: Final = re.compile(
    r"^(?:unexpected |expected |unterminated |missing end of |invalid 'import'|elaboration function for "
    r"|tabs are not allowed|invalid escape|missing exponent|unknown (?:tactic|command))"
)
_TYPE: Final = re.compile(
    r"^(?:unknown |[Tt]ype mismatch|[Aa]pplication type mismatch|[Ff]unction expected|failed to synthesize"
    r"|ambiguous|invalid |don't know how to synthesize|typeclass instance|stuck at|overloaded"
    r"|Unknown |Invalid "
    r"|.*has already been declared|Ambiguous|.*is not a field|fields missing)"
)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate must prove."""

    name: str
    header: str
    """Imports and what is opened; it is trusted."""
    stated: str
    """The problem up to its ``:=``: the theorem, and what stands before it."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The text that Lean reads behind the header, and which of its lines are whose (from 1)."""

    text: str
    name: str
    first: int
    """The candidate's first line."""
    after: int
    """The first line behind the candidate."""


def question(task: Task, candidate: str, token: str) -> Question | None:
    """Put the statement before a candidate and the question for its axioms behind.

    Args:
        task: what must be proved.
        candidate: a whole declaration of it, hostile.
        token: not to be guessed, new each time.

    Returns:
        None where the problem states no theorem.
    """
    found = statement(task.stated)
    if found is None:
        return None
    stated, checked = f"_codeeval_stated_{token}", f"_codeeval_checked_{token}"
    # without its attributes: as a simp lemma, say, it would prove the candidate
    above, keyword = task.stated[: found.start], task.stated[found.keyword : found.name_at]
    renamed = f"{above}{keyword}_root_.{stated}{task.stated[found.name_end : found.end].rstrip()}"
    opened = namespaces(tokens(f"{task.header}\n{above}"))
    name = full_name(declared(tokens(candidate), task.name) or task.name, opened)
    before = f"{renamed} := by sorry\n"
    own = f"{candidate}\n"
    behind = (
        "section\n"
        f"theorem _root_.{checked} : type_of% @_root_.{stated} := @_root_.{name}\n"
        f"set_option pp.fullNames true in #print axioms _root_.{checked}\n"
        "end\n"
    )
    first = before.count("\n") + 1
    return Question(text=before + own + behind, name=checked, first=first, after=first + own.count("\n"))


def verdict(asked: Question, received: Sequence[Message]) -> Finding:
    """Decide from Lean's messages on the question's text; lines count from its first."""
    errors = [message for message in received if message.severity is Severity.ERROR]
    own = [error for error in errors if asked.first <= error.pos.line < asked.after]
    if before := [error for error in errors if error.pos.line < asked.first]:
        return Finding(Category.CONTEXT, f"the statement does not check in this Lean: {_summary(before)}")
    if own:
        return Finding(_blame(own), _summary(own))
    if any(_unproved(message, asked) for message in received):
        return Finding(Category.CHEAT, "declaration uses 'sorry'")
    if behind := [error for error in errors if error.pos.line >= asked.after]:
        first = min(behind, key=lambda error: (error.pos.line, error.pos.column))
        if first.pos.line == asked.after:  # the candidate's end absorbed what follows
            return Finding(Category.SYNTAX, _summary([first]))
        return Finding(Category.MISMATCH, f"does not prove what is asked: {_summary([first])}")
    return _axioms(asked, received)


def _unproved(message: Message, asked: Question) -> bool:
    within = asked.first <= message.pos.line < asked.after
    return within and message.severity is Severity.WARNING and _SORRY.search(message.data) is not None


def _axioms(asked: Question, received: Sequence[Message]) -> Finding:
    for message in received:
        asking = message.pos.line == asked.after + 2 and asked.name in message.data
        if not asking or message.severity not in (Severity.INFO, Severity.INFORMATION):
            continue
        if _NO_AXIOMS in message.data:
            return ACCEPTED
        if listed := _DEPENDS.search(message.data):
            used = {name.strip() for name in listed[1].split(",")}
            if own := sorted(used - AXIOMS):
                return Finding(Category.CHEAT, f"rests on the axiom {', '.join(own)[:MESSAGE_CHARS]}")
            return ACCEPTED
    return Finding(Category.MISMATCH, "Lean did not come to the question for the axioms")


def _blame(errors: Sequence[Message]) -> Category:
    if any(_SYNTAX.search(error.data) for error in errors):
        return Category.SYNTAX
    return Category.TYPE if any(_TYPE.search(error.data) for error in errors) else Category.UNPROVED


def _summary(reported: Sequence[Message]) -> str:
    return shortened([message.data for message in reported])

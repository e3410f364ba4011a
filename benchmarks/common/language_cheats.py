"""Continuations that solve nothing, in every language: a stub, an early exit, a forged completion token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.interfaces import Cheat
from codeeval.languages import language
from codeeval.types import TOKEN_PLACEHOLDER, Completion, CompletionKind, CompletionOrigin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Problem


def cheats(problem: Problem, end: str | None = None) -> Sequence[Cheat]:
    """Make the cheats of one problem; those that its language does not compile fail nevertheless.

    Args:
        problem: the problem.
        end: what ends the function where the tests do not; None for what MultiPL-E's tests leave to the
            solution.
    """
    moves = language(problem.language).cheats
    if moves is None:
        return ()
    end = moves.end if end is None else end
    texts = {
        "empty-body": "",
        "stub": moves.stub,
        "exit-in-function": moves.leave,
        "forged-token": moves.forge.replace("%s", "forged").replace("%%", "%"),
        "forged-placeholder": moves.forge.replace("%s", TOKEN_PLACEHOLDER).replace("%%", "%"),
    }
    return tuple(cheat(problem, name, text + end) for name, text in texts.items())


def cheat(
    problem: Problem, name: str, text: str, kind: CompletionKind = CompletionKind.CONTINUATION
) -> Cheat:
    """Make a cheat of what follows the prompt, or of a whole solution."""
    completion = Completion(
        task_id=problem.task_id,
        sample=0,
        text=text,
        kind=kind,
        origin=CompletionOrigin.REFERENCE,
    )
    return Cheat(name=name, completion=completion)


def whole(cheat: Cheat, head: str) -> Cheat:
    """Make of a continuation the whole program, where continuations are cut at their function's end."""
    text = head + cheat.completion.text
    completion = msgspec.structs.replace(cheat.completion, text=text, kind=CompletionKind.SOLUTION)
    return Cheat(name=cheat.name, completion=completion)

"""Golden files: ``<family>/golden/cases.jsonl``, one case a line, told apart by ``type``.

``prompt`` cases pin a prompt byte for byte; ``program`` cases pin how code is extracted from a completion
and the outcome that executing the program must have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import DataError
from codeeval.types import (
    CompletionKind,
    Message,
    Outcome,
    PromptStyle,
)

if TYPE_CHECKING:
    from pathlib import Path


class GoldenPrompt(msgspec.Struct, frozen=True, kw_only=True, tag="prompt", omit_defaults=True):
    """A task's prompt under one set of options; None takes the protocol's own value."""

    benchmark: str
    task_id: str
    style: PromptStyle
    shots: int | None = None
    text: str = ""
    messages: tuple[Message, ...] = ()


class GoldenProgram(msgspec.Struct, frozen=True, kw_only=True, tag="program", omit_defaults=True):
    """A completion, the rule that extracts its code, and the outcome of its program."""

    benchmark: str
    task_id: str
    kind: CompletionKind
    text: str
    rule: str
    outcome: Outcome
    note: str = ""


GoldenCase = GoldenPrompt | GoldenProgram


def read(path: Path) -> tuple[GoldenCase, ...]:
    """Read a golden file.

    Raises:
        DataError: a line is malformed (says which).
    """
    cases: list[GoldenCase] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            cases.append(msgspec.json.decode(line, type=GoldenPrompt | GoldenProgram))
        except msgspec.DecodeError as error:
            raise DataError(f"{path}:{number}: {error}", "Each line is one case.") from error
    return tuple(cases)

"""What Lean prints: ``lean --json`` prints a message a line; the REPL answers with a list of them.

Source: leanprover/lean4, src/Lean/Message.lean (``SerialMessage``); leanprover-community/repl,
REPL/JSON.lean.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec


class Severity(enum.StrEnum):
    """How severe a message is. The REPL has ``info`` where the compiler has ``information``."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    INFO = "info"
    TRACE = "trace"


class Position(msgspec.Struct, frozen=True):
    """Line from 1, column from 0, in code points."""

    line: int
    column: int


class Message(msgspec.Struct, frozen=True, rename={"end_pos": "endPos"}):
    """One message."""

    severity: Severity
    pos: Position
    data: str
    end_pos: Position | None = None


class Answer(msgspec.Struct, frozen=True):
    """The REPL's answer to a command."""

    env: int | None = None
    messages: tuple[Message, ...] = ()
    message: str = ""
    """Only where the REPL could not take the command at all."""


_LINE: Final = msgspec.json.Decoder(Message)
_ANSWER: Final = msgspec.json.Decoder(Answer)


def messages(output: bytes) -> tuple[Message, ...]:
    """Read what ``lean --json`` printed; a line that is no message (a program may print) is passed over."""
    found: list[Message] = []
    for line in output.splitlines():
        try:
            found.append(_LINE.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return tuple(found)


def answer(text: bytes) -> Answer | None:
    """Read an answer of the REPL, or None where it is none: Lean may print lines before it."""
    at = 0 if text[:1] == b"{" else text.find(b"\n{") + 1
    while at >= 0 and text[at : at + 1] == b"{":
        try:
            return _ANSWER.decode(text[at:])
        except (msgspec.DecodeError, UnicodeDecodeError):
            at = text.find(b"\n{", at) + 1 or -1
    return None

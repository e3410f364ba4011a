"""The JSON protocol of ``fstar.exe --ide``, versions 2 and 3: one object a line.

Source: FStarLang/FStar, src/fstar/FStarC.Interactive.JsonHelper.fsti and .Ide.fst; recorded sessions of
F* 0.9.7.
"""

from __future__ import annotations

import enum
from typing import Any, Final

import msgspec

MAX_LINE_BYTES: Final = 64 << 20


class AnswerKind(enum.StrEnum):
    """What a line of F*'s is."""

    GREETING = "protocol-info"
    RESPONSE = "response"
    MESSAGE = "message"


class PushKind(enum.StrEnum):
    """How a fragment is checked."""

    FULL = "full"
    LAX = "lax"
    """Types alone: its proof obligations are admitted."""


class Status(enum.StrEnum):
    """How a query ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    VIOLATION = "protocol-violation"
    """This F* does not know the query, or not so."""


class Level(enum.StrEnum):
    """How bad an issue is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NOT_IMPLEMENTED = "not-implemented"


class Range(msgspec.Struct, frozen=True):
    """A range of a source: lines from 1, columns from 0."""

    fname: str = ""
    beg: tuple[int, int] = (0, 0)
    end: tuple[int, int] = (0, 0)


class Issue(msgspec.Struct, frozen=True):
    """One error or warning of a ``push``. F* of 2019 has no numbers, newer ones for most issues."""

    level: Level
    message: str
    number: int | None = None
    ranges: tuple[Range, ...] = ()


class Symbol(msgspec.Struct, frozen=True, rename={"defined_at": "defined-at"}):
    """What ``lookup`` answers."""

    name: str = ""
    type: str | None = None
    definition: str | None = None
    defined_at: Range | None = None


class Query(msgspec.Struct, frozen=True, rename={"query_id": "query-id"}):
    """A request."""

    query_id: str
    query: str
    args: dict[str, Any]  # Any: each query has arguments of its own


class Answer(msgspec.Struct, frozen=True, rename={"query_id": "query-id"}):
    """Anything that F* writes: distinguished by ``kind``."""

    kind: AnswerKind
    query_id: str = ""
    status: str = ""
    response: msgspec.Raw = msgspec.Raw(b"null")
    level: str = ""
    contents: msgspec.Raw = msgspec.Raw(b"null")
    version: int = 0
    features: tuple[str, ...] = ()


class Response(msgspec.Struct, frozen=True):
    """The end of a query, with the messages that came before it."""

    status: Status
    response: msgspec.Raw
    messages: tuple[str, ...] = ()
    """Texts of level info, warning and error; none of them is a verdict."""


_ISSUES: Final = msgspec.json.Decoder(tuple[Issue, ...])
_SYMBOL: Final = msgspec.json.Decoder(Symbol)
_SYMBOLS: Final = msgspec.json.Decoder(tuple[Symbol, ...])
_TEXT: Final = msgspec.json.Decoder(str)


def issues(response: Response) -> tuple[Issue, ...]:
    """Read a ``push``'s list of issues; a plain text (an old ``pop``) becomes one error."""
    raw = bytes(response.response)
    try:
        return _ISSUES.decode(raw)
    except msgspec.DecodeError:
        return (Issue(level=Level.ERROR, message=text(response.response)),)


def symbol(response: Response) -> Symbol | None:
    """Read what ``lookup`` found: an object, in newer versions within a list; None where nothing."""
    raw = bytes(response.response)
    try:
        if raw.lstrip()[:1] == b"[":
            found = _SYMBOLS.decode(raw)
            return found[0] if found else None
        return _SYMBOL.decode(raw)
    except msgspec.DecodeError:
        return None


def text(raw: msgspec.Raw) -> str:
    """Return a JSON string's text, or the JSON itself where it is no string."""
    try:
        return _TEXT.decode(bytes(raw))
    except msgspec.DecodeError:
        return bytes(raw).decode("utf-8", "replace")

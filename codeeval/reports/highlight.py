"""Source text as coloured pieces. The page makes text nodes of them: nothing is ever parsed as HTML."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Final

from codeeval.formatting import coloured, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygments.lexer import Lexer
    from pygments.token import _TokenType

Painted = tuple[str, ...]
"""Class, text, class, text ...; ``x`` is the class of a hidden character made visible."""

HIDDEN: Final = "x"
LONGEST: Final = 20_000
"""Characters of a text that are shown; a program that long is not one that a person reads."""

_CLASSES: Final = (
    ("Comment", "c"),
    ("Literal.String", "s"),
    ("Literal.Number", "m"),
    ("Keyword", "k"),
    ("Operator.Word", "k"),
    ("Name.Function", "f"),
    ("Name.Class", "f"),
    ("Name.Decorator", "d"),
    ("Name.Builtin", "b"),
    ("Name.Exception", "b"),
)


def plain(text: str) -> Painted:
    """Return a text without colours, hidden characters made visible; what is too long is cut."""
    return _joined((("", text[:LONGEST]),), len(text))


def paint(text: str, language: str) -> Painted:
    """Colour a program; without colours where the language is not known."""
    lexer = _lexer(language)
    if lexer is None:
        return plain(text)
    shown = text[:LONGEST]
    end = coloured(shown, language)
    tokens = ((_class_of(kind), part) for _, kind, part in lexer.get_tokens_unprocessed(shown[:end]))
    return _joined(itertools.chain(tokens, [("", shown[end:])]), len(text))


def _joined(tokens: Iterable[tuple[str, str]], length: int) -> Painted:
    joined: list[str] = []
    for kind, part in tokens:
        for piece in pieces(part):
            last = joined[-2] if joined else ""
            # Blanks look the same in any class: they lengthen the piece before them.
            name = HIDDEN if piece.hidden else last if piece.text.isspace() and last != HIDDEN else kind
            if joined and last == name and not piece.hidden:
                joined[-1] += piece.text
            else:
                joined += (name, piece.text)
    if length > LONGEST:
        joined += (HIDDEN, f"cut here: {length - LONGEST:,} more characters")
    return tuple(joined)


@functools.cache
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 -- costs 40 ms
    from pygments.util import ClassNotFound  # noqa: PLC0415 -- as above

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


@functools.cache
def _class_of(kind: _TokenType) -> str:
    name = str(kind).removeprefix("Token.")
    return next((short for prefix, short in _CLASSES if name.startswith(prefix)), "")

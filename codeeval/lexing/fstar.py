"""Cuts F* source into tokens, as F* itself does it; comments and white space are dropped.

Where F* and a naive reader differ, a cheat can hide: ``// IN F*:`` is no comment, ``(*)`` begins one, a raw
identifier between double back-quotes is a name like any other, U+2028 ends a line comment, and ``'"'`` is
a character, not the start of a string. Versions of F* differ too (documentation comments are code of their
own in 2019), so ``plain`` writes a text in the one way that every version reads as ``tokens`` does.

Source: FStarLang/FStar, src/ml/FStarC_Parser_LexFStar.ml (F* of 2025), and
src/parser/ml/FStar_Parser_LexFStar.ml (2019).
"""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Kind(enum.Enum):
    """What a token is."""

    NAME = enum.auto()
    """An identifier or a keyword: begins with a lower case letter, ``_`` or ``'``."""
    RAW = enum.auto()
    """A raw identifier: anything between double back-quotes."""
    CONSTRUCTOR = enum.auto()
    """Begins with an upper case letter: a constructor or a part of a module's path."""
    STRING = enum.auto()
    CHARACTER = enum.auto()
    NUMBER = enum.auto()
    PRAGMA = enum.auto()
    ATTRIBUTE = enum.auto()
    """``[@``, ``[@@`` or ``[@@@``: the opening bracket only."""
    BLOB = enum.auto()
    """Syntax of a language extension, which F* hands to a plug-in as it is."""
    SYMBOL = enum.auto()
    """Anything else: operators, brackets, punctuation."""
    UNTERMINATED = enum.auto()
    """A comment, string or blob without an end; the rest of the text."""


class Token(NamedTuple):
    """A token, where it begins (character offset) and its text; a raw identifier without its quotes."""

    kind: Kind
    text: str
    at: int


_WORD: Final = r"[\w']"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>    [\s\ufeff]+ )
  | (?P<live>     //\ IN\ F\*: )
  | (?P<line>     // )
  | (?P<comment>  \(\* )
  | (?P<blob>     ```(?=[^\W\d]|') | \#lang- )
  | (?P<raw>      ``(?P<inner>(?:[^`\n\r\u2028\u2029]|`(?!`))+)`` )
  | (?P<pragma>   \#(?:(?:show|set|reset|push|pop)-options|restart-solver|print-effects-graph
                       |check|eval|light)
                  | %splice(?:_t)? )
  | (?P<char>     '(?:[^\\]|\\(?:x[0-9A-Fa-f]{{2}}|u[0-9A-Fa-f]{{4}}|[^xu]))'B? )
  | (?P<string>   "(?:[^"\\]|\\.)*" )
  | (?P<open>     " )
  | (?P<number>   \d{_WORD}*(?:\.\d{_WORD}*)? )
  | (?P<name>     [^\W\d]{_WORD}* | '[^\W\d]{_WORD}* )
  | (?P<attribute>\[@{{1,3}} )
  | (?P<symbol>   `[%\#@] | /\\ | \\/ | (?:(?!//)[!~?|&=<>$@^+\-*/%.:])+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE_END: Final = re.compile("[\n\r\u2028\u2029]")
_QUOTED_NAME: Final = re.compile(rf"'[^\W\d]{_WORD}*")
_WORD_CHARACTER: Final = re.compile(_WORD)
_NEW_LINES: Final = frozenset("\n\r")
_STRUCTURE: Final = re.compile(r"\(\*|\*\)")


def tokens(source: str) -> list[Token]:
    """Cut F* source into tokens; linear in its length, never fails."""
    return list(_cut(source))


@functools.lru_cache(maxsize=16)
def _cut(source: str) -> tuple[Token, ...]:
    """Cut a text; it is cached because rules on candidates and contexts each ask for the same."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:  # cannot happen: the last alternative takes any character
            break
        at = _take(source, match, found)
    return tuple(found)


def _take(source: str, match: re.Match[str], found: list[Token]) -> int:  # noqa: PLR0911 -- one a kind
    """Add what a match is to ``found``; returns where to continue."""
    start, end, group = match.start(), match.end(), match.lastgroup
    match group:
        case "space" | "live":
            return end
        case "line":
            line = _LINE_END.search(source, end)
            return line.start() if line else len(source)
        case "comment":
            closed = _end_of_comment(source, end)
            if closed < 0:
                found.append(Token(Kind.UNTERMINATED, source[start:], start))
            return closed if closed >= 0 else len(source)
        case "blob":
            closed = source.find("```", end) + 3 if match.group() == "```" else len(source)
            kind = Kind.BLOB if closed > end else Kind.UNTERMINATED
            closed = closed if closed > end else len(source)
            found.append(Token(kind, source[start:closed], start))
            return closed
        case "open":
            found.append(Token(Kind.UNTERMINATED, source[start:], start))
            return len(source)
        case "char":
            return _character_or_name(source, match, found)
        case "symbol":
            found.append(Token(Kind.SYMBOL, match.group(), start))
            return end
        case _:
            found.append(_plain(match))
            return end


def _plain(match: re.Match[str]) -> Token:
    text, start = match.group(), match.start()
    if inner := match.group("inner"):
        return Token(Kind.RAW, inner, start)
    kinds = {
        "pragma": Kind.PRAGMA,
        "string": Kind.STRING,
        "number": Kind.NUMBER,
        "attribute": Kind.ATTRIBUTE,
        "name": Kind.CONSTRUCTOR if text[0].isupper() or text[0].istitle() else Kind.NAME,
    }
    return Token(kinds[match.lastgroup or ""], text, start)


def _end_of_comment(source: str, at: int) -> int:
    """Return where the comment ends whose opening ends at ``at``, or -1. Comments nest."""
    depth = 1
    while found := _STRUCTURE.search(source, at):
        depth += 1 if found.group() == "(*" else -1
        at = found.end()
        if not depth:
            return at
    return -1


def _character_or_name(source: str, match: re.Match[str], found: list[Token]) -> int:
    """Take the longer of both: ``'a'`` is a character, ``'a'b`` a type variable."""
    name = _QUOTED_NAME.match(source, match.start())
    if name and name.end() > match.end():
        found.append(Token(Kind.NAME, name.group(), name.start()))
        return name.end()
    found.append(Token(Kind.CHARACTER, match.group(), match.start()))
    return match.end()


def plain(source: str) -> str:
    """Return a text with the same tokens that no version of F* can read in another way.

    Comments and white space become spaces, but for ends of lines, so that every token keeps its place; only
    a string or character that touches a name is set apart from it (``"a"Bmagic`` and ``'1'magic``, where F*
    cuts elsewhere).
    """
    written: list[str] = []
    at = 0
    for token in tokens(source):
        end = token.at + length(token)
        written += _blank(source[at : token.at])
        written.append(source[token.at : end])
        at = end
        touches = token.kind in (Kind.STRING, Kind.CHARACTER) and _WORD_CHARACTER.match(source, end)
        written += " " if touches else ""
    return "".join([*written, *_blank(source[at:])])


def _blank(text: str) -> str:
    return "".join(character if character in _NEW_LINES else " " for character in text)


def length(token: Token) -> int:
    """Return how many characters of the source a token is, with what its text leaves out."""
    return len(token.text) + (4 if token.kind is Kind.RAW else 0)


def texts(code: Iterable[Token]) -> list[str]:
    """Return the tokens' texts."""
    return [token.text for token in code]


def module_paths(code: Sequence[Token]) -> frozenset[str]:
    """Return every module that a text names: ``A.B`` of ``A.B.c``, of ``open A.B`` and of ``module X = A.B``.

    The names that the text itself gives to modules (``X``) are among them.
    """
    paths: set[str] = set()
    index = 0
    while index < len(code):
        if code[index].kind is not Kind.CONSTRUCTOR:
            index += 1
            continue
        first = index
        before = texts(code[max(0, first - 1) : first])
        parts = [code[index].text]
        index += 1
        while index + 1 < len(code) and code[index].text == "." and code[index + 1].kind is Kind.CONSTRUCTOR:
            parts.append(code[index + 1].text)
            index += 2
        qualifies = index < len(code) and code[index].text in (".", ".(")
        abbreviates = texts(code[max(0, first - 3) : first])[::2] == ["module", "="]
        if qualifies or abbreviates or before in (["open"], ["module"], ["include"], ["friend"]):
            paths.add(".".join(parts))
        if len(parts) > 1:
            paths.add(".".join(parts[:-1]))
    return frozenset(paths)

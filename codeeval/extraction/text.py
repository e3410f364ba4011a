"""What can be said of an answer's text without knowing its language: thinking, fences, characters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = "(?:think|thinking|thought|reasoning)"
_TAG = re.compile(rf"^[ \t]*<{_WORDS}>|</{_WORDS}>", re.MULTILINE | re.IGNORECASE)
_LIST_ITEM = re.compile(r"[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?")

CLOSERS_TRIED = 6
"""Fence lines tried as the end of a block whose code does not parse at the first: docstrings hold fences."""
_LOOKED_AT = 1000
"""Fence lines after an opening one that are looked at for its end: no answer has as many between."""
_SHORTEST = 3
"""Characters of a fence."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced block of Markdown."""

    info: str
    """First word of the info string, lower case."""
    code: str
    closed: bool


class _Marker(msgspec.Struct, frozen=True):
    prefix: str
    fence: str
    info: str
    start: int
    end: int

    @property
    def plain(self) -> bool:
        """Whether nothing but indentation or a list item's mark stands before the fence."""
        return _LIST_ITEM.fullmatch(self.prefix) is not None


def encodable(text: str) -> str:
    """Replace lone surrogates, which no file can hold, by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def without_thinking(text: str) -> str:
    """Remove what a reasoning model thought aloud before, or between, what it answered.

    An opening tag counts at the start of a line. A closing tag without one ends thinking that the chat
    template opened; an opening tag without an end means that the answer was never reached.
    """
    answered: list[str] = []
    start, thinking, first = 0, False, True
    for tag in _TAG.finditer(text):
        if tag[0].startswith("</"):
            if thinking or first:
                start, thinking = tag.end(), False
        elif not thinking:
            answered.append(text[start : tag.start()])
            thinking = True
        first = False
    return "".join(answered) + ("" if thinking else text[start:])


def before_first_fence(text: str) -> str | None:
    """Return what stands before the first fence line if that line names no language, else None.

    Such text is an answer that continues a fence which the prompt opened.
    """
    for marker in _markers(text):
        return None if marker.info.strip() else text[: marker.start] + marker.prefix
    return None


def fence_lines(text: str) -> int:
    """Count the lines that open or close a fence; odd where the prompt opened one, or one is never closed."""
    return sum(marker.plain for marker in _markers(text))


def blocks(text: str, parses: Callable[[str], bool]) -> Iterator[Block]:
    """Find the fenced blocks, in order.

    Follows CommonMark (backticks or tildes, longer fences hold shorter ones, indentation removed), and
    accepts what models write besides: a sentence before the opening fence, a closing fence behind the last
    line of code, a fence that is never closed.

    Args:
        text: an answer.
        parses: whether a string is code; decides which of several fence lines ends a block.
    """
    markers = list(_markers(text))
    index = 0
    while index < len(markers):
        opening = markers[index]
        if not (opening.plain or re.fullmatch(r"\w+", opening.info.strip())):
            index += 1
            continue
        closers = []
        for later in range(index + 1, min(len(markers), index + 1 + _LOOKED_AT)):
            if markers[later].fence.startswith(opening.fence):
                closers.append(later)
            if len(closers) == CLOSERS_TRIED:
                break
        parsing = (later for later in closers if parses(_inside(text, opening, markers[later])))
        bare = (later for later in closers if not markers[later].info.strip())
        end = next(parsing, next(bare, None))
        word = (opening.info.split() or [""])[0].strip("{}.").lower()
        if end is None:
            yield Block(info=word, code=_inside(text, opening, None), closed=False)
            return
        yield Block(info=word, code=_inside(text, opening, markers[end]), closed=True)
        reopens = bool(markers[end].info.strip())
        index = end + (0 if reopens else 1)


def _markers(text: str) -> Iterator[_Marker]:
    """Yield the lines that end in a fence and what names a language; in time linear in the text."""
    start = 0
    for line in text.split("\n"):
        end = max(line.rfind("`"), line.rfind("~")) + 1
        prefix = line[:end].rstrip(line[end - 1]) if end >= _SHORTEST else line
        if end - len(prefix) >= _SHORTEST:
            yield _Marker(prefix, line[len(prefix) : end], line[end:], start, start + len(line))
        start += len(line) + 1


def _inside(text: str, opening: _Marker, closing: _Marker | None) -> str:
    """Return the text between two fence lines, without the opening fence's indentation."""
    if closing is None:
        inside = text[opening.end + 1 :]
    elif closing.plain:
        inside = text[opening.end + 1 : closing.start]
    else:
        inside = text[opening.end + 1 : closing.start] + closing.prefix + "\n"
    if opening.plain and opening.prefix:
        inside = re.sub(rf"^[ \t]{{1,{len(opening.prefix)}}}", "", inside, flags=re.MULTILINE)
    return inside

"""What can be said of an answer's text without knowing its language: thinking, fences, characters."""

from __future__ import annotations

import html
import json
import re
import textwrap
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = "(?:think|thinking|thought|reasoning)"
_TAG = re.compile(rf"^[ \t]*<{_WORDS}>|</{_WORDS}>", re.MULTILINE | re.IGNORECASE)
_QUOTES = frozenset("\"'")
_LIST_ITEM = re.compile(r"[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?")

CLOSERS_TRIED = 6
"""Fence lines tried as the end of a block whose code does not parse at the first: docstrings hold fences."""
_LOOKED_AT = 1000
"""Fence lines after an opening one that are looked at for its end: no answer has as many between."""
_PIECES_PARSED = 20
"""Indented tags around which code is looked for: each takes time in proportion to the text."""
_SHORTEST = 3
"""Characters of a fence."""
FENCE: Final = "```"
_QUOTE_MARKS: Final = re.compile(r"^[ \t]*(?:\+|(?:>>>|\.\.\.|>|\d+[:|.)]?)(?: |$))", re.MULTILINE)
_MARKUP: Final = re.compile(
    r"^(?:[ \t]*</?[A-Za-z][^<>\n]{0,80}>)+|(?:</?[A-Za-z][^<>\n]{0,80}>[ \t]*)+$", re.MULTILINE
)
_INLINE: Final = re.compile(r"`{1,3}(?:python3?|py)?[ \t]?(?P<code>[^`\n]{1,1000})`")


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced block of Markdown."""

    info: str
    """First word of the info string, lower case."""
    code: str
    closed: bool
    start: int
    end: int
    """Where it begins and ends in the text, fences included."""


class Indented(NamedTuple):
    """A run of indented lines."""

    row: int
    """The line that it begins in, from 0."""
    code: str
    """Without their common indentation, tabs made spaces."""
    apart: bool
    """No text stands in the line before."""


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


def without_thinking(text: str, parses: Callable[[str], bool] = lambda _: False) -> str:
    """Remove what a reasoning model thought aloud before, or between, what it answered.

    An opening tag counts at the start of a line. A closing tag without one ends thinking that the chat
    template opened; an opening tag without an end means that the answer was never reached. Tags in quotes are
    no tags, nor are those in a closed fence, unless one stands alone in the first column of what is no code.

    Args:
        text: an answer.
        parses: whether a string is code.
    """
    answered: list[str] = []
    start, thinking, first = 0, False, True
    for tag in _tags(text, parses):
        if tag[0].startswith("</"):
            if thinking or first:
                start, thinking = tag.end(), False
        elif not thinking:
            answered.append(text[start : tag.start()])
            thinking = True
        first = False
    return "".join(answered) + ("" if thinking else text[start:])


def _tags(text: str, parses: Callable[[str], bool]) -> Iterator[re.Match[str]]:
    """Yield the tags around thinking that are no part of code."""
    found = [tag for tag in _TAG.finditer(text) if not _quoted(text, tag)]
    fenced = iter(blocks(text, lambda _: False) if found else ())
    block = next(fenced, None)
    is_code: bool | None = None
    checks = _PIECES_PARSED
    for tag in found:
        while block is not None and block.end <= tag.start():
            block, is_code = next(fenced, None), None
        if block is None or not block.closed or tag.start() < block.start:
            if text[tag.start() - 1 : tag.start()] in {" ", "\t"} or tag[0][:1] in {" ", "\t"}:
                checks -= 1
                if checks >= 0 and parses(_piece(text, tag)):
                    continue
            yield tag
            continue
        if not _alone(text, tag):
            continue
        if is_code is None:
            is_code = parses(block.code)
        if not is_code:
            yield tag


def _piece(text: str, tag: re.Match[str]) -> str:
    """Return the lines around a tag from one in the first column up to the next."""
    before, after = text[: tag.start()].split("\n"), text[tag.end() :].split("\n")
    first = next((row for row in reversed(range(len(before) - 1)) if before[row][:1].strip()), 0)
    last = next((row for row in range(1, len(after)) if after[row][:1].strip()), len(after))
    return "\n".join(before[first:]) + tag[0] + "\n".join(after[:last])


def _quoted(text: str, tag: re.Match[str]) -> bool:
    return text[tag.start() - 1 : tag.start()] in _QUOTES and text[tag.end() : tag.end() + 1] in _QUOTES


def _alone(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag is all of its line, without indentation, or all but for the fence that ends before it."""
    before = text[max(text.rfind("\n", 0, tag.start()), tag.start() - 10) : tag.start()]
    return before.strip("`") in {"", "\n"} and text[tag.end() : tag.end() + 1] in {"", "\n"}


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
        start = opening.start + (0 if opening.plain else len(opening.prefix))
        if end is None:
            inside = _inside(text, opening, None)
            yield Block(info=word, code=inside, closed=False, start=start, end=len(text))
            return
        inside = _inside(text, opening, markers[end])
        reopens = bool(markers[end].info.strip())
        past = markers[end].start if reopens else markers[end].end
        yield Block(info=word, code=inside, closed=True, start=start, end=past)
        index = end + (0 if reopens else 1)


def around(text: str, found: Sequence[Block]) -> str:
    """Return the text with each fenced block made a line that no code has, and blank ones below."""
    parts, start = [], 0
    for block in found:
        rows = text.count("\n", block.start, block.end)
        parts += [text[start : block.start], FENCE, "\n" * rows]
        start = block.end
    return "".join([*parts, text[start:]])


def without_fence_lines(text: str) -> str:
    """Return the text with each line that opens or closes a fence made one line that no code has."""
    parts, start = [], 0
    for marker in _markers(text):
        parts += [text[start : marker.start], FENCE if marker.plain else f"{marker.prefix}\n{FENCE}"]
        start = marker.end
    return "".join([*parts, text[start:]])


def indented_runs(text: str) -> Iterator[Indented]:
    """Find Markdown's indented code: lines that are indented, and blank ones between them."""
    run: list[str] = []
    row, apart, before = 0, False, ""
    for number, line in enumerate([*text.split("\n"), "end"]):
        if line[:1] in {" ", "\t"} or (run and not line.strip()):
            if not run:
                row, apart = number, before.strip() in {"", FENCE}
            run.append(line)
        elif run:
            if any(each.strip() for each in run):
                yield Indented(row, textwrap.dedent("\n".join(run).expandtabs(4)), apart)
            run = []
        before = line


def unquoted(text: str) -> str:
    """Remove the marks before each line of what is quoted: ``>``, ``>>>``, ``...``, ``+`` and numbers."""
    return _QUOTE_MARKS.sub("", text)


def untagged(text: str) -> str:
    """Make a line that no code has of each tag at the start or end of a line, and undo HTML's escapes."""
    return html.unescape(_MARKUP.sub(f"\n{FENCE}\n", text))


def json_strings(texts: Iterable[str]) -> Iterator[str]:
    """Find the strings of those texts that are JSON objects or lists."""
    for text in texts:
        try:
            pending = [json.loads(text)] if text.strip()[:1] in {"{", "["} else []
        except (ValueError, RecursionError):
            continue
        while pending:
            match pending.pop():
                case str(code):
                    yield code
                case dict(members):
                    pending += members.values()
                case list(items):
                    pending += items
                case _:  # a number or the like
                    continue


def inline_code(text: str) -> Iterator[str]:
    """Find code within one line, between backticks."""
    for found in _INLINE.finditer(text):
        yield found["code"].strip()


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

"""How values are formatted for people, on a terminal as on a page: hidden characters, sizes, durations."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that steer a terminal or cannot be seen."""

_PLAIN: Final = re.compile(r"[\n\t\x20-\x7e]*")
_COMMAND: Final = re.compile(r"^(?P<before>[^\S\n]*)::|##(?=\w*\[)", re.MULTILINE)


_COLOURED: Final = 4000
"""Characters of a program that are coloured: lexers of some languages take quadratic time on what is none."""
_COLOURED_IN: Final = {"python": 100_000}
"""By language, where its lexer takes linear time."""


class Piece(NamedTuple):
    """A stretch of a text: shown as it is, or one hidden character made visible."""

    text: str
    hidden: bool


def visible(text: str) -> str:
    r"""Make visible what would control a terminal or hide in the text: ``\x1b``, ``\u202e``, lone surrogates.

    Model output is hostile until shown otherwise. Newlines and tabs are kept.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_spell(char) if is_hidden(char) else char for char in text)


def coloured(source: str, language: str) -> int:
    """Return how much of a program is to be coloured: all of it, or whole lines from its start."""
    most = _COLOURED_IN.get(language, _COLOURED)
    return len(source) if len(source) <= most else max(0, source.rfind("\n", 0, most))


def without_commands(text: str) -> str:
    r"""Keep a CI from taking lines of a log for commands: ``::error::`` becomes ``\x3a:error::``.

    Source: actions/runner, ``ActionCommand.cs``: ``::`` at the start of a line, after white space, or ``##[``
    anywhere; Azure Pipelines and TeamCity have ``##vso[`` and ``##teamcity[``.
    """
    return _COMMAND.sub(_defused, text)


def _defused(command: re.Match[str]) -> str:
    before = command["before"]
    return "\\x23#" if before is None else f"{before}\\x3a:"


def pieces(text: str) -> Iterator[Piece]:
    """Split a text at its hidden characters, which come out as ``U+202E``, to be set apart by the page."""
    if _PLAIN.fullmatch(text):
        if text:
            yield Piece(text, hidden=False)
        return
    start = 0
    for index, char in enumerate(text):
        if is_hidden(char):
            if start < index:
                yield Piece(text[start:index], hidden=False)
            yield Piece(f"U+{ord(char):04X}", hidden=True)
            start = index + 1
    if start < len(text):
        yield Piece(text[start:], hidden=False)


def is_hidden(char: str) -> bool:
    """Whether a character steers a terminal, turns the writing direction, or cannot be seen."""
    return char not in "\n\t" and unicodedata.category(char) in _INVISIBLE


def _spell(char: str) -> str:
    return char.encode("unicode_escape", errors="surrogatepass").decode("ascii")


def size(number_of_bytes: int) -> str:
    """Format a size for people, for example ``94 MB``."""
    value = float(number_of_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB", "MB") else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def duration(seconds: float) -> str:
    """Format a duration for people, for example ``1 min 12 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def one_line(text: str) -> str:
    r"""Do as ``visible`` does, with line ends and tabs made visible too: ``\n``."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def points(share: float, *, signed: bool = True) -> str:
    """Format a difference of shares in percentage points, for example ``-1.5 pp``."""
    text = f"{100 * share:+.1f}" if signed else f"{100 * share:.6g}"
    return "0.0 pp" if text in {"+0.0", "-0.0"} else f"{text} pp"


def p_value(p: float) -> str:
    """Format a p-value for people, for example ``0.013``."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"

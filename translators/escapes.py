"""What the strings of many languages share: which characters stand as they are, and which are escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import ucd_3_2_0

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ASCII_END: Final = 0x80


def plain(character: str) -> bool:
    """Whether a character may stand as it is: printable, and so old that every compiler knows it."""
    return character.isprintable() and (
        ord(character) < _ASCII_END or not ucd_3_2_0.category(character).startswith("C")
    )


def escaped(
    value: str,
    named: Mapping[str, str],
    other: Callable[[int], str],
    stands: Callable[[str], bool] = str.isprintable,
) -> str:
    """Return a string's characters, escaped.

    Args:
        value: the string.
        named: characters with an escape of their own.
        other: makes the escape of any other that may not stand as it is, from its code point.
        stands: whether a character without an escape of its own may stand as it is.
    """
    return "".join(
        named[each] if each in named else each if stands(each) else other(ord(each)) for each in value
    )

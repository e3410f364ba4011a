"""Matches brackets in the source of languages with braces, past strings, characters and comments."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    //[^\n]* | /\*.*?(?:\*/|\Z)                     # comments
    | (?P<q>\"\"\").*?(?:\"\"\"|\Z)                 # Scala, Java, Swift
    | [rR]\#*"(?:.*?)"\#* | R"\((?:.{0,4000}?)\)"   # raw strings of Rust and C++
    | @"(?:[^"]|"")*"                               # C#
    | "(?:\\.|[^"\\\n]){0,4000}"                    # longer ones end nowhere: each quote in them is tried
    | '(?:\\[^\n]{1,8}?|[^'\\\n])'                  # a character; a Rust lifetime has no second quote
    | `[^`]*`
    | (?P<open>[({\[]) | (?P<close>[)}\]])
    """,
    re.VERBOSE | re.DOTALL,
)


def closing(code: str, opening: int) -> int:
    """Return where the bracket that is opened at a place is closed, or -1."""
    depth = 0
    for token in _TOKEN.finditer(code, opening):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
            if depth == 0:
                return token.start()
    return -1


def body(code: str, start: int) -> int:
    """Return where the first brace outside of parentheses is opened after a place, or -1."""
    depth = 0
    for token in _TOKEN.finditer(code, start):
        if token["open"] == "{" and depth == 0:
            return token.start()
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
    return -1


def unclosed(code: str) -> int:
    """Return how many braces are opened and never closed."""
    depth = 0
    for token in _TOKEN.finditer(code):
        if token["open"] == "{":
            depth += 1
        elif token["close"] == "}":
            depth = max(0, depth - 1)
    return depth


def unopened(code: str) -> int:
    """Return how many braces are closed and never opened."""
    depth = lowest = 0
    for token in _TOKEN.finditer(code):
        depth += (token["open"] == "{") - (token["close"] == "}")
        lowest = min(lowest, depth)
    return -lowest


def without_literals(code: str) -> str:
    """Blank out strings, characters and comments."""
    return _TOKEN.sub(lambda token: token[0] if token["open"] or token["close"] else " ", code)

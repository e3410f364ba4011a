"""Finds the answer in a completion: as published, and more carefully.

Source: Imbernoulli/SURGE, eval/sc.py and eval/rl.py, ``extract_output``; eval/rl.py, ``extract_sudoku``.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from codeeval.extraction import NO_CODE_RULE

NONE: Final = NO_CODE_RULE
WHOLE: Final = "whole-reply"

_BOLD: Final = re.compile(r"\*\*.*?\*\*\s*")
_OPENING: Final = re.compile(r"```\w*\n")
_INLINE: Final = re.compile(r"`([^`]+)`")
_HEADING: Final = re.compile(r"^[ \t#*_>]*Output[*_]*:[*_]*", re.MULTILINE)
_MARK: Final = "Output:"
_FENCE_NEXT: Final = re.compile(r"\s*(`{3,16}|~{3,16})[^\n`]*(?:\n|$)")
_FENCE: Final = re.compile(r"(`{3,16}|~{3,16})[^\n`]*(?:\n|$)")
_BOARD_CHARS: Final = 18 * 9 + 2
"""What ``extract_sudoku`` takes before the mark of the last board: nine lines of 18 characters."""
_BOARD_MARK: Final = "------- 0 -------"


class Reading(NamedTuple):
    """An answer, and the rule that found it."""

    rule: str
    text: str | None
    """None where there is none; an answer may well be empty."""


def official(text: str) -> Reading:
    """Find the answer as published: what follows the first ``Output:``, without bold type.

    Of that the first fenced block, else the first inline code, else the first paragraph. So bold words are
    lost, an answer with an empty line is cut there, and one with backticks is cut down to what they hold.
    """
    text = text.strip()
    _, marked, after = text.partition("Output:")
    where = "output-" if marked else ""
    rest = _BOLD.sub("", after.strip() if marked else text)
    if opening := _OPENING.search(rest):
        closing = rest.find("\n```", opening.end())
        if closing >= 0:
            return Reading(f"{where}fence", rest[opening.end() : closing].strip())
    if inline := _INLINE.search(rest):
        return Reading(f"{where}inline", inline[1].strip())
    first = rest.split("\n\n", 1)[0].strip()
    if first.startswith("**"):
        first = first.replace("**", "").strip()
    return Reading(f"{where}paragraph", first) if first else Reading(NONE, None)


def official_board(text: str) -> str | None:
    """Return what the published code takes to be the last board of a sudoku, None where there is none.

    Raises:
        ValueError: there is a board, but no answer in it: where the published code breaks off.
    """
    text = text.strip()
    place = text.rfind(_BOARD_MARK)
    if place < 0:
        return None
    # a board nearer to the start than its own size gives a negative index, as published
    board = text[place - _BOARD_CHARS : place + len(_BOARD_MARK)]
    if not board:
        return None
    found = official(board).text
    if found is None:
        raise ValueError("no answer in the board")
    return found


def careful(text: str) -> Reading:
    """Find the one answer of a reply without losing any of it: the last, where there are several.

    It is what follows the last line that is the mark ``Output:`` alone; without one, what follows the last
    line that begins with the mark; else what follows the last mark; else the whole reply. A mark inside a
    fence that an earlier one introduces is part of that answer. An enclosing fence, bold type or inline code
    is taken off.
    """
    if not text.strip():
        return Reading(NONE, None)
    alone = beginning = -1
    place = 0
    while heading := _HEADING.search(text, place):
        line_ends = text.find("\n", heading.end())
        is_alone = not text[heading.end() : line_ends if line_ends >= 0 else None].strip()
        alone, beginning = (heading.end() if is_alone else alone), heading.end()
        place = _fence_end(text, heading.end())
    found = alone if alone >= 0 else beginning
    if found < 0 and (mark := text.rfind(_MARK)) >= 0:
        found = mark + len(_MARK)
    return _unwrapped("output-", text[found:]) if found >= 0 else _unwrapped("", text)


def _fence_end(text: str, place: int) -> int:
    """Return where the fence ends that comes next after a place, with nothing between; else the place."""
    opening = _FENCE_NEXT.match(text, place)
    if not opening:
        return place
    closing = re.compile(rf"^{opening[1]}\s*$", re.MULTILINE).search(text, opening.end())
    return closing.end() if closing else len(text)


def _unwrapped(where: str, text: str) -> Reading:
    text = text.strip()
    if opening := _FENCE.match(text):
        body = text[opening.end() :]
        closing = re.search(rf"^{opening[1]}\s*$", body, re.MULTILINE)
        return Reading(f"{where}fence", (body[: closing.start()] if closing else body).strip())
    if text.startswith("**") and text.endswith("**") and text.count("**") == 2:
        return Reading(f"{where}bold", text.strip("*").strip())
    if text.startswith("`") and text.endswith("`") and text.count("`") == 2 and "\n" not in text:
        return Reading(f"{where}inline", text.strip("`").strip())
    return Reading(f"{where}text", text)

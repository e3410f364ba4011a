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


def careful(text: str) -> list[Reading]:
    """Find the answer without losing any of it: each way to read the reply, the likeliest first.

    What follows ``Output:`` at the start of a line (else anywhere), whole; the reply as a whole, for an
    answer that contains such a line itself; and what the published rule finds, for a reply that continues
    after the answer. An enclosing fence or bold type is taken off. None where the reply is empty.
    """
    if not text.strip():
        return []
    readings = []
    if heading := _HEADING.search(text) or re.search("Output:", text):
        readings.append(_unwrapped("output-", text[heading.end() :]))
    readings.append(_unwrapped("", text))
    if (published := official(text)).text is not None:
        readings.append(published)
    seen: dict[str | None, Reading] = {}
    for reading in readings:
        seen.setdefault(reading.text, reading)
    return list(seen.values())


def _unwrapped(where: str, text: str) -> Reading:
    text = text.strip()
    if opening := _FENCE.match(text):
        body = text[opening.end() :]
        closing = re.search(rf"^{opening[1]}\s*$", body, re.MULTILINE)
        return Reading(f"{where}fence", (body[: closing.start()] if closing else body).strip())
    if text.startswith("**") and text.endswith("**") and text.count("**") == 2:
        return Reading(f"{where}bold", text.strip("*").strip())
    return Reading(f"{where}text", text)

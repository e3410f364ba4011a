"""The comparison of CodeContests' own tester.

Source: google-deepmind/code_contests, execution/tester_sandboxer.cc:146-165 and 256-264.
"""

from __future__ import annotations

from typing import Final

from codeeval.types import Match

NAME: Final = "code-contests"
TOLERANCE: Final = 1e-5
SHOWN_CHARS: Final = 80


def compare(output: str, expected: str) -> Match:
    """Compare token by token: the same in lower case, or numbers that differ by less than 1e-5."""
    got, wanted = output.lower().split(), expected.lower().split()
    for number, (a, b) in enumerate(zip(got, wanted, strict=False), start=1):
        if a != b and not _near(a, b):
            return Match(matched=False, difference=f"token {number} is {_shown(a)}, not {_shown(b)}")
    if len(got) != len(wanted):
        return Match(matched=False, difference=f"{len(got)} tokens, not {len(wanted)}")
    return Match(matched=True)


def _near(a: str, b: str) -> bool:
    """Whether both are numbers, and nearly the same; the error is absolute, as officially."""
    try:
        return abs(float(a) - float(b)) < TOLERANCE
    except (ValueError, OverflowError):
        return False


def _shown(token: str) -> str:
    return repr(token if len(token) <= SHOWN_CHARS else f"{token[:SHOWN_CHARS]}...")

"""How a program's output is compared with what is expected: named functions, pure and linear in the texts.

Outputs are hostile: of any length up to the output limit, and of any characters.
"""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING, Final

from codeeval.errors import UnknownName
from codeeval.types import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.types import Comparison

    CompareTexts = Callable[[str, str, float], Match]
    """Takes what was printed, what is expected, and the tolerance of numbers."""

SHOWN_CHARS: Final = 80
"""Of a line or token, in the description of a difference."""
_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE | re.ASCII
)


def compare_output(output: str, expected: str, comparison: Comparison) -> Match:
    """Compare what a program printed with what it must print.

    Raises:
        UnknownName: there is no comparison of this name.
    """
    try:
        compare = COMPARISONS[comparison.name]
    except KeyError:
        raise UnknownName("comparison", comparison.name, COMPARISONS) from None
    return compare(output, expected, comparison.tolerance)


def exact(output: str, expected: str, _tolerance: float = 0.0) -> Match:
    """Compare every character."""
    if output == expected:
        return Match(matched=True)
    return _differing("line", output.split("\n"), expected.split("\n"), _same)


def lines(output: str, expected: str, _tolerance: float = 0.0) -> Match:
    """Compare line by line, without the white space around each line and around the whole.

    Source: LiveCodeBench, lcb_runner/evaluation/testing_util.py, ``get_stripped_lines``.
    """
    if output == expected:
        return Match(matched=True)
    return _differing("line", _stripped_lines(output), _stripped_lines(expected), _same)


def tokens(output: str, expected: str, _tolerance: float = 0.0) -> Match:
    """Compare what stands between white space, wherever the lines end."""
    return _differing("token", output.split(), expected.split(), _same)


def floats(output: str, expected: str, tolerance: float) -> Match:
    """Compare token by token, numbers within an absolute or relative tolerance, all else as text."""
    return _differing("token", output.split(), expected.split(), lambda a, b: _near(a, b, tolerance))


def caseless_tokens(output: str, expected: str, tolerance: float) -> Match:
    """Compare as ``floats``, whatever the case of letters; without a tolerance, numbers are text too.

    Source: Kattis' problem package format, "Default Output Validator Specification".
    """
    same = functools.partial(_near, tolerance=tolerance) if tolerance else _same
    return _differing("token", output.lower().split(), expected.lower().split(), same)


def caseless(output: str, expected: str, tolerance: float) -> Match:
    """Compare as ``lines``, whatever the case of letters; lines that are numbers within a tolerance.

    Source: SandboxFusion, sandbox/utils/testing.py, ``check_stdio_test_case``.
    """
    return _differing(
        "line",
        _stripped_lines(output.lower()),
        _stripped_lines(expected.lower()),
        lambda a, b: _near(a, b, tolerance),
    )


COMPARISONS: Final[dict[str, CompareTexts]] = {
    "exact": exact,
    "lines": lines,
    "tokens": tokens,
    "floats": floats,
    "caseless": caseless,
    "caseless-tokens": caseless_tokens,
}
"""By the names that ``Comparison.name`` may have; a benchmark adds its own by ``compare_output``."""


def _stripped_lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same(got: str, wanted: str) -> bool:
    return got == wanted


def _near(got: str, wanted: str, tolerance: float) -> bool:
    if got == wanted:
        return True
    if not (_NUMBER.fullmatch(got) and _NUMBER.fullmatch(wanted)):
        return False
    a, b = float(got), float(wanted)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= tolerance * max(1.0, abs(b))


def _differing(
    what: str, got: Sequence[str], wanted: Sequence[str], same: Callable[[str, str], bool]
) -> Match:
    """Compare piece by piece, and describe the first that differs."""
    for number, (a, b) in enumerate(zip(got, wanted, strict=False), start=1):
        if not same(a, b):
            return Match(matched=False, difference=f"{what} {number} is {_shown(a)}, not {_shown(b)}")
    if len(got) < len(wanted):
        missing = _shown(wanted[len(got)])
        return Match(matched=False, difference=f"ends before {what} {len(got) + 1}, which is {missing}")
    if len(got) > len(wanted):
        more = _shown(got[len(wanted)])
        return Match(matched=False, difference=f"continues after {what} {len(wanted)} with {more}")
    return Match(matched=True)


def _shown(piece: str) -> str:
    return repr(piece if len(piece) <= SHOWN_CHARS else f"{piece[:SHOWN_CHARS]}...")

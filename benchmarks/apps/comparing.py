"""The comparisons of APPS' own tester, which accepts more than it seems to.

What a program printed is compared in turn: as a text without the white space around it; by stripped lines; by
lines without the empty ones; as one number a line, nearly equal; and at last as a set of lines, each a set of
words or of numbers rounded to three digits, so that neither the order of lines nor repetitions count.

Source: hendrycks/apps, eval/testing_util.py, ``custom_compare_`` and ``run_test``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from codeeval.benchmarks.apps.wrapping import RAISED
from codeeval.benchmarks.common.call_values import MalformedError, read_inputs, read_returned
from codeeval.types import Match

if TYPE_CHECKING:
    from codeeval.types import CallsStep

NAME: Final = "apps"
RELATIVE, ABSOLUTE = 1e-5, 1e-8
"""Source: numpy.allclose."""
DIGITS: Final = 3


def compare(output: str, expected: str) -> Match:
    """Compare what a program printed with what is expected."""
    if same_output(output, expected):
        return Match(matched=True)
    return Match(matched=False, difference="standard output differs, also as sets of words and numbers")


def same_output(output: str, expected: str) -> bool:
    """Whether one of the tester's comparisons accepts an output."""
    printed = output.splitlines()
    stripped = [line.strip() for line in printed]
    if expected.strip() in ("\n".join(printed).strip(), "\n".join(stripped).strip()):
        return True
    wanted = [line.strip() for line in expected.split("\n") if line]
    filled = [line for line in printed if line]
    if wanted in (printed, filled) or _near(filled, wanted):
        return True
    return _as_sets(filled) == _as_sets(wanted) or _rounded(filled, wanted)


def same_results(step: CallsStep, values: str) -> Match:
    """Compare what calls returned: tuples are lists, and an expected list may stand for its first item.

    The share is that of the calls that are right. A call that raised is described by its exception.
    """
    wanted = [arguments[0] for arguments in read_inputs(step.expected)]
    found = [
        _difference(number, line, expected)
        for number, (line, expected) in enumerate(zip(values.splitlines(), wanted, strict=False), start=1)
    ]
    wrong = next((each for each in found if each is not None), "")
    all_returned = values.count("\n") == len(wanted) + 1  # the last call is none of the tests
    return Match(
        matched=found.count(None) == len(wanted) and all_returned,
        difference=wrong,
        share=found.count(None) / len(wanted),
    )


# Any: whatever JSON holds
def _difference(number: int, line: str, expected: Any) -> str | None:
    """Describe how a result differs; None where it does not, and nothing of a call that raised."""
    try:
        got = read_returned(line).value
        if got == RAISED:
            return ""
        if same_result(got, expected):
            return None
    except (MalformedError, TypeError, ValueError, ArithmeticError, RecursionError):
        return f"call {number} returned what compares with nothing"
    return f"call {number} returned {got!r:.200}, not {expected!r:.200}"


# Any: whatever calls return
def same_result(got: Any, expected: Any) -> bool:
    """Whether the tester takes what a call returned for what is expected."""
    if isinstance(got, tuple):
        got = list(got)
    if isinstance(expected, dict):
        expected = [_by_number(expected)]
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        expected = [_by_number(expected[0])]
    if got == expected:
        return True
    if not (isinstance(expected, list) and expected):
        return False
    rows = isinstance(got, list) and got and isinstance(got[0], tuple)
    return bool(got == expected[0] or (rows and _lists(got) == expected[0]))


# Any: as above
def _lists(rows: list[Any]) -> list[Any]:
    return [list(each) if isinstance(each, tuple) else each for each in rows]


# Any: as above
def _by_number(value: dict[str, Any]) -> dict[Any, Any]:
    """Undo JSON's keys, which are texts."""
    try:
        return {int(key): each for key, each in value.items()}
    except ValueError:
        return dict(value)


def _near(printed: list[str], wanted: list[str]) -> bool:
    try:
        got, expected = [float(each) for each in printed], [float(each) for each in wanted]
    except ValueError:
        return False
    return len(got) == len(expected) and all(
        a == b or (math.isfinite(b) and abs(a - b) <= ABSOLUTE + RELATIVE * abs(b))
        for a, b in zip(got, expected, strict=True)
    )


def _as_sets(lines: list[str]) -> set[frozenset[str]]:
    return {frozenset(line.split()) for line in lines if line.split()}


def _rounded(printed: list[str], wanted: list[str]) -> bool:
    try:
        got, expected = (
            {frozenset(round(float(word), DIGITS) for word in words) for words in _as_sets(lines)}
            for lines in (printed, wanted)
        )
    except (ValueError, OverflowError):
        return False
    return got == expected

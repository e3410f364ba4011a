"""How EvalPlus decides whether a call returned the right value, rule by rule.

Source: evalplus/evalplus (v0.3.1), evalplus/eval/__init__.py, ``unsafe_execute`` and ``is_floats``;
evalplus/eval/_special_oracle.py. Whatever raises there is a wrong answer, and so it is here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.benchmarks.common.call_values import (
    Digest,
    MalformedError,
    Returned,
    bounded_set,
    read_inputs,
    read_returned,
)
from codeeval.types import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.types import CallsStep

FLOAT_ATOL: Final = 1e-6
RTOL: Final = 1e-7
SHOWN_CHARS: Final = 120
AS_SET_ITEMS: Final = 1 << 16
"""A range can be longer than any memory."""
COMPARED_ITEMS: Final = 1 << 20
"""Numbers that one comparison within the tolerance may take: arrays of different shapes can be repeated until
they have one, and a range can be longer than any memory."""
DEEPEST: Final = 32
"""Lists within lists that an array may be of; numpy has no more dimensions."""

NOT_NONE: Final = frozenset({"check_str", "text_match_three", "text_starta_endb"})
"""Mbpp/737, 794, 787: matches of regular expressions, of which only the presence counts."""
AS_SETS: Final = frozenset(
    {"similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly", "larg_nnum",
     "intersection_array", "find_dissimilar", "Diff"}
)  # fmt: skip
"""Mbpp/2, 7, 111, 140, 232, 249, 579, 769: the order of the result is not defined."""

_ERRORS: Final = (
    TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError,
)  # fmt: skip
"""What comparing values that a program made up can raise."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a comparison needs besides the values; travels in ``CallsStep.comparison``."""

    oracle: str = ""
    """Name of the function, where it has an oracle of its own; empty for ``==`` within the tolerance."""
    atol: float = 0.0
    """The dataset's absolute tolerance."""
    calls: int = 0
    arguments: str = ""
    """The inputs, where the oracle looks at them."""


def compare(step: CallsStep, values: str) -> Match:
    """Compare what calls returned with what they must, up to the first that did not.

    Raises:
        ValueError: what they must return is not known, because the reference was not run.
    """
    comparison = msgspec.json.decode(step.comparison or "{}", type=Comparison)
    if step.expected.count("\n") != comparison.calls:
        raise ValueError(f"{step.part}: the reference was not run")
    if values == step.expected and not comparison.oracle and '"nan"' not in values:
        return Match(matched=True)
    if values.count("\n") > comparison.calls:  # counted first: there may be millions
        return Match(matched=False, difference="wrote results that no call has returned")
    expected, lines = step.expected.splitlines(), values.split("\n")[:-1]
    judge = _Calls(comparison, expected)
    for number, line in enumerate(lines):
        if difference := judge.difference(number, line):
            return Match(matched=False, difference=difference)
    return Match(matched=len(lines) == len(expected))


class _Calls:
    """The calls of one step, in order: the tolerance of one depends on those before it."""

    def __init__(self, comparison: Comparison, expected: Sequence[str]) -> None:
        self.oracle = comparison.oracle
        self.expected = expected
        self.arguments = read_inputs(comparison.arguments) if comparison.arguments else None
        self.atol = comparison.atol
        self.looked_at = 0

    def difference(self, number: int, line: str) -> str:
        """Describe how the result of a call differs, in words; empty where it is right."""
        wanted = self.expected[number]
        if line == wanted and not self.oracle and '"nan"' not in line:
            return ""
        if len(line) > 4 * len(wanted) + (1 << 16):
            return f"call {number + 1} returned something far longer than {_shown(wanted)}"
        expected = read_returned(wanted)
        try:
            got = read_returned(line)
        except MalformedError:
            return f"wrote something else in the place of the result of call {number + 1}"
        try:
            right = self._right(number, got, expected)
        except _ERRORS:
            right = False
        return "" if right else f"call {number + 1} returned {_shown(line)}, not {_shown(wanted)}"

    def _right(self, number: int, got: Returned, expected: Returned) -> bool:
        exact = bool(got.value == expected.value)
        special = ORACLES.get(self.oracle)
        if special is not None:
            before = self._tolerance(number)
            arguments = self.arguments[number] if self.arguments else []
            exact = special(got.value, expected.value, arguments, before)
            if self.oracle == FIND_ZERO:
                return exact
        elif self.oracle in AS_SETS:
            exact = as_set(got.value) == as_set(expected.value)
        elif self.oracle in NOT_NONE:
            exact = presence(got.value, expected.value)
        if exact:
            return True
        atol = self._tolerance(number + 1)
        return atol != 0 and close(got, expected, atol)

    def _tolerance(self, end: int) -> float:
        """Return the tolerance after ``end`` calls: 0 turns into 1e-6 at the first result that is of floats.

        From there on it stays, also for results that are of none, within one group of inputs.

        Source: evalplus/eval/__init__.py, ``atol`` in the loop of ``unsafe_execute``.
        """
        while self.atol == 0 and self.looked_at < end:
            if is_floats(read_returned(self.expected[self.looked_at]).value):
                self.atol = FLOAT_ATOL
            self.looked_at += 1
        return self.atol


# Any: a value that a call took or returned
def is_floats(value: Any) -> bool:
    """Whether it is a float, or a list or tuple, not empty, of nothing else.

    Source: evalplus/eval/__init__.py, ``is_floats``.
    """
    if isinstance(value, (list, tuple)) and value:
        return all(isinstance(item, float) for item in value)
    return isinstance(value, float)


def close(got: Returned, expected: Returned, atol: float) -> bool:
    """Whether two values of one type, and one length if sequences, are close to each other.

    Source: evalplus/eval/__init__.py, ``np.allclose`` in ``unsafe_execute``.
    """
    if got.kind != expected.kind:
        return False
    if isinstance(expected.value, (list, tuple)) and len(got.value) != len(expected.value):
        return False
    room = COMPARED_ITEMS
    for value in (got.value, expected.value):
        room = _room_after(value, room, 0)
    import numpy as np  # noqa: PLC0415 -- costs 100 ms

    one, other = np.asarray(got.value), np.asarray(expected.value)
    if math.prod(np.broadcast_shapes(one.shape, other.shape)) > COMPARED_ITEMS:
        return False
    with np.errstate(all="ignore"):
        return bool(np.allclose(one, other, rtol=RTOL, atol=atol))


def _room_after(value: object, room: int, depth: int) -> int:
    """Take the numbers of a value from those that may be compared; returns how many are left.

    Raises:
        ValueError: there are too many, or they lie too deep.
        TypeError: something is no number. Of the longest of some strings, numpy would make room for each.
    """
    match value:
        case bool() | int() | float() | complex():
            room -= 1
        case list() | tuple() if depth < DEEPEST:
            room -= 1  # or empty ones would cost nothing
            for item in value:
                room = _room_after(item, room, depth + 1)
        case range() if depth < DEEPEST:
            room -= len(value[: COMPARED_ITEMS + 1])
        case list() | tuple() | range():
            raise ValueError("too deep for an array")
        case _:
            raise TypeError(f"{type(value).__name__} is no number")
    if room < 0:
        raise ValueError("too many numbers")
    return room


# Any: a value that a call took or returned
def as_set(value: Any) -> set[Any] | Digest:
    """Return the items without their order.

    Raises:
        ValueError: there are too many.
    """
    if isinstance(value, Digest):
        return value
    if isinstance(value, range) and len(value) > AS_SET_ITEMS:
        raise ValueError("too long a range")
    return bounded_set(value)


# Any: a value that a call took or returned
def presence(got: Any, expected: Any) -> bool:
    """Whether there is a result where the reference has one; a bool must say so itself.

    Source: evalplus/eval/__init__.py, ``MBPP_OUTPUT_NOT_NONE_TASKS``; gen/util/__init__.py, ``trusted_exec``.
    """
    wanted = expected is not None
    return got == wanted if isinstance(got, bool) else wanted == (got is not None)


def are_equivalent(got: Any, expected: Any, arguments: Sequence[Any], atol: float) -> bool:  # noqa: ARG001
    """Mbpp/164: its text is ambiguous, so whatever is returned is right."""
    return True


def sum_div(got: Any, expected: Any, arguments: Sequence[Any], atol: float) -> bool:  # noqa: ARG001
    """Mbpp/295: 0 is right as well."""
    return bool(got == expected) or bool(got == 0)


# Any: a value that a call took or returned
def surface_area(got: Any, expected: Any, arguments: Sequence[Any], atol: float) -> bool:
    """Mbpp/581: right as well if the height is taken as that of the pyramid, not of its sides."""
    if got == expected:
        return True
    base, height = arguments
    slant = math.sqrt((base / 2) ** 2 + height**2)
    return bool(abs(got - round(base**2 + 4 * (base * slant) / 2)) <= atol)


def digit_distance(got: Any, expected: Any, arguments: Sequence[Any], atol: float) -> bool:  # noqa: ARG001
    """Mbpp/558: right as well if the shorter number is filled up with zeros."""
    if got == expected:
        return True
    one, two = (str(number) for number in arguments)
    width = max(len(one), len(two))
    pairs = zip(one.zfill(width), two.zfill(width), strict=True)
    return bool(got == sum(abs(int(a) - int(b)) for a, b in pairs))


# Any: a value that a call took or returned
def is_zero(got: Any, expected: Any, arguments: Sequence[Any], atol: float) -> bool:
    """HumanEval/32: any zero of the polynomial is right, whichever the reference found.

    Python 3.12 made ``sum`` exact, older ones add term by term. With the exact one, the reference's iteration
    does not converge for one input, so what the reference returns is right as well; and as the program's
    Python is not this one, either way of adding counts.
    """
    if got == expected:
        return True
    (coefficients,) = arguments
    terms = [coefficient * math.pow(got, power) for power, coefficient in enumerate(coefficients)]
    plain = 0.0
    for term in terms:
        plain += term
    return abs(plain) <= atol or abs(math.fsum(terms)) <= atol


FIND_ZERO: Final = "find_zero"
ANYTHING_GOES: Final = "are_equivalent"
# Any: a value that a call took or returned
ORACLES: Final[dict[str, Callable[[Any, Any, Sequence[Any], float], bool]]] = {
    FIND_ZERO: is_zero,
    ANYTHING_GOES: are_equivalent,
    "sum_div": sum_div,
    "surface_Area": surface_area,
    "digit_distance_nums": digit_distance,
}
"""Oracles of single tasks, by the function's name. Source: evalplus/eval/_special_oracle.py."""
WITH_ARGUMENTS: Final = frozenset({FIND_ZERO, "surface_Area", "digit_distance_nums"})


def oracle_of(entry_point: str, family: str) -> str:
    """Name the oracle of a function; empty where it has none of its own."""
    if family == "humaneval-plus":
        return entry_point if entry_point == FIND_ZERO else ""
    special = (ORACLES.keys() - {FIND_ZERO}) | AS_SETS | NOT_NONE
    return entry_point if entry_point in special else ""


def _shown(line: str) -> str:
    return line if len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS]}..."

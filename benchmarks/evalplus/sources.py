"""EvalPlus's tasks as Python with asserts, for translation into other languages.

The inputs become ``assert candidate(...) == ...`` with what the reference returned, within the tolerance of
EvalPlus where the result is a float. Types are inferred from the base inputs; an extra input that
does not fit them is excluded.

What is no equality is excluded with the reason, never translated wrongly: results that are compared by an
oracle of their own, and floats within a container, unless each of them is among the arguments or is one that
no order of additions changes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common.call_values import read_inputs, read_returned
from codeeval.benchmarks.evalplus.oracles import FLOAT_ATOL, RTOL
from codeeval.benchmarks.evalplus.tasks import BASE, PLUS, Inputs
from codeeval.interfaces import ExcludedTest, Sourced
from codeeval.translators.problem import Untranslatable
from codeeval.translators.sources import from_docstring, from_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codeeval.benchmarks.evalplus.tasks import Group
    from codeeval.types import Problem

MOST_CHARS: Final = 16_000
"""Longest source of all tests of a problem, in Python. A Java method may have 64 KB of byte code, and there a
number takes three times as much as in Python's source."""
MOST_OF_ONE: Final = 2_000
"""Longest source of one test."""
_TOO_LONG: Final = f"a test longer than {MOST_OF_ONE:,} characters"
_FRACTION: Final = 1 << 10
_LARGE: Final = 1 << 40
_MBPP: Final = '"""'


class _NoEquality(Exception):
    """A test that cannot be written as an equality, and why."""


def python_source(task: Problem, oracle: str) -> Sourced:
    """Return a task, completed with what its reference returns, as Python.

    Args:
        task: with expected values.
        oracle: name of the oracle of its own, if it has one.

    Raises:
        Untranslatable: its results are not compared for equality.
    """
    if oracle:
        raise Untranslatable("its results are compared by an oracle of their own, not for equality")
    inputs = task.payload_of(Inputs)
    base, plus = (next(each for each in inputs.groups if each.name == name) for name in (BASE, PLUS))
    kinds = {type(expected) for _, expected in _calls(base)}
    numbers = float in kinds and kinds <= {int, float}
    asserts = _Asserts(inputs.atol, numbers=numbers)
    first, more = asserts.all(base), asserts.all(plus)
    if task.prompt.startswith(_MBPP):
        source = from_sentence(task, _sentence(task.prompt), first, more)
    else:
        source = from_docstring(task, first, more)
    return Sourced(source, asserts.excluded())


def _sentence(prompt: str) -> str:
    """Return the part of MBPP+'s prompt before the assert that it shows."""
    lines = prompt.strip().strip('"').strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("assert "))


def _calls(group: Group) -> Iterator[tuple[Sequence[object], object]]:
    for arguments, line in zip(read_inputs(group.inputs), group.expected.splitlines(), strict=True):
        yield arguments, read_returned(line).value


class _Asserts:
    """Writes the asserts of a task, as many as there is room for, and counts the excluded ones by reason."""

    def __init__(self, atol: float, *, numbers: bool) -> None:
        self.atol = atol
        self.numbers = numbers
        self.room = MOST_CHARS
        self.reasons: dict[str, int] = {}

    def all(self, group: Group) -> str:
        """Return the asserts of a group, a line each."""
        lines = []
        for number, (arguments, expected) in enumerate(_calls(group)):
            try:
                line = self._fitting(self._one(arguments, expected), slow=number in group.slow)
            except _NoEquality as error:
                self.reasons[str(error)] = self.reasons.get(str(error), 0) + 1
                continue
            self.room -= len(line)
            lines.append(line)
        return "\n".join(lines)

    def _fitting(self, line: str, *, slow: bool) -> str:
        if slow:
            raise _NoEquality("the reference takes a quarter of a second or longer")
        if len(line) > MOST_OF_ONE:
            raise _NoEquality(_TOO_LONG)
        if len(line) > self.room:
            raise _NoEquality(f"beyond {MOST_CHARS:,} characters of tests")
        return line

    def excluded(self) -> tuple[ExcludedTest, ...]:
        """Return what was excluded, by reason."""
        return tuple(ExcludedTest("", reason, count) for reason, count in self.reasons.items())

    def _one(self, arguments: Sequence[object], expected: object) -> str:
        call = f"candidate({', '.join(map(_spelled, arguments))})"
        if self.numbers and isinstance(expected, int | float) and not isinstance(expected, bool):
            try:
                value = float(expected)
            except OverflowError as error:
                raise _NoEquality("a number that no float holds") from error
            tolerance = max(self.atol, FLOAT_ATOL) + RTOL * abs(value)
            return f"assert abs({call} - {_spelled(value)}) <= {tolerance!r}"
        result = _spelled(expected)
        known = set(_floats(arguments))
        if not all(each in known or _exact(each) for each in _floats([expected])):
            raise _NoEquality("floats that the order of additions may change, where no tolerance applies")
        return f"assert {call} == {result}"


def _floats(values: Iterable[object]) -> Iterator[float]:
    """Yield the floats in values."""
    for value in values:
        match value:
            case float():
                yield value
            case dict():
                yield from _floats((*value.keys(), *value.values()))
            case list() | tuple() | set() | frozenset():
                yield from _floats(value)
            case _:
                pass


def _exact(value: float) -> bool:
    """Whether a float is so short a binary fraction that sums and halves of such are exact in any order."""
    return abs(value) < _LARGE and (value * _FRACTION).is_integer()


def _spelled(value: object) -> str:
    """Return the source of a value."""
    for each in _floats([value]):
        if not math.isfinite(each):
            raise _NoEquality(f"the number {each}")
    _check(value)
    return repr(value)


def _check(value: object) -> None:
    """Refuse values that no other language has."""
    match value:
        case int() if value.bit_length() > 4 * MOST_OF_ONE:  # longer than Python writes
            raise _NoEquality(_TOO_LONG)
        case None | bool() | int() | float() | str():
            pass
        case list() | tuple() | set() | frozenset():
            for each in value:
                _check(each)
        case dict():
            for pair in value.items():
                _check(pair)
        case _:
            raise _NoEquality(f"a value of type {type(value).__name__}")

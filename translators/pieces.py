"""What target languages share: quotes, keys, numbers that are doubles, safe names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.problem import Untranslatable
from codeeval.translators.types import Scalar, SetOf, TupleOf, Type, named, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.problem import PythonProblem
    from codeeval.translators.types import Value

_EXACT: Final = 2**53
"""Up to here every integer is a double."""
_DOCSTRINGS_OWN: Final = re.compile(r"^(?:\s+(?=>>>)| {4})")
_NUMBER: Final = re.compile(r"-?\d+")


def quoted_like_python(text: str, body: Callable[[str], str]) -> str:
    """Put a string in single quotes, or in double ones where that saves escapes, as ``repr`` does.

    Args:
        text: the string.
        body: escapes it, but for the quote.
    """
    mark = '"' if "'" in text and '"' not in text else "'"
    return mark + body(text).replace(mark, "\\" + mark) + mark


def double(value: int) -> str:
    """Return an integer's source where all numbers are doubles.

    Raises:
        Untranslatable: no double is this integer.
    """
    try:
        exact = abs(value) <= _EXACT or int(float(value)) == value
    except OverflowError:
        exact = False
    if not exact:
        raise Untranslatable(f"the integer {value} is no double")
    return repr(value)


def indented_comments(description: str, mark: str) -> str:
    """Return a description as line comments that keep a text's indentation beyond its docstring's own."""
    lines = (line for line in description.strip().split("\n") if line.strip())
    return "".join(f"{mark} {_DOCSTRINGS_OWN.sub('', line)}\n" for line in lines)


def safe(name: str, *taken: str | Collection[str]) -> str:
    """Return a Python name, or one like it that is not among the names given as collections or texts."""
    if any(name in (each.split() if isinstance(each, str) else each) for each in taken):
        return f"{name}_"
    return name


def same_kind(pairs: Sequence[Pair], key: Type, quotes: str = "\"'") -> None:
    """Refuse keys such as ``1`` and ``"1"``, for a language that makes strings of keys."""
    if key is not Scalar.BOOL and len({pair.key[:1] in quotes for pair in pairs}) > 1:
        raise Untranslatable("a dictionary with keys of several types")


def whole_numbers(source: str, key: Type) -> list[str] | None:
    """Return the items of a key that is a tuple of integers, the one kind that can be joined without loss."""
    match key:
        case TupleOf(items) if all(each is Scalar.INT for each in items):
            return _NUMBER.findall(source)
        case TupleOf():
            raise Untranslatable(f"a dictionary with keys of type {named(key)}")
        case _:
            return None


def expected_parts(problem: PythonProblem) -> Iterator[Value]:
    """Yield the results that a problem's tests expect, and all that is in them."""
    left: list[Value] = [case.expected for case in problem.cases]
    while left:
        value = left.pop()
        yield value
        if isinstance(value, list | tuple | set):
            left += value
        elif isinstance(value, dict):
            left += value.values()


def ordered_keys(problem: PythonProblem) -> bool:
    """Whether a result is a dictionary whose keys could come in another order, and be as right."""
    return any(isinstance(each, dict) and len(each) > 1 for each in expected_parts(problem))


def without_sets(problem: PythonProblem) -> None:
    """Refuse a problem with sets, for a language that has none or no equality of them."""
    for each in problem.types:
        if any(isinstance(part, SetOf) for part in parts(each)):
            raise Untranslatable(f"the type {named(each)}")

"""Equality of Swift's types that hold tuples, which the language itself does not compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, Type, parts

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARED: Final = 6
"""So many items has the longest tuple that the standard library compares."""
_ITEMS: Final = """\
    if left.count != right.count {
        return false
    }
    for (l, r) in zip(left, right) {
        if l != r {
            return false
        }
    }
    return true
"""
PAIRS: Final = f"\nfunc ==(left: [(Int, Int)], right: [(Int, Int)]) -> Bool {{\n{_ITEMS}}}\n            "
"""What the tests of every published row have."""


def equalities(type_: Type, name: Callable[[Type], str]) -> list[str]:
    """Return the functions that a type needs to be compared, those that others call first."""
    made: dict[Type, str] = {ListOf(TupleOf((Scalar.INT, Scalar.INT))): ""}
    _define(type_, name, made)
    return [each for each in made.values() if each]


def _define(type_: Type, name: Callable[[Type], str], made: dict[Type, str]) -> None:
    if type_ in made or _compared(type_):
        return
    match type_:
        case ListOf(item):
            _define(item, name, made)
            body = _ITEMS.replace("l != r", "!(l == r)")
        case OptionalOf(item):
            _define(item, name, made)
            body = (
                "    if let l = left, let r = right {\n        return l == r\n    }\n"
                "    return left == nil && right == nil\n"
            )
        case DictOf(_, value):
            _define(value, name, made)
            body = (
                "    return left.count == right.count && left.allSatisfy { key, value in\n"
                "        right[key].map { $0 == value } ?? false\n    }\n"
            )
        case TupleOf(items):
            for item in items:
                _define(item, name, made)
            body = f"    return {' && '.join(f'left.{at} == right.{at}' for at in range(len(items)))}\n"
        case _:
            return
    made[type_] = f"func ==(left: {name(type_)}, right: {name(type_)}) -> Bool {{\n{body}}}\n"


def _compared(type_: Type) -> bool:
    """Whether the standard library compares it."""
    match type_:
        case TupleOf(items) if len(items) <= _COMPARED:
            return not any(isinstance(part, TupleOf) for item in items for part in parts(item))
        case _:
            return not any(isinstance(part, TupleOf) for part in parts(type_))

"""Types of functions that have no annotations, inferred from their tests.

Source: MultiPL-E, dataset_builder/mbpp_type_annotate.py, which did this for MBPP. The rule: a value has the type of
its parts; types of the same place in several tests are joined: equal types stay, ``int`` with ``float`` is
``float``, ``None`` with a type is optional, containers of one kind are joined part by part, tuples of different lengths
and everything else is ``Any`` (or, of an element of a container, a union).
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from codeeval.translators.annotations import union
from codeeval.translators.types import (
    DictOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.translators.problem import Case

_UNKNOWN: Final = UnionOf(())
"""The union of no types: of what an empty container holds, until another says it."""


def types(cases: Sequence[Case], count: int) -> list[Type]:
    """Return the types of the parameters and, last, of the result."""
    columns = [[case.arguments[i] for case in cases] for i in range(count)]
    columns.append([case.expected for case in cases])
    return [_settled(reduce(join, map(type_of, column))) for column in columns]


def type_of(value: Value) -> Type:
    """Return a value's type."""
    match value:
        case None:
            return Scalar.NONE
        case bool():
            return Scalar.BOOL
        case int():
            return Scalar.INT
        case float():
            return Scalar.FLOAT
        case str():
            return Scalar.STR
        case list():
            return ListOf(_items(value))
        case tuple():
            return TupleOf(tuple(map(type_of, value)))
        case dict():
            return DictOf(_items(value), _items(value.values()))
        case set() | frozenset():
            return SetOf(_items(value))


def _items(values: Iterable[Value]) -> Type:
    """Return the type of a container's items: where they differ, the union of theirs."""
    kinds = tuple(dict.fromkeys(map(type_of, values)))
    if not kinds:
        return _UNKNOWN
    joined = reduce(join, kinds)
    return union(kinds) if joined is Scalar.ANY else joined


def join(one: Type, other: Type) -> Type:
    """Return the type of a place that holds both in different tests."""
    match one, other:
        case _ if one == other or other == _UNKNOWN:
            return one
        case UnionOf(()), _:
            return other
        case (Scalar.NONE, _) | (_, Scalar.NONE) | (OptionalOf(), _) | (_, OptionalOf()):
            return union((_joined_items(one, other), Scalar.NONE))
        case (Scalar.INT, Scalar.FLOAT) | (Scalar.FLOAT, Scalar.INT):
            return Scalar.FLOAT
        case (UnionOf(), _) | (_, UnionOf()):
            return union((one, other))
        case ListOf(a), ListOf(b):
            return ListOf(join(a, b))
        case SetOf(a), SetOf(b):
            return SetOf(join(a, b))
        case DictOf(a, c), DictOf(b, d):
            return DictOf(join(a, b), join(c, d))
        case TupleOf(a, False), TupleOf(b, False) if len(a) == len(b):
            return TupleOf(tuple(join(*each) for each in zip(a, b, strict=True)))
        case TupleOf(a), TupleOf(b) if (items := {*a, *b}) and len(items) == 1:
            return TupleOf((items.pop(),), rest=True)
        case _:
            return Scalar.ANY


def _joined_items(one: Type, other: Type) -> Type:
    """Join what is not ``None`` of two types of which one may be."""
    bare = [each.item if isinstance(each, OptionalOf) else each for each in (one, other)]
    real = [each for each in bare if each is not Scalar.NONE]
    return join(*real) if len(real) > 1 else real[0]


def _settled(type_: Type) -> Type:
    """Put ``Any`` where no test says more."""
    match type_:
        case UnionOf(()):
            return Scalar.ANY
        case ListOf(item):
            return ListOf(_settled(item))
        case SetOf(item):
            return SetOf(_settled(item))
        case OptionalOf(item):
            return OptionalOf(_settled(item))
        case TupleOf(items, rest):
            return TupleOf(tuple(map(_settled, items)), rest)
        case DictOf(key, value):
            return DictOf(_settled(key), _settled(value))
        case _:
            return type_

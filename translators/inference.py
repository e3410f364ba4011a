"""Types of functions that have no annotations, inferred from their tests.

Source: MultiPL-E, dataset_builder/mbpp_type_annotate.py, which did this for MBPP, and what its authors then
changed by hand. The rule:

- A value has the type of its parts. The types of an empty container's items are unknown. A tuple of seven or
  more equal scalars, or of three or more equal containers, is a list in all but name.
- Types of the same place in several tests are joined: equal ones stay, ``int`` with ``float`` is ``float``,
  ``None`` with a type is optional, containers of one kind are joined part by part, tuples of other lengths
  are lists, everything else is ``Any``: or, of a container's items and of the result, the union of two.
- Annotations win; where they have ``Any`` or a bare ``list``, the types are inferred from the tests.
- A test whose values then are not of the types is excluded.
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
"""The union of no types: of the items of an empty container, until another test shows them."""


_MANY: Final = 7
_SOME: Final = 3
"""A tuple of so many equal scalars, or equal containers, is a list."""
_OPTIONS: Final = 2
"""Most types that the union of a container's items names; more are ``Any``."""


def types(cases: Sequence[Case], count: int) -> list[Type]:
    """Return the types of the parameters and, last, of the result."""
    columns = [[case.arguments[i] for case in cases] for i in range(count)]
    results = list(map(type_of, (case.expected for case in cases)))
    joined = reduce(join, results)
    return [
        *(_settled(reduce(join, map(type_of, column))) for column in columns),
        _settled(union(tuple(results)) if joined is Scalar.ANY else joined),
    ]


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
            return _tuple(tuple(map(type_of, value)))
        case dict():
            return DictOf(_items(value), _items(value.values()))
        case set() | frozenset():
            return SetOf(_items(value))


def _tuple(items: tuple[Type, ...]) -> Type:
    """Return the type of a tuple: a list's where it is one in all but name, as in MultiPL-E's sources."""
    kinds = set(items)
    if len(kinds) == 1 and len(items) >= (_MANY if isinstance(items[0], Scalar) else _SOME):
        return ListOf(items[0])
    return TupleOf(items)


def _items(values: Iterable[Value]) -> Type:
    """Return the type of a container's items: where they differ, the union of theirs."""
    kinds = tuple(dict.fromkeys(map(type_of, values)))
    if not kinds:
        return _UNKNOWN
    joined = reduce(join, kinds)
    return union(kinds) if joined is Scalar.ANY and len(kinds) <= _OPTIONS else joined


def join(one: Type, other: Type) -> Type:
    """Return the type of a place that holds both in different tests."""
    match one, other:
        case _ if other in (one, _UNKNOWN):
            return one
        case UnionOf(()), _:
            return other
        case (Scalar.NONE, _) | (_, Scalar.NONE) | (OptionalOf(), _) | (_, OptionalOf()):
            return union((_joined_items(one, other), Scalar.NONE))
        case (Scalar.INT, Scalar.FLOAT) | (Scalar.FLOAT, Scalar.INT):
            return Scalar.FLOAT
        case (UnionOf(), _) | (_, UnionOf()):
            return union((one, other))
        case (ListOf(UnionOf(())), Scalar.STR) | (Scalar.STR, ListOf(UnionOf(()))):
            return Scalar.STR  # one test of HumanEval/78 has [] for ""
        case ListOf(a), ListOf(b):
            return ListOf(join(a, b))
        case SetOf(a), SetOf(b):
            return SetOf(join(a, b))
        case DictOf(a, c), DictOf(b, d):
            return DictOf(join(a, b), join(c, d))
        case TupleOf(a), TupleOf(b) if len(a) == len(b):
            return TupleOf(tuple(join(*each) for each in zip(a, b, strict=True)))
        case ((TupleOf() | ListOf()), (TupleOf() | ListOf())):
            return ListOf(_common((*_inside(one), *_inside(other))))
        case _:
            return Scalar.ANY


def _common(items: Iterable[Type]) -> Type:
    first: Type = _UNKNOWN
    return reduce(join, items, first)


def _inside(type_: ListOf | TupleOf) -> tuple[Type, ...]:
    return (type_.item,) if isinstance(type_, ListOf) else type_.items


def refined(type_: Type, found: Type) -> Type:
    """Return an annotated type with the types inferred from the tests in place of its ``Any``."""
    match type_, found:
        case Scalar.ANY, _:
            return found
        case ListOf(a), ListOf(b):
            return ListOf(refined(a, b))
        case ListOf(a), TupleOf(items):
            return ListOf(refined(a, _common(items)))
        case DictOf(a, c), DictOf(b, d):
            return DictOf(refined(a, b), refined(c, d))
        case SetOf(a), SetOf(b):
            return SetOf(refined(a, b))
        case _:
            return type_


def _joined_items(one: Type, other: Type) -> Type:
    """Join what is not ``None`` of two types of which one may be."""
    bare = [each.item if isinstance(each, OptionalOf) else each for each in (one, other)]
    real = [each for each in bare if each is not Scalar.NONE]
    return join(*real) if len(real) > 1 else real[0]


def _settled(type_: Type) -> Type:
    """Put ``Any`` where no test shows the type."""
    match type_:
        case UnionOf(()):
            return Scalar.ANY
        case ListOf(item):
            return ListOf(_settled(item))
        case UnionOf(options):
            return union(tuple(map(_settled, options)))
        case SetOf(item):
            return SetOf(_settled(item))
        case OptionalOf(item):
            return OptionalOf(_settled(item))
        case TupleOf(items):
            return TupleOf(tuple(map(_settled, items)))
        case DictOf(key, value):  # keys of several types are of the first's: no typed target has others
            return DictOf(
                _settled(key.options[0] if isinstance(key, UnionOf) and key.options else key), _settled(value)
            )
        case _:
            return type_


def fits(value: Value, type_: Type) -> bool:
    """Whether a value has a type, an ``int`` where the type is ``float`` included."""
    match value, type_:
        case _, Scalar.ANY:
            return True
        case None, (Scalar.NONE | OptionalOf()):
            return True
        case _, OptionalOf(item):
            return fits(value, item)
        case _, UnionOf(options):
            return any(fits(value, each) for each in options)
        case ((list() | tuple()), ListOf(item)):
            return all(fits(each, item) for each in value)
        case tuple(), TupleOf(items):
            return len(items) == len(value) and all(map(fits, value, items))
        case ((set() | frozenset()), SetOf(item)):
            return all(fits(each, item) for each in value)
        case dict(), DictOf(key, item):
            return all(fits(k, key) and fits(v, item) for k, v in value.items())
        case int(), Scalar.FLOAT:
            return True
        case _:
            return type_of(value) == type_

"""The types that values have by themselves, for places whose declared type is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.inference import fits
from codeeval.translators.problem import Untranslatable
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
    named,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def natural(value: Value, empty: Type = Scalar.INT) -> Type:
    """Return a value's type; a container's items are ``Any`` where they differ, ``empty`` without any."""
    match value:
        case bool():
            return Scalar.BOOL
        case int():
            return Scalar.INT
        case float():
            return Scalar.FLOAT
        case str():
            return Scalar.STR
        case None:
            return Scalar.NONE
        case list():
            return ListOf(_common(value, empty))
        case tuple():
            return TupleOf(tuple(natural(each, empty) for each in value))
        case dict():
            return DictOf(_common(value, empty), _common(value.values(), empty))
        case set() | frozenset():
            return SetOf(_common(value, empty))


def _common(values: Iterable[Value], empty: Type) -> Type:
    kinds = {natural(each, empty) for each in values}
    if not kinds:
        return empty
    return kinds.pop() if len(kinds) == 1 else Scalar.ANY


def shaped(value: Value, type_: Type) -> Value:
    """Return a value with lists where its type has lists: tests may have tuples there."""
    match type_, value:
        case ListOf(item), (list() | tuple()):
            return [shaped(each, item) for each in value]
        case TupleOf(items), tuple() if len(items) == len(value):
            return tuple(shaped(*each) for each in zip(value, items, strict=True))
        case DictOf(_, item), dict():
            return {key: shaped(each, item) for key, each in value.items()}
        case OptionalOf(item), _:
            return shaped(value, item)
        case UnionOf(options), _ if any(fits(value, each) for each in options):
            return shaped(value, options[chosen(value, options)])
        case _:
            return value


def chosen(value: Value, options: Sequence[Type]) -> int:
    """Return which of a union's types is the value's: its very own, or else the first that it fits.

    Raises:
        Untranslatable: it fits none.
    """
    fitting = [number for number, option in enumerate(options) if fits(value, option)]
    if not fitting:
        raise Untranslatable(f"{value!r} where the type is {named(UnionOf(tuple(options)))}")
    return next((number for number in fitting if options[number] == natural(value)), fitting[0])

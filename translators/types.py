"""The types that a Python benchmark's functions have, free of Python's and of any target's syntax."""

from __future__ import annotations

import enum
from typing import TypeAlias, Union, assert_never

import msgspec


class Scalar(enum.Enum):
    """A type without parts; ``ANY`` is that of which nothing is known."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    NONE = "None"
    ANY = "Any"


class ListOf(msgspec.Struct, frozen=True):
    """``List[item]``."""

    item: Type


class TupleOf(msgspec.Struct, frozen=True):
    """``Tuple[a, b]``. One of any length, ``Tuple[a, ...]``, is a list: no target has such tuples."""

    items: tuple[Type, ...]


class DictOf(msgspec.Struct, frozen=True):
    """``Dict[key, value]``."""

    key: Type
    value: Type


class SetOf(msgspec.Struct, frozen=True):
    """``Set[item]``."""

    item: Type


class OptionalOf(msgspec.Struct, frozen=True):
    """``Optional[item]``; ``item`` is neither optional nor a union."""

    item: Type


class UnionOf(msgspec.Struct, frozen=True):
    """``Union[a, b]`` of two types or more, none of them ``None`` (that is ``OptionalOf`` the rest)."""

    options: tuple[Type, ...]


class FunctionOf(msgspec.Struct, frozen=True):
    """``Callable[[a, b], c]``."""

    parameters: tuple[Type, ...]
    returns: Type


Type: TypeAlias = Union[Scalar, ListOf, TupleOf, DictOf, SetOf, OptionalOf, UnionOf, FunctionOf]  # noqa: UP007 -- names itself

# A Python value as it is: what tests and examples are made of.
Value: TypeAlias = Union[  # noqa: UP007 -- names itself
    bool, int, float, str, list["Value"], tuple["Value", ...], dict["Value", "Value"], set["Value"], None
]


def parts(type_: Type) -> tuple[Type, ...]:
    """Return what a type is made of, itself first, depth first."""
    return (type_, *(each for one in _inner(type_) for each in parts(one)))


def _inner(type_: Type) -> tuple[Type, ...]:
    match type_:
        case Scalar():
            return ()
        case ListOf(item) | SetOf(item) | OptionalOf(item):
            return (item,)
        case TupleOf(items) | UnionOf(items):
            return items
        case DictOf(key, value):
            return (key, value)
        case FunctionOf(parameters, returns):
            return (*parameters, returns)
        case _:
            assert_never(type_)


def named(type_: Type) -> str:
    """Return a type as Python's annotations name it."""
    inner = [named(each) for each in _inner(type_)]
    match type_:
        case Scalar():
            return str(type_.value)
        case FunctionOf():
            return f"Callable[[{', '.join(inner[:-1])}], {inner[-1]}]"
        case _:
            return f"{type(type_).__name__.removesuffix('Of')}[{', '.join(inner)}]"

"""Python values as source of another language."""

from __future__ import annotations

import abc
import math
import struct
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from codeeval.translators.problem import Untranslatable
from codeeval.translators.types import (
    DictOf,
    FunctionOf,
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
    from collections.abc import Sequence


class Pair(NamedTuple):
    """A key and a value of a dictionary, as source of the target."""

    key: str
    value: str


class Literals(abc.ABC):
    """How a language writes values. A subclass is mostly declarations; it has no state.

    ``literal`` walks a value together with its type and composes its pieces: ``integer``, ``real``,
    ``string``, ``list_of``, ``tuple_of``, ``dict_of``, ``set_of``, ``some`` and ``nothing``. What the
    language cannot express raises ``Untranslatable`` with the reason, and is never translated wrongly.
    """

    typed: ClassVar[bool] = True
    """Whether a float must be written as one, and ``None`` needs an optional type."""

    single: ClassVar[bool] = False
    """Whether a float has 32 bits, as in the published rows: a literal is then the nearest such number."""

    none: ClassVar[str] = "None"
    true: ClassVar[str] = "true"
    false: ClassVar[str] = "false"
    most_int: ClassVar[int | None] = 2**63 - 1
    """The largest integer that the type of ``int`` holds; None where there is no end."""

    def literal(self, value: Value, type_: Type) -> str:
        """Return the source of a value that is to have this type.

        Raises:
            Untranslatable: the value does not have this type, or the language has no literal of it.
        """
        match type_:
            case OptionalOf(item):
                return self.nothing(item) if value is None else self.some(self.literal(value, item), item)
            case UnionOf(options):
                return self.union(value, options)
            case FunctionOf():
                raise Untranslatable("a function as a value")
            case _:
                return self._plain(value, type_)

    def _plain(self, value: Value, type_: Type) -> str:
        match value:
            case None:
                return self.null(type_)
            case bool():
                return self._checked(type_, Scalar.BOOL, value, self.true if value else self.false)
            case int() if self.typed and type_ is Scalar.FLOAT:
                return self.real(_as_float(value))
            case int():
                if self.most_int is not None and not -self.most_int - 1 <= value <= self.most_int:
                    raise Untranslatable(f"the integer {value} is too large")
                return self._checked(type_, Scalar.INT, value, self.integer(value))
            case float():
                return self._checked(type_, Scalar.FLOAT, value, self.real(value))
            case str():
                if any("\ud800" <= each <= "\udfff" for each in value):
                    raise Untranslatable("half a surrogate pair")
                return self._checked(type_, Scalar.STR, value, self.string(value))
            case _:
                return self._container(value, type_)

    def _checked(self, type_: Type, wanted: Scalar, value: Value, source: str) -> str:
        if self.typed and type_ not in (wanted, Scalar.ANY):
            raise Untranslatable(f"{value!r} where the type is {named(type_)}")
        return source

    def _typed(self, value: Value, type_: Type) -> str | None:
        """Return a container's source where its type states the types of its items."""
        match value, type_:
            case ((list() | tuple()), ListOf(item)):
                return self.list_of([self.literal(each, item) for each in value], item)
            case tuple(), TupleOf(items) if len(items) == len(value):
                return self.tuple_of([self.literal(*each) for each in zip(value, items, strict=True)], items)
            case dict(), DictOf(key, item):
                return self.dict_of(
                    [Pair(self.literal(k, key), self.literal(v, item)) for k, v in value.items()], key, item
                )
            case ((set() | frozenset()), SetOf(item)):
                return self.set_of([self.literal(each, item) for each in in_order(value)], item)
            case _:
                return None

    def _container(self, value: Value, type_: Type) -> str:
        if (found := self._typed(value, type_)) is not None:
            return found
        if self.typed and type_ is not Scalar.ANY:
            raise Untranslatable(f"{value!r} where the type is {named(type_)}")
        any_ = Scalar.ANY
        match value:
            case list():
                return self.list_of([self.literal(each, any_) for each in value], any_)
            case tuple():
                return self.tuple_of([self.literal(each, any_) for each in value], (any_,) * len(value))
            case dict():
                pairs = [Pair(self.literal(k, any_), self.literal(v, any_)) for k, v in value.items()]
                return self.dict_of(pairs, any_, any_)
            case set() | frozenset():
                return self.set_of([self.literal(each, any_) for each in in_order(value)], any_)
            case _:
                raise Untranslatable(f"a value of type {type(value).__name__}")

    def integer(self, value: int) -> str:
        """Return an integer's source."""
        return repr(value)

    def real(self, value: float) -> str:
        """Return a float's source: Python's shortest form, which reads back as the same number."""
        if math.isnan(value) or math.isinf(value):
            raise Untranslatable(f"the number {value}")
        if (
            self.single
            and value != nearest_single(value)
            and nearest_single(value) in (0.0, math.inf, -math.inf)
        ):
            raise Untranslatable(f"the number {value} in 32 bits")
        return repr(value)

    @abc.abstractmethod
    def string(self, value: str) -> str:
        """Return a string's source, everything escaped that must be."""

    @abc.abstractmethod
    def list_of(self, items: Sequence[str], item: Type) -> str:
        """Return a list's source; ``item`` is the type of each, which an empty list may have to name."""

    @abc.abstractmethod
    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """Return a tuple's source."""

    @abc.abstractmethod
    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """Return a dictionary's source."""

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """Return a set's source."""
        del items, item
        raise Untranslatable("a set")

    def some(self, source: str, item: Type) -> str:
        """Return a value where an optional one is wanted."""
        del item
        return source

    def nothing(self, item: Type) -> str:
        """Return ``None`` where an optional value is wanted."""
        del item
        return self.none

    def null(self, type_: Type) -> str:
        """Return ``None`` where no optional value is wanted: the type is ``None`` or does not fit."""
        if self.typed and type_ not in (Scalar.NONE, Scalar.ANY):
            raise Untranslatable(f"None where the type is {named(type_)}")
        return self.none

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """Return a value of one of several types; untyped languages need not care which."""
        if self.typed:
            raise Untranslatable(f"the type {named(UnionOf(tuple(options)))}")
        del options
        return self.literal(value, Scalar.ANY)


def in_order(values: set[Value] | frozenset[Value]) -> list[Value]:
    """Return a set's values in an order that is the same every time."""
    return sorted(values, key=lambda each: (type(each).__name__, repr(each)))


def nearest_single(value: float) -> float:
    """Return the nearest number of 32 bits; infinity where it is too large."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Untranslatable(f"an integer of {value.bit_length()} bits where a float is wanted") from None

"""Typed Python values to be said in other languages: nasty ones by hand, others drawn by hypothesis."""

from __future__ import annotations

import functools
from typing import Final, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from codeeval.translators.literals import nearest_single
from codeeval.translators.types import (
    DictOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    Type,
    Value,
)

TypedValue: TypeAlias = tuple[Value, Type]

INT, FLOAT, BOOL, STR = Scalar.INT, Scalar.FLOAT, Scalar.BOOL, Scalar.STR
INTEGERS: Final = (0, -1, 7, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 2**64)
FLOATS: Final = (
    *(0.0, -0.0, 1.0, -2.5, 0.1, 1 / 3, 100000.0, 1e16, 1e22, 123456789012345680.0, 1e300, -1e300),
    *(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e-7, 0.1 + 0.2),
)
STRINGS: Final = (
    *("", " ", "a b", "it's", 'say "hi"', "'\"`", "back\\slash", "\\n", "\\", "ends in \\", "a\nb", "\r\n\t"),
    *("$x", "${x}", "#{x}", "#$x", "%d", "%%", "{x}", "{{}}", "@x", "$(x)", "`x`", "\\u0041", "\\x41", "~0"),
    *(
        "//",
        "/* x */",
        "*/",
        "--",
        "??=",
        "<?php ?>",
        "'''",
        '"""',
        "]]",
        "#|x|#",
        "é",
        "ß→∑",
        "中文",
        "😀",
        "\U0010ffff",
    ),
    *(
        "\0",
        "a\0b",
        "\x001",
        "\x01",
        "\x1b[0m",
        "\x7f",
        "\x80",
        "\x85",
        "\u2028",
        "\u202ex\u2066",
        "\ufeff",
        "\uffff",
        "1e5",
        "\x0b\x0c\x08\x07",
    ),
    "é1\x80a\x01f\u0300",
)

BY_HAND: Final[tuple[TypedValue, ...]] = (
    *((each, INT) for each in INTEGERS),
    *((each, FLOAT) for each in FLOATS),
    *((each, STR) for each in STRINGS),
    *((each, BOOL) for each in (True, False)),
    *(
        (each, ListOf(kind))
        for each, kind in (([], INT), ([], STR), ([0], INT), ([-0.0, 1.0], FLOAT), (["a", ""], STR))
    ),
    *((each, ListOf(ListOf(INT))) for each in ([], [[]], [[], [1], [2, -3]])),
    *((each, OptionalOf(INT)) for each in (None, 0, -5)),
    *(
        (each, OptionalOf(kind))
        for each, kind in ((None, STR), ("", STR), (None, FLOAT), (0.0, FLOAT), (False, BOOL))
    ),
    *((each, OptionalOf(ListOf(INT))) for each in (None, [], [1])),
    ([None, 1], ListOf(OptionalOf(INT))),
    ((1,), TupleOf((INT,))),
    ((1, "a", -0.5), TupleOf((INT, STR, FLOAT))),
    (((1, 2), []), TupleOf((TupleOf((INT, INT)), ListOf(STR)))),
    *((each, DictOf(STR, INT)) for each in ({}, {"a": 1}, {"": 0, '"': -1, "$": 2, "é": 3})),
    *((each, DictOf(STR, STR)) for each in ({"a": "b"}, {"a": "b", "c": "d"}, {"": "", "a": "", "b": "c"})),
    ({1: [2.5], -3: []}, DictOf(INT, ListOf(FLOAT))),
    ({(1, 2): "x"}, DictOf(TupleOf((INT, INT)), STR)),
    ({"a": {"b": {"c": 1}}, "d": {}}, DictOf(STR, DictOf(STR, DictOf(STR, INT)))),
    *((each, SetOf(INT)) for each in (set(), {1}, {3, -2, 1})),
    ({"b", "a"}, SetOf(STR)),
    ([{"k": (1, ["x"])}], ListOf(DictOf(STR, TupleOf((INT, ListOf(STR)))))),
)

_HASHED = st.sampled_from([INT, STR, BOOL, FLOAT, TupleOf((INT, STR)), TupleOf((INT, INT))])


def _wider(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    plain = inner.filter(lambda each: not isinstance(each, OptionalOf))
    return st.one_of(
        st.builds(ListOf, inner),
        st.builds(TupleOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(DictOf, _HASHED, inner),
        st.builds(SetOf, _HASHED),
        st.builds(OptionalOf, plain),
    )


TYPES: Final[st.SearchStrategy[Type]] = st.recursive(
    st.sampled_from([INT, FLOAT, BOOL, STR]), _wider, max_leaves=4
)
_INTEGERS = st.one_of(st.sampled_from(INTEGERS), st.integers(-1000, 1000), st.integers(-(2**63), 2**63 - 1))
_FLOATS = st.one_of(st.sampled_from(FLOATS), st.floats(allow_nan=False, allow_infinity=False))
_STRINGS = st.one_of(
    st.sampled_from(STRINGS),
    st.text(max_size=8),
    st.text("\"'`\\$#{}()%@&<>?*/~^!| \n\r\t\0\x1b01nux\x85é\u2028😀", max_size=8),
    st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=12),
)


def values(type_: Type) -> st.SearchStrategy[Value]:  # noqa: PLR0911 -- one a kind of type
    """Values of a type."""
    match type_:
        case Scalar.INT:
            return _INTEGERS
        case Scalar.FLOAT:
            return _FLOATS
        case Scalar.BOOL:
            return st.booleans()
        case Scalar.STR:
            return _STRINGS
        case ListOf(item):
            return st.lists(values(item), max_size=4)
        case TupleOf(items):
            return st.tuples(*map(values, items))
        case DictOf(key, value):
            return st.dictionaries(values(key), values(value), max_size=3)
        case SetOf(item):
            return st.sets(values(item), max_size=4)
        case OptionalOf(item):
            return st.one_of(st.none(), values(item))
        case _:
            raise NotImplementedError(type_)


@functools.cache
def drawn(count: int) -> tuple[TypedValue, ...]:
    """So many typed values, the same in every run; one program says them all, so none is shrunk."""
    found: list[TypedValue] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(TYPES.flatmap(lambda type_: st.tuples(values(type_), st.just(type_))))
    def collect(typed: TypedValue) -> None:
        found.append(typed)

    collect()
    return tuple(found)


def as_json(value: object, type_: Type, *, single: bool = False) -> object:  # noqa: PLR0911 -- one a kind of value
    """A value as an echo program must print it, sets and dictionaries in an order of their own.

    Takes a Python value or what was read from a program's line: a line that has another shape stays as it is.
    """
    again = functools.partial(as_json, single=single)
    match type_, value:
        case Scalar.FLOAT, float() if single:
            return nearest_single(value)
        case ListOf(item), (list() | tuple()):
            return [again(each, item) for each in value]
        case TupleOf(items), (list() | tuple()) if len(items) == len(value):
            return [again(each, item) for each, item in zip(value, items, strict=True)]
        case SetOf(item), (set() | list()):
            return sorted((again(each, item) for each in value), key=repr)
        case DictOf(), dict():
            return again([list(pair) for pair in value.items()], type_)
        case DictOf(key, item), list():
            return sorted((again(pair, TupleOf((key, item))) for pair in value), key=repr)
        case OptionalOf(item), _ if value is not None:
            return again(value, item)
        case _:
            return value

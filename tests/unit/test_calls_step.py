"""How the runner writes values, and how the host reads them."""

from __future__ import annotations

import collections
import decimal
import fractions
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.benchmarks.common.call_values import (
    SAME_HASH,
    Digest,
    MalformedError,
    Opaque,
    bounded_set,
    read_inputs,
    read_returned,
    spell_inputs,
)

RUNNER = Path(__file__).resolve().parents[2] / "containers" / "runner"

if TYPE_CHECKING:
    import types

    Module = types.ModuleType


@pytest.fixture(scope="module")
def runner() -> Module:
    sys.path.insert(0, str(RUNNER))
    try:
        import values  # noqa: PLC0415 -- a file of the runner, not in a package
    finally:
        sys.path.remove(str(RUNNER))
    return values


def same(one: object, other: object) -> bool:
    """Whether two values are equal and of one type, all through."""
    return repr(one) == repr(other) and type(one) is type(other)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.complex_numbers(allow_nan=False)
)
hashable = st.one_of(st.integers(), st.text(), st.tuples(st.integers(), st.text()))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner),
        st.tuples(inner, inner),
        st.dictionaries(hashable, inner),
        st.frozensets(hashable),
        st.sets(hashable),
    ),
    max_leaves=20,
)


@given(value=trees)
def test_written_values_are_read_back(runner: Module, value: object) -> None:
    text = runner.spell(value)
    assert "\n" not in text
    assert text.isascii()
    assert runner.spell(read_returned(text).value) == text


@given(value=trees)
def test_inputs_arrive_as_they_were(runner: Module, value: object) -> None:
    text = spell_inputs([[value], []])
    assert same(read_inputs(text)[1], [])
    assert runner.spell(runner.load(text)[0][0]) == runner.spell(value)
    assert runner.spell(read_inputs(text)[0][0]) == runner.spell(value)


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        math.inf,
        "a\ud800\n",
        b"\0\xff",
        range(2, 9, 3),
        {1: {2: (3,)}},
        fractions.Fraction(1, 3),
        decimal.Decimal("1.50"),
        [[], (), {}, set(), frozenset({(1, "a")})],
        1 + 2j,
        [True, 1, 1.0],
    ],
)
def test_values_of_all_kinds(runner: Module, value: object) -> None:
    assert same(read_returned(runner.spell(value)).value, value)


def test_objects_of_subclasses_are_what_they_hold(runner: Module) -> None:
    point = collections.namedtuple("point", "x y")  # noqa: PYI024 -- as programs write it
    for value, plain in (
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(int, a=1), {"a": 1}),
        (point(1, 2), (1, 2)),
    ):
        found = read_returned(runner.spell(value))
        assert found.value == plain
        assert found.kind == f"{type(value).__module__}.{type(value).__qualname__}"
    assert read_returned(runner.spell(collections.OrderedDict(a=1, b=2))).value != collections.OrderedDict(
        b=2, a=1
    )


def test_an_object_that_equals_everything_equals_nothing(runner: Module) -> None:
    class Same:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    class SameList(list):  # type: ignore[type-arg]  # of a program
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]  # as Python does

    class Impostor(int):
        def __int__(self) -> int:
            return 3

        __index__ = __int__

    assert isinstance(read_returned(runner.spell(Same())).value, Opaque)
    assert read_returned(runner.spell([Same()])).value != [1]
    assert read_returned(runner.spell(SameList([1]))).value == [1]
    assert read_returned(runner.spell(Impostor(1))).value == 1


def test_iterables_give_their_items_to_those_who_iterate_only(runner: Module) -> None:
    found = read_returned(runner.spell(x * x for x in range(3))).value
    assert found != [0, 1, 4]
    assert set(found) == {0, 1, 4}
    endless = read_returned(runner.spell(iter(int, 1))).value
    with pytest.raises(TypeError, match="not known to be iterable"):
        set(endless)
    assert read_returned(runner.spell({1: 2, 3: 4}.keys())).value == {1, 3}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (list(range(5000)), [float(i) for i in range(5000)]),
        ([0.0] * 5000, [-0.0] * 5000),
        ([True, 0] * 2500, [1, False] * 2500),
        ([(1.0, "a")] * 3000, [(1, "a")] * 3000),
        ([[2]] * 3000, [[2.0]] * 3000),
        ([2**60] * 3000, [float(2**60)] * 3000),
        (dict.fromkeys(range(3000), 1), dict.fromkeys(reversed(range(3000)), 1.0)),
        ({*range(3000)}, {*map(float, range(3000))}),
        ([collections.Counter("ab")] * 3000, [{"b": 1, "a": 1}] * 3000),
    ],
)
def test_long_values_that_are_equal_have_one_digest(runner: Module, one: object, other: object) -> None:
    assert one == other
    first, second = read_returned(runner.spell(one)).value, read_returned(runner.spell(other)).value
    assert isinstance(first, Digest)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (list(range(5000)), [*range(4999), 5000]),
        (list(range(5000)), tuple(range(5000))),
        ([-1] * 5000, [-2] * 5000),
        ([2**60] * 3000, [2**60 + 1] * 3000),
        ([("a", "b")] * 3000, [["a", "b"]] * 3000),
        ([("a\0", "b")] * 3000, [("a", "\0b")] * 3000),
        ([("a", "b"), ("c",)] * 3000, [("a",), ("b", "c")] * 3000),
        (["1"] * 3000, [1] * 3000),
        ("x" * 50_000, "x" * 49_999 + "y"),
        (b"x" * 50_000, b"y" * 50_000),
        ([math.nan] * 3000, [math.nan] * 3000),
        ([[math.nan]] * 3000, [[math.nan]] * 3000),
        ([*range(5000), 0.5], [*range(5000), 0.25]),
    ],
)
def test_long_values_that_differ_have_two(runner: Module, one: object, other: object) -> None:
    first, second = read_returned(runner.spell(one)).value, read_returned(runner.spell(other)).value
    assert isinstance(first, Digest)
    assert first != second


def test_long_ints(runner: Module) -> None:
    for exponent in (5000, 60_000):
        one, other = (read_returned(runner.spell(10**exponent + more)).value for more in (0, 1))
        assert one != other
        assert one == read_returned(runner.spell(10**exponent)).value
    assert read_returned(runner.spell(10**5000)).value == 10**5000


def test_infinite_values_are_written_by_name(runner: Module) -> None:
    loop: list[object] = []
    loop.append(loop)
    assert json.loads(runner.spell(loop)) == {"?": "builtins.list"}
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert json.loads(runner.spell(deep)) == {"?": "builtins.list"}
    while deep:  # taken apart by hand: freeing it at once recurses
        deep = deep.pop()  # type: ignore[assignment]  # a list, as made above


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "nan",
        "{}",
        '{"a":1,"b":2}',
        '{"u":1}',
        '{"t":5}',
        '{"s":[[1]]}',
        '{"D":"x"}',
        '{"q":[1,0]}',
        '{"i":5}',
        '{"r":["a"]}',
        '{"~":[1]}',
        '{"d":[[1,2,3]]}',
        '{"d":[{"t":[1,2]}]}',
        '{"t":{"r":[0,100000000,1]}}',
        '{"t":"text"}',
        '{"s":{"d":[]}}',
        '{"z":{"g":["x",[]]}}',
        '{"k":{"r":[0,100000000,1]}}',
        '{"e":{"r":[0,100000000,1]}}',
        '{"d":{"r":[0,100000000,1]}}',
        '{"g":["builtins.map",{"r":[0,100000000,1]}]}',
        '{"g":[1,[]]}',
        '{"q":["1e999999999"]}',
        '{"q":["1e999999999",1]}',
        '{"q":[1.5,2]}',
        '{"q":[true,1]}',
        '{"r":[0,1,0]}',
        '{"r":[0,true,1]}',
        '{"D":1}',
        '{"D":"1e9999999999999999999"}',
        '{"b":"0"}',
        '{"b":[1]}',
        '{"i":"0x' + "f" * 40_000 + '"}',
        '{"i":17}',
        '{"c":[1,2]}',
        '{"c":["1",2.0]}',
        '{"f":"1e5"}',
        '{"f":1.5}',
        '{"~":["collections.OrderedDict",[1]]}',
        '{"~":[1,2]}',
        '{"?":1}',
        '{"#":["list",1]}',
        '{"t":[1],"t":[1]}',
        "1e999",
        "-Infinity",
        "NaN",
        " [1]",
        '{"s":[{"s":[1]}]}',
        '{"s":[{"D":"sNaN"}]}',
        '{"t":[' * 2000 + "]}" * 2000,
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_malformed_lines_are_refused(line: str) -> None:
    with pytest.raises(MalformedError):
        read_returned(line)


PRIME = (1 << 61) - 1
"""Numbers that differ by it have one hash."""


@pytest.mark.parametrize(
    "line",
    [
        '{"s":[%s]}',
        '{"z":[%s]}',
        '{"k":[%s]}',
    ],
)
def test_sets_of_items_with_one_hash_are_refused(line: str) -> None:
    number = SAME_HASH
    fits = line % ",".join(str(1 + PRIME * each) for each in range(number))
    assert len(read_returned(fits).value) == number
    with pytest.raises(MalformedError, match="one hash"):
        read_returned(line % ",".join(str(1 + PRIME * each) for each in range(number + 1)))


def test_dicts_of_keys_with_one_hash_are_refused() -> None:
    for tag in ("d", "e"):
        pairs = ",".join(f"[{1 + PRIME * each},0]" for each in range(SAME_HASH + 1))
        with pytest.raises(MalformedError, match="one hash"):
            read_returned(f'{{"{tag}":[{pairs}]}}')


class Counted:
    """Equals nothing, has one hash, and counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return False

    def __hash__(self) -> int:
        return 7


def test_a_set_takes_comparisons_in_proportion_to_its_items() -> None:
    for items in (100, 1000, 10_000):
        Counted.compared = 0
        with pytest.raises(MalformedError):
            bounded_set(Counted() for _ in range(items))
        assert Counted.compared <= SAME_HASH * (SAME_HASH + 1)
    assert bounded_set([1, 1.0, True, *[2] * 10_000]) == {1, 2}
    assert bounded_set(zip((-1, -2) * 4, (-1, -1, -2, -2) * 2, strict=True)) == {
        (-1, -1), (-2, -1), (-1, -2), (-2, -2),
    }  # fmt: skip


def test_short_lines_stand_for_long_values_only_where_these_cost_nothing() -> None:
    assert read_returned('{"r":[0,1000000000000,1]}').value == range(10**12)
    huge = read_returned('{"D":"1E+999999999"}')
    assert huge.kind == "decimal.Decimal"
    assert huge.value != 10**9
    assert huge.value != fractions.Fraction(1, 3)


def test_an_input_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        spell_inputs([[object()]])

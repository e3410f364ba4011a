"""How results are compared: EvalPlus's rules, quirks included, on values as the runner writes them."""

from __future__ import annotations

import tracemalloc

import msgspec
import pytest

from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.benchmarks.evalplus import oracles
from codeeval.benchmarks.evalplus.oracles import Comparison, compare, oracle_of
from codeeval.types import CallsStep, Limits, Match


def step(
    expected: list[str], *, oracle: str = "", atol: float = 0.0, inputs: list[list[object]] | None = None
) -> CallsStep:
    comparison = Comparison(
        oracle=oracle, atol=atol, calls=len(expected), arguments=spell_inputs(inputs) if inputs else ""
    )
    return CallsStep(
        name="run",
        program="solution.py",
        inputs="base.json",
        entry_point="f",
        limits=Limits(cpu_s=1, wall_s=1),
        expected="".join(f"{line}\n" for line in expected),
        comparison=msgspec.json.encode(comparison).decode(),
    )


def matches(wanted: CallsStep, *got: str) -> Match:
    return compare(wanted, "".join(f"{line}\n" for line in got))


def right(wanted: CallsStep, *got: str) -> bool:
    return matches(wanted, *got).matched


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        ("1", "1.0", True),
        ("1", "true", True),
        ("1", "2", False),
        ("[1,2]", "[1,2]", True),
        ("[1,2]", '{"t":[1,2]}', False),
        ('{"d":[["a",1],["b",2]]}', '{"d":[["b",2],["a",1]]}', True),
        ('{"d":[["a",1]]}', '{"~":["collections.Counter",{"d":[["a",1]]}]}', True),
        ('{"s":[1,2]}', '{"k":[2,1]}', True),
        ('"a"', '{"~":["numpy.str_","a"]}', True),
        ("null", '{"?":"program.Same"}', False),
        ('{"f":"inf"}', '{"f":"inf"}', True),
        ('{"f":"nan"}', '{"f":"nan"}', False),
        ('"nan"', '"nan"', True),
        ("1", "not a value", False),
        ('"x"', '{"g":["builtins.generator",["x"]]}', False),
        ('{"#":["list","ab"]}', '{"#":["list","ab"]}', True),
        ('{"#":["list","ab"]}', '{"#":["list","cd"]}', False),
        ('{"#":["list","ab"]}', "[1]", False),
    ],
)
def test_without_tolerance(expected: str, got: str, equal: bool) -> None:
    assert right(step([expected]), got) is equal


@pytest.mark.parametrize(
    ("expected", "got", "atol", "close"),
    [
        ("1.0", "1.0000009", 0.0, True),
        ("1.0", "1.1", 0.0, False),
        ("1.0", "1.0001", 1e-3, True),
        ("[1.0,2.0]", "[1.0,2.0000001]", 0.0, True),
        ("[1.0,2.0]", '{"t":[1.0,2.0000001]}', 0.0, False),
        ("[1.0,2.0]", "[1.0,2.0,3.0]", 0.0, False),
        ("[1.0,2.0]", "[[1.0,2.0],[1.0,2.0]]", 0.0, True),
        ("[1,2.0]", "[1,2.0000001]", 0.0, False),
        ("[]", "[1e-9]", 0.0, False),
        ("1.0", '{"~":["numpy.float64",1.0000001]}', 0.0, False),
        ("1.0", '{"~":["numpy.float64",1.0]}', 0.0, True),
        ("1.0", "null", 0.0, False),
        ("1.0", '"1.0"', 1e-3, False),
        ('"a"', '"b"', 1e-3, False),
        ('{"d":[]}', '{"s":[]}', 1e-3, False),
        ("null", '{"?":"x"}', 1e-3, False),
        ("1.0", '{"f":"nan"}', 0.0, False),
        ('{"f":"nan"}', '{"f":"nan"}', 1e-3, False),
    ],
)
def test_tolerance(expected: str, got: str, atol: float, close: bool) -> None:
    assert right(step([expected], atol=atol), got) is close


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("[1.0]", '[{"r":[0,100000000,1]}]'),
        ("[1.0]", '[{"r":[0,1000000000000,1]}]'),
        ("[1.0]", '[{"r":[0,1' + "0" * 400 + ",1]}]"),
        ("[1.0,2.0]", '["' + "x" * 30_000 + '",' + "1.0]"),
        ("[1.0,2.0]", "[1.0," + "[" * 40 + "1.0" + "]" * 40 + "]"),
        ("1.0", '{"D":"1E+999999999"}'),
        ("[1.0]", '[{"D":"1E+999999999"}]'),
        ("[1.0]", '[{"i":"0x' + "f" * 1000 + '"}]'),
        ("[" + "1.0," * 1500 + "1.0]", "[" + "[[1.5],[1.5]]," * 1500 + "[[1.5],[1.5]]]"),
        ('{"r":[0,1000000000000,1]}', "[0]"),
        ('{"r":[0,1000000000000,1]}', '{"r":[0,1000000000001,1]}'),
    ],
)
def test_no_comparison_takes_more_than_what_was_sent(expected: str, got: str) -> None:
    tracemalloc.start()
    try:
        assert not right(step([expected], atol=1e-6), got)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_arrays_are_compared_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracles, "COMPARED_ITEMS", 12)
    assert right(step(["[1.0,2.0]"]), "[[1.0,2.0],[1.0,2.0]]")
    assert not right(step(["[1.0,2.0]"]), "[" + "[[1.0],[1.0]]," * 1 + "[[1.0],[1.0]]]")
    assert not right(step(["[1.0,2.0]"]), "[[1.0,2.0,1.0,2.0],[1.0,2.0,1.0,2.0]]")


def test_items_with_one_hash_are_no_set() -> None:
    alike = ",".join(str(1 + each * ((1 << 61) - 1)) for each in range(3000))
    assert not right(step(["[1,2]"], oracle="Diff"), f"[{alike}]")


def test_millions_of_lines_are_counted_before_they_are_split() -> None:
    class Report(str):
        __slots__ = ()

        def split(self, *_: object) -> list[str]:  # type: ignore[override]
            raise AssertionError("split")

    found = compare(step(["1"]), Report("1\n" * 1000))
    assert not found.matched
    assert "no call" in found.difference


def test_the_tolerance_of_floats_stays_for_later_calls() -> None:
    # rtol 1e-7 of 10**9 is 100
    assert not right(step(["1000000000", "0.5"]), "1000000001", "0.5")
    assert right(step(["0.5", "1000000000"]), "0.5", "1000000001")
    assert not right(step(["[]", "1000000000"]), "[]", "1000000001")


@pytest.mark.parametrize(
    ("oracle", "expected", "got", "passes"),
    [
        ("are_equivalent", "true", '{"?":"x"}', True),
        ("sum_div", "7", "0", True),
        ("sum_div", "7", "7", True),
        ("sum_div", "7", "1", False),
        ("sum_div", "7", '{"?":"x"}', False),
        ("Diff", "[1,2]", "[2,1,1]", True),
        ("Diff", "[1,2]", '{"g":["builtins.map",[2,1]]}', True),
        ("Diff", "[1,2]", "[1]", False),
        ("Diff", "[1,2]", "[[1],[2]]", False),
        ("Diff", "[1,2]", "3", False),
        ("Diff", "[1,2]", '{"r":[0,1000000000000,1]}', False),
        ("Diff", '{"#":["list","ab"]}', '{"#":["list","ab"]}', True),
        ("Diff", '{"f":"nan"}', '{"f":"nan"}', False),
        ("check_str", '{"?":"re.Match"}', '{"?":"re.Match"}', True),
        ("check_str", '{"?":"re.Match"}', "true", True),
        ("check_str", '{"?":"re.Match"}', "false", False),
        ("check_str", '{"?":"re.Match"}', "null", False),
        ("check_str", "null", "null", True),
        ("check_str", "null", "false", True),
        ("check_str", "null", "0", False),
    ],
)
def test_oracles(oracle: str, expected: str, got: str, passes: bool) -> None:
    assert right(step([expected], oracle=oracle), got) is passes


@pytest.mark.parametrize(
    ("oracle", "arguments", "expected", "got", "passes"),
    [
        ("find_zero", [[-4, 0, 1]], "2.0", "2.0", True),
        ("find_zero", [[-4, 0, 1]], "2.0", "-2.0", True),
        ("find_zero", [[-4, 0, 1]], "2.0", "-2.1", False),
        ("find_zero", [[-4, 0, 1]], "2.0", "1e300", False),
        ("find_zero", [[-4, 0, 1]], "2.0", "null", False),
        ("find_zero", [[-4, 0, 1]], "2.0", '{"f":"nan"}', False),
        ("find_zero", [[-4, 0, 1]], "2.1", "2.1", True),
        ("find_zero", [[-4, 0, 1]], "2.1", "2.2", False),
        ("find_zero", [[1, 1e16, 1, -1e16]], "7.0", "1.0", True),
        ("digit_distance_nums", [1, 23], "4", "4", True),
        ("digit_distance_nums", [23, 1], "1", "4", True),
        ("digit_distance_nums", [23, 1], "1", "5", False),
        ("surface_Area", [3, 4], "33", "33", True),
        ("surface_Area", [3, 4], "33", "35", True),
        ("surface_Area", [3, 4], "33", "34", False),
    ],
)
def test_oracles_that_look_at_the_arguments(
    oracle: str, arguments: list[object], expected: str, got: str, passes: bool
) -> None:
    wanted = step([expected], oracle=oracle, atol=1e-4, inputs=[arguments])
    assert right(wanted, got) is passes


def test_the_first_difference_is_reported() -> None:
    wanted = step(["1", "2", '"' + "x" * 500 + '"'])
    assert matches(wanted, "1", "3") == Match(matched=False, difference="call 2 returned 3, not 2")
    long = matches(wanted, "1", "2", "4").difference
    assert long.startswith('call 3 returned 4, not "xxx')
    assert len(long) < 200


def test_what_is_missing_or_too_much() -> None:
    wanted = step(["1", "2"])
    assert matches(wanted, "1") == Match(matched=False)
    assert not matches(wanted, "1", "2", "3").matched
    assert "no call has returned" in matches(wanted, "1", "2", "3").difference
    assert "far longer" in matches(wanted, "1", '"' + "y" * 200_000 + '"').difference
    assert compare(wanted, "1\n2").difference == ""
    assert not compare(wanted, "1\n2").matched


def test_no_calls_are_all_right() -> None:
    assert compare(step([]), "").matched


def test_a_reference_that_was_not_run_decides_nothing() -> None:
    wanted = msgspec.structs.replace(step(["1"]), expected="")
    with pytest.raises(ValueError, match="not run"):
        compare(wanted, "")


def test_tasks_with_an_oracle() -> None:
    assert oracle_of("find_zero", "humaneval-plus") == "find_zero"
    assert oracle_of("find_zero", "mbpp-plus") == ""
    assert oracle_of("Diff", "mbpp-plus") == "Diff"
    assert oracle_of("Diff", "humaneval-plus") == ""
    assert oracle_of("check_str", "mbpp-plus") == "check_str"

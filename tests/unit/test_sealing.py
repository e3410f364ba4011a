"""Which tests can be run beside the candidate's process, which the host decides itself, and how."""

from __future__ import annotations

import json

import pytest

from codeeval.benchmarks.common import sealed_calls, sealing
from codeeval.types import CallsStep, Limits

CHECK = "METADATA = {}\n\n\ndef check(candidate):\n    assert True\n    assert candidate(1) == 2\n"


@pytest.mark.parametrize(
    ("tests", "checks"),
    [
        ("assert f([1, 2], 'x') == (1, -2.5)", [("==", ())]),
        ("assert (1, 2) == f(1)", [("==", ())]),
        ("assert f({'a': {1}}) != None", [("!=", ())]),
        ("assert f() is None\nassert f(1) is True", [("is", ()), ("is", ())]),
        ("assert f(1)\nassert not f(2)", [("true", ()), ("false", ())]),
        ("assert abs(f(1) - 2.5) < 1e-6", [("within", (1e-6,))]),
        ("import math\nassert math.isclose(f(1), 2, abs_tol=0.1)", [("close to", (1e-9, 0.1))]),
        (f"{CHECK}check(f)", [("==", ())]),
        (f"{CHECK}check(f)\nassert f(3) == 4", [("==", ()), ("==", ())]),
    ],
)
def test_tests_that_are_calls(tests: str, checks: list[tuple[str, tuple[float, ...]]]) -> None:
    calls = sealed_calls.read(tests, "f")
    assert calls
    assert list(calls.checks) == checks


@pytest.mark.parametrize(
    "tests",
    [
        "assert True",
        "",
        CHECK,  # never called
        f"{CHECK}check(g)",
        "assert f(1) == f(2)",
        "assert f(1) == [x for x in (1, 2)]",
        "assert sorted(f(1)) == [1]",
        "assert f(x=1) == 1",
        "assert f(*[1]) == 1",
        "assert f(lambda x: x) == 1",
        "assert f(1) == 1 and f(2) == 2",
        "assert f(1) < 2",
        "assert f(1) is 256",
        "x = 1\nassert f(x) == 1",
        "for x in (1, 2):\n    assert f(x) == 1",
        "assert f(1) == ...",
        f"assert f(1) == {'x' * 3000!r}",
        "assert f(1) == " + "[" * 300 + "]" * 300,
        "assert f(1) ==",
        "assert math.isclose(f(1), 2)",
        "assert g(1) == 1",
        "print(f(1))\nassert f(1) == 1",
    ],
)
def test_tests_that_are_more(tests: str) -> None:
    assert sealed_calls.read(tests, "f") is None


def step(tests: str) -> CallsStep:
    calls = sealed_calls.read(tests, "f")
    assert calls
    return CallsStep(
        name="run",
        limits=Limits(cpu_s=1, wall_s=1),
        program="solution.py",
        inputs="inputs.json",
        entry_point="f",
        expected=calls.expected,
        comparison=sealed_calls.comparison(calls),
    )


@pytest.mark.parametrize(
    ("tests", "values", "matched"),
    [
        ("assert f(1) == [1, 2]", "[1,2]\n", True),
        ("assert f(1) == [1, 2]", "[1.0,true]\n", False),
        ("assert f(1) == [1, 1]", "[1.0,true]\n", True),
        ("assert f(1) == [1, 2]", '{"t":[1,2]}\n', False),
        ("assert f(1) == {1, 2}", '{"s":[2,1]}\n', True),
        ("assert f(1) == {'a': (1,)}", '{"d":[["a",{"t":[1]}]]}\n', True),
        ("assert f(1) == 0", '{"?":"candidate.Same"}\n', False),
        ("assert f(1) == 0", '{"~":["candidate.Same",0]}\n', True),
        ("assert f(1) != 0", "0\n", False),
        ("assert f(1) != 0", "1\n", True),
        ("assert f(1) is True", "1\n", False),
        ("assert f(1) is True", "true\n", True),
        ("assert f(1)", "[]\n", False),
        ("assert f(1)", "[0]\n", True),
        ("assert not f(1)", "null\n", True),
        ("assert abs(f(1) - 2.5) < 1e-6", "2.5000001\n", True),
        ("assert abs(f(1) - 2.5) < 1e-6", "2.50001\n", False),
        ("assert abs(f(1) - 2.5) < 1e-6", '"2.5"\n', False),
        ("import math\nassert math.isclose(f(1), 2.0)", "2.0000000001\n", True),
        ("import math\nassert math.isclose(f(1), 2.0)", '{"f":"nan"}\n', False),
        ("assert f(1) == 1\nassert f(2) == 2", "1\n", False),
        ("assert f(1) == 1\nassert f(2) == 2", "1\n2\n", True),
        ("assert f(1) == 1\nassert f(2) == 2", "1\n2\n3\n", False),
        ("assert f(1) == 1", "", False),
        ("assert f(1) == 1", "1", False),
        ("assert f(1) == 1", "junk\n", False),
        ("assert f(1) == 1", '{"t":3}\n', False),
    ],
)
def test_results_are_compared_as_python_does(tests: str, values: str, matched: bool) -> None:
    assert sealed_calls.compare(step(tests), values).matched is matched


def test_a_difference_is_shown() -> None:
    match = sealed_calls.compare(step("assert f(1) == 1\nassert f(2) == 'two'"), '1\n"zwei"\n')
    assert match.difference == "call 2 returned \"zwei\", not 'two'"
    match = sealed_calls.compare(step("assert abs(f(1) - 2.5) < 1e-6"), "3\n")
    assert match.difference == "call 1 returned 3, not 2.5 within 1e-06"


def test_expected_values_are_in_no_input() -> None:
    calls = sealed_calls.read("assert f([1, 'given']) == 'secret'", "f")
    assert calls
    assert json.loads(calls.inputs) == [[[1, "given"]]]
    assert "secret" not in calls.inputs


@pytest.mark.parametrize(
    ("tests", "context", "reason"),
    [
        ("import random\nx = random.random()\nassert f(x) == x + 1", "", ""),
        ("assert helper(f(1)) == 1", "def helper(x): return x\n", ""),
        ("assert helper(f(1)) == 1", "", "the tests use helper, which only the solution defines"),
        ("assert math.isclose(f(1), 1)", "", "the tests use math, which only the solution defines"),
        ("assert f.__name__ == 'f'", "", "the tests look at the function itself"),
        (
            "assert f(lambda x: x) == 1",
            "",
            "the tests pass a function, a class or an object of a class of their own",
        ),
        (
            "class A: pass\nassert f([A()]) == 1",
            "",
            "the tests pass a function, a class or an object of a class of their own",
        ),
        (
            "assert f([1], int) == 1",
            "",
            "the tests pass a function, a class or an object of a class of their own",
        ),
        ("assert f(set([1])) == 1", "", ""),
        ("try:\n    f(1)\nexcept ValueError as error:\n    assert 'x' in str(error)", "", ""),
        ("assert [f(x) for x in range(3)] == [1, 2, 3]", "", ""),
        ("assert f(", "", "the tests do not parse"),
    ],
)
def test_what_cannot_be_sealed_is_named(tests: str, context: str, reason: str) -> None:
    assert sealing.reason(tests, "f", context) == reason

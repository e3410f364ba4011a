"""Drivers: a candidate's program has the calls and no expected value, the other one the values alone."""

from __future__ import annotations

import re

import pytest

from codeeval.translators import driver
from codeeval.translators.problem import Case, Parameter, PythonProblem, Translation
from codeeval.translators.target_languages import TARGETS, target
from codeeval.translators.types import ListOf, Scalar

WORDS = PythonProblem(
    name="Some_0_words_of",
    entry_point="words_of",
    parameters=(Parameter("text", Scalar.STR), Parameter("count", Scalar.INT)),
    returns=Scalar.STR,
    description=("The words of a text.",),
    cases=(
        Case(("a == b, (c", 2), "secret == one, )("),
        Case(('say "hi"', 1), "secret two"),
        Case(("", 0), "secret"),
    ),
)
SUFFIXES = [suffix for suffix in TARGETS if driver.driver(TARGETS[suffix].partition(":")[0])]
LISTS = sorted({*SUFFIXES} - {"c", "cs"})
"""C and C# compare lists by functions of the tests, which a candidate could replace: they are left."""


def taken(suffix: str, problem: PythonProblem) -> tuple[Translation, driver.Calls | str]:
    made = target(suffix)
    row = made.translate(problem)
    return row, driver.read(row.tests, made.function(problem), made.language, "multipl-e")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_candidates_program_has_no_expected_value(suffix: str) -> None:
    row, calls = taken(suffix, WORDS)
    assert isinstance(calls, driver.Calls), calls
    assert len(calls.calls) == row.tests.count("secret") == 3
    assert "secret" not in calls.actual()
    assert "say" in calls.actual()
    assert calls.wanted().count("secret") == 3
    assert driver.MARK in calls.actual() + str(calls.support())
    assert not re.search(r"<<\w+>>", calls.actual() + calls.wanted() + str(calls.support()))


@pytest.mark.parametrize("suffix", LISTS)
def test_lists_are_taken_apart_whole(suffix: str) -> None:
    numbers = [7101, 7102, 7103]
    problem = PythonProblem(
        name="Some_1_shifted",
        entry_point="shifted",
        parameters=(Parameter("numbers", ListOf(Scalar.INT)),),
        returns=ListOf(Scalar.INT),
        description=("Shift.",),
        cases=(Case(([1, 2, 3],), numbers), Case(([4, 5],), [7101])),
    )
    _, calls = taken(suffix, problem)
    assert isinstance(calls, driver.Calls), calls
    assert len(calls.calls) == 2
    assert not any(str(number) in calls.actual() for number in numbers)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_tests_are_named(suffix: str) -> None:
    row, _ = taken(suffix, WORDS)
    made = target(suffix)
    odd = row.tests.replace("secret two", "secret two", 1).replace("secret", "s", 1)
    half = row.tests[: row.tests.index("secret two")] + "\n"
    assert isinstance(driver.read(odd, made.function(WORDS), made.language, "multipl-e"), driver.Calls)
    assert "test" in str(driver.read(half, made.function(WORDS), made.language, "multipl-e"))
    assert "test" in str(driver.read("", made.function(WORDS), made.language, "multipl-e"))


@pytest.mark.parametrize(
    "tests",
    [
        # what stands around the call is the candidate's to define
        "}\nint main() {\n    auto candidate = f;\n    assert(sorted(candidate(1)) == (2));\n}\n",
        # the expected value is computed by the candidate
        "}\nint main() {\n    auto candidate = f;\n    assert(candidate(1) == candidate(2));\n}\n",
        # a statement among the tests
        "}\nint main() {\n    auto candidate = f;\n    assert(candidate(1) == (2));\n    f(1);\n}\n",
    ],
)
def test_what_is_no_comparison_with_a_value_is_left(tests: str) -> None:
    assert "test" in str(driver.read(tests, "f", "cpp", "multipl-e"))


def test_a_language_without_driver_is_named() -> None:
    assert driver.read("assert f(1) == 2", "f", "kotlin", "multipl-e") == "no driver for its language"


def test_assertions_in_blocks_keep_what_they_look_at() -> None:
    tests = """}

int main() {
    long *(*candidate)(const long *numbers, size_t size, size_t *count) = f;
    {
        long numbers[] = {3, 4};
        size_t count = 99;
        long *result = candidate(numbers, 2, &count);
        assert(count == 1);
        assert(result[0] == 4711 && !result[1]);
    }
}
"""
    calls = driver.read(tests, "f", "c", "multipl-e")
    assert isinstance(calls, driver.Calls), calls
    assert [(each.call, each.expected) for each in calls.calls] == [
        ("count", "1"),
        ("result[0]", "4711"),
        ("result[1]", "0"),
    ]
    assert "long *result = candidate(numbers, 2, &count);" in calls.actual()
    assert "4711" not in calls.actual()
    assert "result" not in calls.wanted()

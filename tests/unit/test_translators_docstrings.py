"""Examples in docstrings: which become doctests."""

from __future__ import annotations

import pytest

from codeeval.translators.docstrings import read
from codeeval.translators.problem import Example
from codeeval.translators.types import ListOf, Scalar

INTS = ListOf(Scalar.INT)


def doctests(text: str, *names: str, returns: Scalar | ListOf = Scalar.INT) -> list[Example]:
    return [each for each in read(text, "f", names or ("x",), returns) if isinstance(each, Example)]


@pytest.mark.parametrize(
    "line",
    [
        ">>> f(2)\n    4",
        ">>> f(2) == 4",
        ">>> f(2) 4",
        "f(2) == 4",
        "f(2) ➞ 4",
        "f(2) -> 4",
        "f(2) => 4",
        "f(2) ==> 4",
        "f(2) = 4",
        "f(2) # => 4",
        "f(2) returns 4",
        "f(2) should return 4.",
        "- f(2) is 4",
        "for f(2) == 4",
        "assert f(2) == 4",
        "For example: f(2) == 4",
        "f(2) -> 2 + 1 + 1 = 4",
        "f(2) == 4 (twice as much)",
        "f(2) == 4  # twice as much",
        "For x = 2 the output should be 4",
        "For x = 2, the result should be 4",
        "Input: 2\n    Output: 4",
        "Input: x = 2\n    Output: 4",
    ],
)
def test_an_example_in_another_form_becomes_a_doctest(line: str) -> None:
    [example] = doctests(f"Doubles.\n    {line}\n    ")
    assert (example.name, example.arguments, example.expected) == ("f", (2,), 4)
    assert example.indent == "    "


def test_prose_around_doctests_keeps_its_white_space() -> None:
    pieces = read("Doubles.\n\n  f(2) == 4\n  So there.\n", "f", ("x",), Scalar.INT)
    assert pieces == ("Doubles.\n\n  ", Example("f", (2,), 4, indent="  "), "  So there.\n")


@pytest.mark.parametrize(
    "line",
    [
        "f(2) == g(3)",
        "f(x) == x",
        "f(2, 3) == 4",
        "f(2) == 'four'",
        "The value f(2) = 4 is even.",
        "g(2) == 4 while f(2) is not",
        "Input: y = 2\n    Output: 4",
        "f(2) == ",
    ],
)
def test_other_text_stays_prose(line: str) -> None:
    text = f"Doubles.\n    {line}\n    "
    assert read(text, "f", ("x",), Scalar.INT) == (text,)


def test_other_examples_stay_prose_where_there_are_doctests() -> None:
    text = "f(1) == 2\n>>> f(2)\n4\n"
    assert read(text, "f", ("x",), Scalar.INT) == ("f(1) == 2\n", Example("f", (2,), 4))


def test_names_are_put_in_the_order_of_the_parameters() -> None:
    [example] = doctests("For b = [1], a = 2 the output should be 4", "a", "b")
    assert example.arguments == (2, [1])


def test_a_call_over_several_lines_is_joined() -> None:
    [example] = doctests("f([\n  1,\n  2\n]) == [3]\n", returns=INTS)
    assert (example.arguments, example.expected) == (([1, 2],), [3])


def test_constants_of_other_languages() -> None:
    [example] = doctests("f(2) => true", returns=Scalar.BOOL)
    assert example.expected is True


def test_a_misspelled_name_is_accepted_where_nothing_else_calls_the_function() -> None:
    assert [each.name for each in doctests("g(2) == 4")] == ["g"]
    assert doctests("g(2) == 4 but f(2) == 5") == []

"""What is read for surrogate execution: literals, calls off tests, programs without docstrings, answers."""

from __future__ import annotations

import ast

import pytest

from codeeval.benchmarks.common import literals, predictions
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.surrogate import calls
from codeeval.benchmarks.surrogate.source import without_docstrings
from codeeval.types import Completion, CompletionKind


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 1.5, -0.0, 1e300, "", "a'b\n\ud800", b"\x00", [], [1, [2.0, "x"]], (), (1,),
        (1, 2), set(), {3, 1, 2}, {}, {"a": [1], (1, 2): {4}}, 10**100,
    ],
)  # fmt: skip
def test_written_literals_read_back_equal(value: object) -> None:
    text = literals.to_literal(value)
    read = literals.read(text)
    assert read == value
    assert type(read) is type(value)
    assert ast.literal_eval(text) == value


def test_sets_are_written_in_one_way() -> None:
    assert literals.to_literal({"b", "a", "c"}) == "{'a', 'b', 'c'}"


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], ..., object(), frozenset({1}), range(3)])
def test_values_without_a_literal(value: object) -> None:
    with pytest.raises(NoLiteralError):
        literals.to_literal(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "f(1)", "1 + 1", "x", "...", "[1, f()]", "__import__('os')", "1; 2", "x = 1", "f'{1}'", "{[]: 1}",
        "(" * 10_000, "-" * 50_000 + "1", "[" * 150 + "1" + "]" * 149, "1" * 70_000, "\0", "'unclosed",
        "float('nan')", "lambda: 1",
    ],
)  # fmt: skip
def test_texts_that_are_not_literals(text: str) -> None:
    with pytest.raises(NoLiteralError):
        literals.read(text)


def test_a_number_too_long_to_print_is_no_literal() -> None:
    with pytest.raises(NoLiteralError):
        literals.to_literal([10**5000])


def test_equality_is_pythons() -> None:
    assert literals.same(1, True)
    assert literals.same(1, 1.0)
    assert not literals.same(1, "1")
    assert not literals.same((1,), [1])
    assert literals.same({1, 2}, {2, 1})
    deep: list[object] = []
    other: list[object] = []
    for _ in range(100_000):
        deep, other = [deep], [other]
    assert not literals.same(deep, other)  # undecidable


def found(tests: str) -> list[tuple[str, str]]:
    return [(call.arguments, call.stated) for call in calls.in_tests(tests, "f").calls]


def test_calls_of_asserts() -> None:
    tests = (
        "assert f(1, [2]) == 3\nassert 'x' == f('a'), 'why'\nassert f(2) > 1\nassert abs(f(0.5) - 1) < 1e-6"
    )
    assert found(tests) == [("1, [2]", "3"), ("'a'", "'x'"), ("2", ""), ("0.5", "")]


def test_calls_through_a_check() -> None:
    tests = "def check(candidate):\n    assert candidate(1) == 2\n    assert other(9) == 2\ncheck(f)"
    assert found(tests) == [("1", "2")]


def test_a_parameter_of_an_unused_function_is_not_the_function() -> None:
    assert found("def check(candidate):\n    assert candidate(1) == 2\ncheck(g)") == []


def test_exclusions_are_counted() -> None:
    asserts = ["f(x) == 1", "f(2 * 3) == 1", "f(a=1) == 1", f"f('{'x' * 3000}') == 1", "f(1) == g(2)"]
    tests = "\n".join(f"assert {each}" for each in asserts)
    result = calls.in_tests(tests, "f")
    assert [(call.arguments, call.stated) for call in result.calls] == [("1", "")]
    assert result.left_out == {calls.NO_LITERALS: 2, "it has keyword arguments": 1, calls.TOO_LONG: 1}


def test_repeated_calls_count_once() -> None:
    assert found("assert f(1) == 2\nassert f( 1 ) == 2\nassert f(True) == 2") == [("1", "2"), ("True", "2")]


def test_calls_of_inputs() -> None:
    result = calls.in_inputs('[[1,{"t":["a",2.5]}],[{"f":"nan"},1]]')
    assert [call.arguments for call in result.calls] == ["1, ('a', 2.5)"]
    assert result.calls[0].inputs == '[[1,{"t":["a",2.5]}]]'
    assert result.left_out == {calls.NO_LITERALS: 1}


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('def f(x):\n    """f(1) == 2"""\n    return x\n', "def f(x):\n    return x"),
        ('"""module"""\nimport re\n\ndef f():\n    r"""a\n    b"""\n', "import re\n\ndef f():\n    pass"),
        ('def f(x): "é"; return x', "def f(x): return x"),
        (
            "class A:\n    '''a'''\n    def g(self):\n        'b'\n        # kept\n        return 'c'",
            "class A:\n    def g(self):\n        # kept\n        return 'c'",
        ),
        ("def f(:\n", "def f(:"),
    ],
)  # fmt: skip
def test_docstrings_are_not_shown(code: str, shown: str) -> None:
    assert without_docstrings(code) == shown


def output(text: str, kind: CompletionKind = CompletionKind.ANSWER) -> tuple[str, str]:
    extraction = predictions.output(Completion(task_id="t", sample=0, text=text, kind=kind))
    return extraction.rule, extraction.code


@pytest.mark.parametrize(
    ("text", "rule", "code"),
    [
        ("[ANSWER]\nassert f(1) == [1, 2]\n[/ANSWER]", "assert", "[1, 2]"),
        ("[ANSWER]assert f(1) == 'a == b'[/ANSWER] [ANSWER]assert f(1) == 2[/ANSWER]", "assert", "'a == b'"),
        ("[THOUGHT] [ANSWER] no [/THOUGHT]\n[ANSWER]assert f(1) == 2[/ANSWER]", "assert", "2"),
        ("[ANSWER]\n```python\nassert f(1) == 2\n```\n[/ANSWER]", "assert", "2"),
        ("[ANSWER]\nassert 2 == f(1)\n[/ANSWER]", "assert", "2"),
        ("[ANSWER]f(1) == 2[/ANSWER]", "equation", "2"),
        ("[ANSWER]17[/ANSWER]", "bare", "17"),
        ("[ANSWER]\n17", "bare", "17"),
        ("[ANSWER]\nassert f(1) == 2\n\nThis is because it's so.", "assert-line", "2"),
        ("[ANSWER]assert f(1) == it's[/ANSWER]", "after-equals", "it's"),
        ("[ANSWER]no idea, sorry[/ANSWER]", "none", ""),
        ("<think>\n[ANSWER]assert f(1) == 3</think>[ANSWER]assert f(1) == 2[/ANSWER]", "assert", "2"),
        ("It returns two:\n\n```python\nassert f(1) == 2\n```", "assert", "2"),
        ("The value is computed.\n```\n[1]\n```", "bare", "[1]"),
        ("[1]", "bare", "[1]"),
        ("", "none", ""),
        ("[ANSWER]" + "[" * 100_000, "none", ""),
        ("[ANSWER]" + "a." * 30_000 + "b", "none", ""),
        ("[ANSWER]assert f(1) == g(1)[/ANSWER]", "assert", "g(1)"),
    ],
)  # fmt: skip
def test_predicted_values(text: str, rule: str, code: str) -> None:
    assert output(text) == (rule, code)


def test_a_base_model_continues_inside_the_answer() -> None:
    assert output("assert f(1) == 2\n", CompletionKind.CONTINUATION) == ("assert", "2")
    assert (
        output("assert f(1) == 2\n[/ANSWER]\n[PYTHON]\nassert g(1) == 3", CompletionKind.CONTINUATION)[1]
        == "2"
    )
    assert output("so\n[/THOUGHT]\n[ANSWER]\nassert f(1) == 3", CompletionKind.CONTINUATION) == (
        "assert",
        "3",
    )


def test_a_file_holds_the_value_itself() -> None:
    assert output(" {'a': 1} \n", CompletionKind.SOLUTION) == ("as-is", "{'a': 1}")


def call(text: str, kind: CompletionKind = CompletionKind.ANSWER) -> tuple[str, str]:
    extraction = predictions.call(Completion(task_id="t", sample=0, text=text, kind=kind), "f")
    return extraction.rule, extraction.code


@pytest.mark.parametrize(
    ("text", "rule", "code"),
    [
        ("[ANSWER]\nassert f([1], x='a') == 2\n[/ANSWER]", "assert", "f([1], x='a')"),
        ("[ANSWER]assert 2 == f(1)[/ANSWER]", "assert", "f(1)"),
        ("[ANSWER]f(-1)[/ANSWER]", "bare", "f(-1)"),
        ("[ANSWER]assert f(1) == <object>[/ANSWER]", "bare", "f(1)"),
        ("[ANSWER]assert f(g(1)) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert f(*[1]) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert f(**{}) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert g(1) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert f(??) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert f.g(1) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert f(1).real == 2[/ANSWER]", "none", ""),
        ("[ANSWER]assert True or f(1) == 2[/ANSWER]", "none", ""),
        ("[ANSWER]import os; os._exit(0)[/ANSWER]", "none", ""),
        ("[ANSWER]assert f(...) == 2[/ANSWER]", "none", ""),
        ("", "none", ""),
    ],
)
def test_predicted_calls(text: str, rule: str, code: str) -> None:
    assert call(text) == (rule, code)


def test_a_file_holds_the_call_itself() -> None:
    assert call("f(1, 2)", CompletionKind.SOLUTION) == ("as-is", "f(1, 2)")

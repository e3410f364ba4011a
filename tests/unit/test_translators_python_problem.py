"""Reading Python problems: what becomes of heads, docstrings, tests and types."""

from __future__ import annotations

import pytest

from codeeval.interfaces import ExcludedTest, PythonSource
from codeeval.translators.problem import Case, Example, Parameter, Untranslatable
from codeeval.translators.python_problem import Parsed, parse
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, UnionOf, named


def read(code: str, tests: str, *, entry_point: str = "f", description: str | None = None) -> Parsed:
    return parse(PythonSource("Some_0_f", entry_point, code, tests, description))


ANNOTATED = '''from typing import List

def f(xs: List[int], k: int = 1) -> bool:
    """ Tests whether.
    >>> f([1, 2], 2)
    True
    """
'''


def test_head_docstring_and_tests() -> None:
    problem, left = read(ANNOTATED, "def check(candidate):\n    assert candidate([], 3) == False, 'why'\n")
    assert problem.parameters == (Parameter("xs", ListOf(Scalar.INT)), Parameter("k", Scalar.INT))
    assert problem.returns is Scalar.BOOL
    assert problem.description == (
        " Tests whether.\n    ",
        Example("f", ([1, 2], 2), expected=True, indent="    "),
        "    ",
    )
    assert problem.cases == (Case(([], 3), expected=False),)
    assert left == ()


@pytest.mark.parametrize(
    ("test", "case"),
    [
        ("assert f(-1) == 2", Case((-1,), 2)),
        ("assert f(1) is True", Case((1,), expected=True)),
        ("assert f(1)", Case((1,), expected=True)),
        ("assert not f(1)", Case((1,), expected=False)),
        ("assert f(1) == 'a' * 3 + 'b'", Case((1,), "aaab")),
        ("assert tuple(f(1)) == tuple([1, 2])", Case((1,), [1, 2])),
        ("assert abs(f(1) - 0.5) < 1e-6", Case((1,), 0.5, 1e-6)),
        ("import math\nassert math.isclose(f(1), 200.0, rel_tol=0.001)", Case((1,), 200.0, 0.2)),
        ("for x in range(3, 4):\n    assert f(x) == str(x)", Case((3,), "3")),
    ],
)
def test_equalities(test: str, case: Case) -> None:
    assert read("def f(x):\n    return x", test, description="Do.").problem.cases == (case,)


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ("assert f(1) > 2", "not an equality: f(1) > 2"),
        ("assert f(1) == g(2)", "g(2) is no constant"),
        ("assert set(f(1)) == {1}", "not a call of the function alone: set(f(1))"),
        ("assert f(1, 2) == 3", "2 arguments for 1 parameters: f(1, 2)"),
        ("assert f(1) == 10 ** 10 ** 10", "too large an exponent"),
        ("assert f(1) == 'ab' * 10 ** 9", "too long"),
        ("assert f(1) == 1 / 0", "division by zero"),
        ("for x in g():\n    assert f(x) == x", "a loop over what is not constant"),
        ("assert f(x=1) == 1", "not a call of the function alone"),
        ("assert f(*[1]) == 1", "not a call of the function alone"),
        ("assert f(1j) == 1", "1j is no constant"),
    ],
)
def test_other_tests_are_excluded_with_a_reason(test: str, reason: str) -> None:
    problem, left = read("def f(x):\n    return x", f"assert f(0) == 0\n{test}", description="Do.")
    assert problem.cases == (Case((0,), 0),)
    assert [reason in each.reason for each in left] == [True]
    with pytest.raises(Untranslatable, match="no test is an equality"):
        read("def f(x):\n    return x", test, description="Do.")


@pytest.mark.parametrize(
    ("tests", "types"),
    [
        ("f(1) == 2; f(1.5) == 3", "float -> int"),
        ("f([]) == []; f([1]) == [2.5]", "List[int] -> List[float]"),
        ("f([]) == {}", "List[Any] -> Dict[Any, Any]"),
        ("f(None) == 1; f('a') == None", "Optional[str] -> Optional[int]"),
        ("f((1, 'a')) == (1, 2); f((2, 'b')) == (1.5, 2)", "Tuple[int, str] -> Tuple[float, int]"),
        ("f((1, 2)) == 1; f((1, 2, 3)) == 1", "List[int] -> int"),
        ("f((1, 2, 3, 4, 5, 6, 7)) == ((1, 2), (3, 4), (5, 6))", "List[int] -> List[Tuple[int, int]]"),
        ("f([1, 'a']) == 1; f([2, 'b']) == 'no'", "List[Union[int, str]] -> Union[int, str]"),
        ("f(1) == True; f('a') == True", "Any -> bool"),
        ("f({1: [2]}) == {'a'}", "Dict[int, List[int]] -> Set[str]"),
        ("f([1, 'a', 2.5, [], None]) == 1", "List[Any] -> int"),
    ],
)
def test_types_come_from_the_tests(tests: str, types: str) -> None:
    asserts = "\n".join(f"assert {each.strip()}" for each in tests.split(";"))
    problem = read("def f(x):\n    return x", asserts, description="Do.").problem
    assert " -> ".join(map(named, problem.types)) == types


def test_annotations_win_and_any_is_inferred_from_tests() -> None:
    problem, left = read(
        "def f(a: list, b: 'int | None', c: float) -> dict:\n    return a",
        "assert f([1], None, 2) == {'a': (1, 2)}\nassert f([2], 'x', 2) == {}",
        description="Do.",
    )
    assert problem.types == (
        ListOf(Scalar.INT),
        OptionalOf(Scalar.INT),
        Scalar.FLOAT,
        DictOf(Scalar.STR, TupleOf((Scalar.INT, Scalar.INT))),
    )
    assert left == (ExcludedTest("candidate([2], 'x', 2) == {}", "'x' where the type is Optional[int]"),)


def test_defaults_that_no_test_gives_are_no_parameters() -> None:
    problem = read("def f(a, b=1, c=2):\n    return a", "assert f(1, 2) == 3", description="Do.").problem
    assert [each.name for each in problem.parameters] == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "tests", "reason"),
    [
        ("def f(x:\n    pass", "assert f(1) == 1", "syntax error in the code, line 1"),
        ("def f(x):\n    return x", "assert f(1) ==", "syntax error in the tests, line 1"),
        ("def g(x):\n    return x", "assert f(1) == 1", "defines no function f"),
        ("def f(*x):\n    return x", "assert f(1) == 1", "not plain"),
        ("def f(x: complex):\n    return x", "assert f(1) == 1", "the annotation complex"),
        ("def f(x: List[int, int]):\n    return x", "assert f(1) == 1", "the annotation List"),
        ("def f(x):\n    return x", "", "no test is an equality"),
    ],
)
def test_untranslatable_problems_have_a_reason(code: str, tests: str, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        read(code, tests, description="Do.")


def test_union_of_result_types_stays_small() -> None:
    problem = read(
        "def f(x):\n    return x", "assert f(1) == 1\nassert f(2) == 'a'", description="Do."
    ).problem
    assert problem.returns == UnionOf((Scalar.INT, Scalar.STR))

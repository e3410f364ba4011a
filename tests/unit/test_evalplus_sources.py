"""EvalPlus's inputs as asserts: which are kept, within which tolerance, and which are excluded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.benchmarks.evalplus.sources import MOST_CHARS, python_source
from codeeval.benchmarks.evalplus.tasks import BASE, PLUS, Group, Inputs
from codeeval.translators.problem import Untranslatable
from codeeval.translators.python_problem import Parsed, parse
from codeeval.types import Problem

if TYPE_CHECKING:
    from codeeval.interfaces import Sourced

HEAD = 'def f(x):\n    """Do something."""\n'


def written(result: object) -> str:
    """A result as the runner writes it: long integers in hexadecimal digits."""
    if isinstance(result, int) and result.bit_length() > 10_000:
        return json.dumps({"i": hex(result)})
    return spell_inputs([[result]])[2:-2]


def group(name: str, calls: list[tuple[object, object]]) -> Group:
    """Inputs and the results that the runner would have written."""
    expected = "".join(f"{written(result)}\n" for _, result in calls)
    inputs = spell_inputs([[argument] for argument, _ in calls])
    return Group(name=name, inputs=inputs, calls=len(calls), expected=expected)


def sourced(
    base: list[tuple[object, object]],
    plus: list[tuple[object, object]] | Group,
    *,
    oracle: str = "",
    atol: float = 0.0,
    prompt: str = HEAD,
) -> Sourced:
    task = Problem(
        task_id="HumanEval/7",
        prompt=prompt,
        entry_point="f",
        reference="def f(x):\n    return x\n" if prompt is not HEAD else "    return x\n",
        tests=(),
        payload=Inputs(
            groups=(group(BASE, base), plus if isinstance(plus, Group) else group(PLUS, plus)), atol=atol
        ),
    )
    return python_source(task, oracle)


def read(found: Sourced) -> Parsed:
    return parse(found.source)


def counts_of(found: Sourced, fact: str) -> list[int]:
    """How many tests were excluded for each reason that names this fact."""
    return [left.count for left in found.excluded if fact in left.reason]


def test_base_and_extra_inputs_become_asserts() -> None:
    found = sourced([(1, 2)], [(-3, "\u20ac'\n"), (4, 8)])
    assert found.source.name == "HumanEval_7_f"
    assert found.source.tests == "assert candidate(1) == 2"
    assert found.source.more_tests.splitlines()[1] == "assert candidate(4) == 8"
    parsed = read(found)
    assert [case.expected for case in parsed.problem.cases] == [2, 8]
    assert ["\u20ac" in each.reason for each in parsed.excluded] == [True], "types follow from base inputs"


def test_floats_are_compared_within_the_tolerance_of_evalplus() -> None:
    found = sourced([(1, 0.5)], [(2, 4), (3, 1e9)])
    parsed = read(found)
    assert [case.tolerance for case in parsed.problem.cases] == pytest.approx(
        [1e-6 + 5e-8, 1e-6 + 4e-7, 100], abs=1e-5
    )
    wide = read(sourced([(1, 0.5)], [], atol=0.1))
    assert wide.problem.cases[0].tolerance == pytest.approx(0.1, rel=1e-4)
    whole = read(sourced([(1, 5)], []))
    assert whole.problem.cases[0].tolerance is None


def test_results_of_several_types_are_compared_as_they_are() -> None:
    found = sourced([(1, 0.5), (2, None)], [(3, 0.1), (4.25, 4.25), (5, 2)])
    assert found.source.tests == "assert candidate(1) == 0.5\nassert candidate(2) == None"
    assert found.source.more_tests == "assert candidate(4.25) == 4.25\nassert candidate(5) == 2"
    assert [left.count for left in found.excluded] == [1]


def test_floats_in_containers_stay_where_they_are_exact() -> None:
    found = sourced([([1.5], [1.5])], [([0.1], [0.1]), ([0.1], [0.2]), ([3.0], [0.75])])
    assert [case.expected for case in read(found).problem.cases] == [[1.5], [0.1], [0.75]]
    (left,) = found.excluded
    assert left.count == 1
    assert left.reason


def test_values_that_no_other_language_has_are_excluded() -> None:
    inf = float("inf")
    found = sourced([(1, 0)], [(inf, 0), (2, float("nan")), (3, b"x"), (4, 10**5000), (5, 2 + 1j)])
    facts = ("inf", "nan", "bytes", "complex", "2,000")
    assert [counts_of(found, fact) for fact in facts] == [[1]] * len(found.excluded)
    assert found.source.more_tests == ""


def test_tests_beyond_the_size_limit_are_excluded_and_counted() -> None:
    plus: list[tuple[object, object]] = [("x" * 100 + str(number), number) for number in range(1000)]
    found = sourced([("", 0)], [("y" * 3000, 1), *plus])
    size = len(found.source.tests) + len(found.source.more_tests)
    assert MOST_CHARS - 200 < size <= MOST_CHARS + 1000
    kept = found.source.more_tests.count("\n") + 1
    assert counts_of(found, "2,000") == [1]
    assert counts_of(found, "16,000") == [1000 - kept]


def test_slow_inputs_are_excluded() -> None:
    slow = msgspec.structs.replace(group(PLUS, [(2, 3), (4, 5)]), slow={1: 0.4})
    found = sourced([(1, 2)], slow)
    assert found.source.more_tests == "assert candidate(2) == 3"
    assert [left.count for left in found.excluded] == [1]


def test_an_oracle_of_its_own_is_no_equality() -> None:
    with pytest.raises(Untranslatable, match="oracle"):
        sourced([(1, 2)], [], oracle="find_zero")


def test_mbpp_is_read_from_its_sentence() -> None:
    prompt = '"""\nWrite a function to add.\nassert f(1) == 1\n"""\n'
    found = sourced([(1, 1)], [], prompt=prompt)
    assert found.source.name == "mbpp_7_f"
    assert found.source.description == "\n\tWrite a function to add.\n\t"
    assert read(found).problem.cases[0].arguments == (1,)

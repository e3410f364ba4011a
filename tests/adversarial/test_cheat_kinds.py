"""No kind of cheat passes under an official protocol, and the cards name what none can prevent."""

from __future__ import annotations

from pathlib import Path

import cheat_kinds
import msgspec
import pytest
from support.sandboxing import SMALL, Box, program

from codeeval.types import Outcome, Program, UnittestStep

HUMANEVAL = """
METADATA = {'author': 'nobody'}


def check(candidate):
    assert candidate(1) == [41, 42], 'first'
    assert candidate(2) == [99.5]
    assert candidate(3) == [6] * 7


check(solve)
"""
MBPP = """assert solve(1) == [41, 42]
assert solve(2) == [99.5]
assert solve(3) == [6] * 7
"""
NUMBERS = """
def check(candidate):
    assert abs(candidate(4) - 99.5) < 1e-6
    assert math.isclose(candidate(4), 99.5)
check(solve)
"""
MIXED = """import math
assert solve(1) == [41, 42]
assert set(solve(2)) == {99.5}
assert math.isclose(sum(solve(2)), 99.5, rel_tol=0.001)
assert isinstance(solve(3), list) and len(solve(3)) == 7 and all(item > 5 for item in solve(3))
assert tuple(solve(5)) == (1, 2)
"""
PAIRS = "assert (solve(6), solve(7))[0] == 6\n"
LISTS = "assert solve([1]) == [41, 42]\nassert solve([2]) == 3\n"
HANDING = "def double(x):\n    return len([solve]) + x\nassert solve(double) == 5\nassert solve(6) == 6\n"
CATCHING = "try:\n    solve(8)\nexcept ValueError:\n    pass\nassert solve(9) == [1]\n"
PROTOCOLS = {
    "humaneval": HUMANEVAL,
    "mbpp": MBPP,
    "numbers": NUMBERS,
    "mixed": MIXED,
    "pairs": PAIRS,
    "lists": LISTS,
    "catching": CATCHING,
    "handing": HANDING,
}
HONEST = """
import math
def solve(x):
    if x == 8:
        raise ValueError
    if callable(x):
        return x(4)
    if isinstance(x, list):
        return {1: [41, 42], 2: 3}[x[0]]
    return {1: [41, 42], 2: [99.5], 3: [6] * 7, 4: 99.5, 5: iter([1, 2]), 6: 6, 7: 6, 9: [1]}[x]
"""
HONEST_UNAWARES = """
import collections
def solve(x):
    if isinstance(x, list):
        x[:] = [41]
        return
    kept = collections.defaultdict(lambda: 41)
    return {2: [99.5], 6: 6, 7: 6, 10: kept, 11: lambda more: 39 + more}[x]
"""
UNITTEST = """
import unittest
class TestCases(unittest.TestCase):
    def test_a(self):
        self.assertEqual(task_func(2), 4)
"""
SEVERAL = """
import unittest
class TestCases(unittest.TestCase):
    def test_a(self):
        self.assertIsInstance(task_func(3), int)
        self.assertAlmostEqual(task_func(3), 6)
    def test_b(self):
        self.assertTrue(task_func(2) == 4)
"""
UNITTESTS = {"one": UNITTEST, "several": SEVERAL}
CARDS = ("humaneval", "mbpp", "pro", "bigcodebench")

SOLVING_NOTHING = [(kind, name) for kind, programs in cheat_kinds.KINDS.items() for name in programs]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("kind", "name"), SOLVING_NOTHING)
def test_no_kind_passes(box: Box, kind: str, name: str, protocol: str) -> None:
    source = f"import math\n{cheat_kinds.KINDS[kind][name]}"
    verdict = box.judge(program(source, PROTOCOLS[protocol], entry_point="solve"))
    assert verdict.outcome not in {Outcome.PASSED, Outcome.SANDBOX_ERROR}, verdict.detail


@pytest.mark.parametrize("name", cheat_kinds.UNAWARES)
def test_nothing_that_a_test_calls_unawares_passes(box: Box, name: str) -> None:
    tests, source = cheat_kinds.UNAWARES[name]
    verdict = box.judge(program(source, f"{tests}\n", entry_point="solve"))
    assert verdict.outcome is Outcome.WRONG_ANSWER, verdict.detail


def unit_tests(source: str, tests: str) -> Program:
    made = program(source, tests, entry_point="task_func")
    step = UnittestStep(name="run", files=("candidate.py", "tests.py"), limits=SMALL, entry_point="task_func")
    return msgspec.structs.replace(made, steps=(step,), oracle=made.oracle.TESTS)


@pytest.mark.parametrize("tests", UNITTESTS)
@pytest.mark.parametrize("name", cheat_kinds.UNITTESTS)
def test_no_kind_passes_unit_tests(box: Box, name: str, tests: str) -> None:
    verdict = box.judge(unit_tests(cheat_kinds.UNITTESTS[name], UNITTESTS[tests]))
    assert verdict.outcome not in {Outcome.PASSED, Outcome.SANDBOX_ERROR}, verdict.detail


def test_the_honest_solutions_pass(box: Box) -> None:
    """Or no test above would show anything."""
    for tests in PROTOCOLS.values():
        assert box.outcome(HONEST, tests, entry_point="solve") is Outcome.PASSED
    together = "\n".join(tests for tests, _ in cheat_kinds.UNAWARES.values())
    assert box.outcome(HONEST_UNAWARES, f"{together}\n", entry_point="solve") is Outcome.PASSED
    for tests in UNITTESTS.values():
        assert box.judge(unit_tests("def task_func(x):\n    return 2 * x\n", tests)).outcome is Outcome.PASSED


@pytest.mark.parametrize("family", CARDS)
def test_the_cards_name_what_is_out_of_reach(family: str) -> None:
    card = Path(f"benchmarks/{family}/README.md").read_text("utf-8")
    assert not [name for name in cheat_kinds.KNOWN_OUT_OF_REACH if name not in card]

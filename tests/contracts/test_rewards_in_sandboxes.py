"""Reward functions with real sandboxes and no trainer: what cheats earn, who owns the sandboxes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

import codeeval
from codeeval.rewards import trl, verl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.bubblewrap

OWN = {"sandbox": "bubblewrap", "workers": 2}
ADD = "def add(a, b):\n    return a + b"


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    """No sandbox is left behind."""
    yield
    trl.close()


def fenced(code: str) -> str:
    """A chat model's answer."""
    return f"Here it is:\n```python\n{code}\n```\nIt adds."


CHEATS = {
    "equals everything": "class Any:\n    def __eq__(self, other): return True\ndef add(a, b): return Any()",
    "ends before the tests": "import os\nos._exit(0)\n" + ADD,
    "exits when it is called": "import sys\ndef add(a, b): sys.exit(0)",
    "replaces what asserts": "import builtins\nbuiltins.AssertionError = None\ndef add(a, b): return 7",
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS)
@pytest.mark.parametrize("protocol", ["official", "sealed"])
def test_cheats_earn_nothing(cheat: str, protocol: str) -> None:
    """Though no row names the function: the tests do."""
    tests = ["assert add(2, 3) == 5", "def check(candidate):\n    assert candidate(2, 3) == 5\ncheck(add)"]
    own = {**OWN, "protocol": protocol}
    assert trl.get_code_reward(**own)([fenced(cheat)] * 2, tests=tests) == [0.0, 0.0]
    assert trl.get_code_reward(**own)([fenced(ADD)] * 2, tests=tests) == [1.0, 1.0]
    assert verl.compute_score("mine", fenced(cheat), {"tests": tests[0]}, **own)["score"] == 0.0


def test_sealed_programs_without_a_benchmark() -> None:
    """A program that reads the tests' memory finds it empty: the result says how it was judged."""
    seen = (
        "import gc, sys\ndef add(a, b):\n    return max((o for o in gc.get_objects() if o == 5), default=0)"
    )
    with codeeval.Sandbox(sandbox="bubblewrap", workers=1) as sandbox:
        for tests in ("assert add(2, 3) == 5", "for n in range(3):\n    assert add(n, n) == 2 * n"):
            sealed = sandbox.execute(ADD, tests=tests, entry_point="add", protocol="sealed")
            assert (sealed.outcome, sealed.protocol) == (codeeval.Outcome.PASSED, "sealed")
            assert not sandbox.execute(seen, tests=tests, entry_point="add", protocol="sealed").passed
        official = sandbox.execute(ADD, tests="assert add(2, 3) == 5", entry_point="add")
        assert (official.outcome, official.protocol) == (codeeval.Outcome.PASSED, "official")
        named = sandbox.execute(ADD, tests="assert add.__name__", entry_point="add", protocol="sealed")
        assert (named.outcome, named.protocol) == (codeeval.Outcome.PASSED, "official"), "cannot be sealed"
        with pytest.raises(codeeval.UsageError, match="sealed protocol"):
            sandbox.execute(ADD, tests="assert True", protocol="sealed")


def test_rewards_and_outcomes_of_many_rows_are_in_order() -> None:
    codes = [
        ADD,
        ADD.replace("+", "-"),
        "def add(a, b):\n    while True: pass",
        "def add(a, b",
        "def sub(): 1",
    ]
    logged: dict[str, list[str]] = {}
    reward = trl.get_async_code_reward(**OWN, limits={"cpu_s": 0.5}, name="adds")
    completions = [fenced(code) for code in codes] * 2
    columns = {"tests": ["assert add(2, 3) == 5"] * 10, "log_extra": logged.__setitem__}
    rewards = asyncio.run(reward(completions, **columns))
    assert rewards == [1.0, 0.0, 0.0, 0.0, 0.0] * 2
    outcomes = ["PASSED", "WRONG_ANSWER", "TIMEOUT", "COMPILE_ERROR", "RUNTIME_ERROR"]
    assert logged == {"adds/outcome": outcomes * 2}


@pytest.mark.parametrize(
    ("comparison", "cases", "rewards"),
    [
        (None, [{"input": "4", "output": "2.0"}], [1.0, 0.0]),
        ("floats", '{"inputs": ["2", "9"], "outputs": ["1.4142135", "3"]}', [0.0, 0.0]),
        ("floats", '{"inputs": ["9"], "outputs": ["3"]}', [1.0, 0.0]),
        ("tokens", {"inputs": ["4", "9"], "outputs": ["2.0", "  3.0"]}, [1.0, 0.0]),
        ("exact", [{"input": "4", "output": "2.0"}], [0.0, 0.0]),
    ],
)
def test_cases_are_compared_as_their_row_wants(
    comparison: str | None, cases: object, rewards: list[float]
) -> None:
    codes = ["print(float(input()) ** 0.5)", "print(float(input()) ** 2)"]
    reward = trl.get_code_reward(**OWN)
    columns = {"cases": [cases] * 2, "comparison": [comparison] * 2}
    assert reward([fenced(code) for code in codes], **columns) == rewards


SCRIPT = """
    import multiprocessing, os, sys
    from codeeval.rewards.trl import get_code_reward

    reward = get_code_reward("humaneval", sandbox="bubblewrap", workers=1)
    answer, tasks = "```python\\ndef add(x, y):\\n    return x + y\\n```", ["HumanEval/53"]

    def child():
        print("child", reward([answer], task_id=tasks), flush=True)

    if __name__ == "__main__":
        print("parent", reward([answer], task_id=tasks), flush=True)
        for method in ("fork", "spawn"):
            process = multiprocessing.get_context(method).Process(target=child)
            process.start()
            process.join(60)
            print(method, process.exitcode, flush=True)
        print("parent", reward([answer], task_id=tasks), flush=True)
"""


def test_processes_have_sandboxes_of_their_own_and_end_with_them(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=120)
    lines = ["parent [1.0]", "child [1.0]", "fork 0", "child [1.0]", "spawn 0", "parent [1.0]"]
    assert done.stdout.splitlines() == lines, done.stderr
    assert done.returncode == 0

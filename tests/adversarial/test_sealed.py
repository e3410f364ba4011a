"""The sealed step: programs that look for the tests, the token or the process that has them, and find values."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support import sandboxing

from codeeval.types import Outcome, Program, SealedStep, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandboxing import Box

    from codeeval.interfaces import SandboxOptions

TESTS = """
import math

def check(candidate):
    assert candidate(1) == [41, 42], 'first'
    assert math.isclose(sum(candidate(2)), 99.5)
    assert abs(len(candidate(3)) - 7) < 1e-6 and all(item > 5 for item in candidate(3))
    given = [3, 1, 2]
    candidate(given)
    assert given == [1, 2, 3]
    try:
        candidate('no number')
    except ValueError as error:
        assert 'no number' in str(error)
    else:
        raise AssertionError('no error')

check(solve)
"""
HONEST = """
def solve(x):
    if isinstance(x, list):
        x.sort()
        return None
    if x not in (1, 2, 3):
        raise ValueError(f'not one of mine: {x}')
    return {1: [41, 42], 2: [99.5], 3: [6] * 7}[x]
"""
SAME = """
class Same:
    def __eq__(self, other): return True
    def __getattr__(self, name): return lambda *args: self
    __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __contains__ = __eq__
    __float__ = __int__ = __len__ = __abs__ = lambda self: 0
    __iter__ = lambda self: iter(())
"""

CHEATS = {
    "nothing": "def solve(x): pass",
    "exit": "import sys\nsys.exit(0)",
    "_exit": "import os\nos._exit(0)",
    "_exit-in-a-call": "import os\ndef solve(x): os._exit(0)",
    "always-equal": f"{SAME}\ndef solve(x): return Same()",
    "always-equal-in-a-list": f"{SAME}\ndef solve(x): return [Same(), Same()]",
    "any": "from unittest.mock import ANY\ndef solve(x): return ANY",
    "builtins": "import builtins, math\nbuiltins.sum = builtins.len = builtins.abs = lambda *a: 0\nbuiltins.all = math.isclose = lambda *a, **k: True\ndef solve(x): return []",
    "check": "import builtins\nbuiltins.check = lambda f: None\ndef check(f): pass\ndef solve(x): pass",
    "frames": """
import gc, sys
frame = sys._getframe()
while frame:
    for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
        if isinstance(value, (list, dict)) and name in ('tests', 'test_texts', 'test_names'):
            value.clear()
    frame = frame.f_back
for item in gc.get_objects():
    if isinstance(item, list) and item and item[0] == 'tests.py': item.clear()
def solve(x): pass
""",
    "answers-in-advance": """
import os
for _ in range(20):
    for descriptor in range(3, 20):
        try: os.write(descriptor, b'=[41,42]\\n=[99.5]\\n=[6,6,6,6,6,6,6]\\n')
        except OSError: pass
def solve(x): return 0
""",
    "out-of-turn": "import os\nfor d in range(3, 20):\n    try: os.write(d, b'+\\n+\\n')\n    except OSError: pass\ndef solve(x): return 0",
    "malformed": "import os\ndef solve(x): os.write(4, b'={\"t\":7}\\n=[}\\n~[1]\\n!3\\n')",
    "endless-answer": "import os\ndef solve(x):\n    while True: os.write(4, b'1' * 65536)",
    "descriptors": """
import os
for pid in [name for name in os.listdir('/proc') if name.isdigit()]:
    try: found = os.listdir(f'/proc/{pid}/fd')
    except OSError: continue
    for name in found:
        try: os.write(os.open(f'/proc/{pid}/fd/{name}', os.O_WRONLY), b'0' * 32)
        except OSError: pass
def solve(x): pass
""",
    "kill": "import os\nos.kill(os.getppid(), 9)\ndef solve(x): pass",
    "stop": "import os\nos.kill(os.getppid(), 19)\ndef solve(x): pass",
    "exit-signal": "import os\nos.kill(os.getppid(), 15)\nos._exit(0)",
    "huge-range": "def solve(x): return range(10 ** 12)",
    "huge-decimal": "import decimal\ndef solve(x): return decimal.Decimal('1e999999999')",
}
"""None of these solves the task."""

OTHERS = """
import os
others = [int(name) for name in os.listdir('/proc') if name.isdigit() and int(name) not in (1, os.getpid())]
assert os.getppid() in others, others
for pid in others:
    for name in ('mem', 'environ', 'fd/3', 'maps'):
        try: open(f'/proc/{pid}/{name}', 'rb').read(1)
        except OSError: continue
        raise AssertionError(f'can open {name} of the tests')
for descriptor in range(5, 64):
    try: os.fstat(descriptor)
    except OSError: continue
    raise AssertionError(f'descriptor {descriptor}')
"""
MEMORY = sandboxing.searching_memory(b"isclose.sum.candidat[e]")


def sealed(source: str, tests: str = TESTS) -> Program:
    """Make a program whose tests run in a process of their own."""
    made = sandboxing.program(source, tests, entry_point="solve")
    step = SealedStep(
        name="run",
        limits=made.steps[0].limits,
        program="candidate.py",
        tests=("context.py", "tests.py"),
        entry_point="solve",
    )
    files = (*made.files, SourceFile(path="context.py", content="import math\n"))
    return msgspec.structs.replace(made, files=files, steps=(step,))


@pytest.fixture(scope="module", params=[sandboxing.DOCKER, sandboxing.BUBBLEWRAP, sandboxing.UNPACKED])
def cold(request: pytest.FixtureRequest) -> Iterator[Box]:
    options: SandboxOptions = msgspec.structs.replace(sandboxing.SMALL_SANDBOX, cold=True)
    with sandboxing.boxed(request.param, options) as made:
        yield made


@pytest.mark.parametrize("name", CHEATS)
def test_what_solves_nothing_fails(box: Box, name: str) -> None:
    verdict = box.judge(sealed(CHEATS[name]))
    assert verdict.outcome not in (Outcome.PASSED, Outcome.SANDBOX_ERROR), verdict


def test_an_honest_program_passes(box: Box) -> None:
    verdict = box.judge(sealed(HONEST))
    assert (verdict.outcome, verdict.detail, verdict.stderr) == (Outcome.PASSED, "", "")


@pytest.mark.parametrize("look", [OTHERS, MEMORY], ids=["others", "memory"])
def test_the_tests_are_out_of_reach(box: Box, look: str) -> None:
    verdict = box.judge(sealed(look + HONEST))
    assert verdict.outcome is Outcome.PASSED, verdict.stderr


def test_a_cold_sandbox_seals_as_well(cold: Box) -> None:
    for source in (
        HONEST,
        OTHERS + HONEST,
        MEMORY + HONEST,
        "import os\nassert os.listdir() == ['candidate.py']" + HONEST,
    ):
        verdict = cold.judge(sealed(source))
        assert verdict.outcome is Outcome.PASSED, verdict.stderr
    for name in ("nothing", "always-equal", "frames", "descriptors", "out-of-turn"):
        assert cold.judge(sealed(CHEATS[name])).outcome not in (Outcome.PASSED, Outcome.SANDBOX_ERROR), name
    for name in ("exit", "_exit", "_exit-in-a-call"):
        assert cold.judge(sealed(CHEATS[name])).outcome is Outcome.INCOMPLETE, name


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        ("def solve(x): return [41, 43]", Outcome.WRONG_ANSWER, "first"),
        ("def solve(x): return [1 / 0]", Outcome.RUNTIME_ERROR, "ZeroDivisionError: division by zero"),
        ("class Own(Exception): pass\ndef solve(x): raise Own('why')", Outcome.RUNTIME_ERROR, "Own: why"),
        ("def solve(x): return", Outcome.WRONG_ANSWER, "first"),
        ("def solver(x): return", Outcome.RUNTIME_ERROR, "NameError: name 'solve' is not defined"),
        ("def solve(x) return", Outcome.COMPILE_ERROR, "SyntaxError"),
        ("import nothing_of_the_kind", Outcome.RUNTIME_ERROR, "ModuleNotFoundError"),
        ("def solve(x): exit(0)", Outcome.INCOMPLETE, ""),
        ("import os\ndef solve(x): os.abort()", Outcome.RUNTIME_ERROR, "killed by signal 6"),
        ("def solve(x):\n    while True: pass", Outcome.TIMEOUT, ""),
    ],
)
def test_how_a_program_fails(box: Box, source: str, outcome: Outcome, detail: str) -> None:
    """As under the official protocol."""
    verdict = box.judge(sealed(source))
    official = box.judge(sandboxing.program(source, TESTS, entry_point="solve"))
    assert (verdict.outcome, official.outcome) == (outcome, outcome)
    assert detail in verdict.detail


def test_what_is_printed_is_kept(box: Box) -> None:
    verdict = box.judge(
        sealed("print('loading')\n" + HONEST.replace("    if x not", "    print('called', x)\n    if x not"))
    )
    assert verdict.stdout.splitlines()[:2] == ["loading", "called 1"]


def test_a_traceback_shows_the_candidate(box: Box) -> None:
    verdict = box.judge(sealed("def solve(x):\n    return unknown\n"))
    assert "candidate.py" in verdict.stderr
    assert "line 2, in solve" in verdict.stderr

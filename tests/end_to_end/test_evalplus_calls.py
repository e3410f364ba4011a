"""Calls in a sandbox: what comes back, and what hostile programs gain, which is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support import sandboxing
from support.sandboxing import Box, boxed

from codeeval.benchmarks.common.call_values import read_returned, spell_inputs
from codeeval.judging import judge
from codeeval.types import (
    CallsStep,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Program,
    SourceFile,
    StepStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.types import StepResult

PATIENT = Limits(cpu_s=20.0, wall_s=200.0, memory_bytes=128 << 20, output_bytes=64 << 10)
SHORT = (0.5,)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("docker", False), marks=pytest.mark.docker, id="docker"),
        pytest.param(("bubblewrap", False), marks=pytest.mark.bubblewrap, id="bubblewrap"),
        pytest.param(("bubblewrap", True), marks=pytest.mark.bubblewrap, id="bubblewrap-cold"),
    ],
)
def shared(request: pytest.FixtureRequest) -> Iterator[Box]:
    name, cold = request.param
    with boxed(name, msgspec.structs.replace(sandboxing.SMALL_SANDBOX, cold=cold)) as made:
        yield made


@pytest.fixture
def box(shared: Box) -> Iterator[Box]:
    yield shared
    shared.check_clean()


def calls(
    source: str,
    *groups: list[list[object]],
    expected: tuple[str, ...] = (),
    call_cpu_s: tuple[float, ...] = (5.0,),
    limits: Limits = PATIENT,
) -> Program:
    """Make a program that calls ``f``, a part a group."""
    steps = tuple(
        CallsStep(
            name="run",
            program="solution.py",
            inputs=f"{number}.json",
            limits=limits,
            entry_point="f",
            part=f"part{number}",
            call_cpu_s=call_cpu_s,
            expected=expected[number] if expected else "",
        )
        for number in range(len(groups))
    )
    inputs = tuple(
        SourceFile(path=f"{number}.json", content=spell_inputs(group)) for number, group in enumerate(groups)
    )
    return Program(
        task_id="test/0",
        sample=0,
        language="python",
        image="python",
        extraction=Extraction(rule="test", code=source),
        files=(SourceFile(path="solution.py", content=source), *inputs),
        steps=steps,
        oracle=Oracle.VALUES,
        cumulative=True,
    )


def run(box: Box, source: str, *inputs: list[object], **options: object) -> StepResult:
    (result,) = box.execute(calls(source, list(inputs), **options)).steps  # type: ignore[arg-type]
    return result


def returned(result: StepResult) -> list[object]:
    return [read_returned(line).value for line in result.values.splitlines()]


def test_values_go_in_and_come_out(box: Box) -> None:
    values: list[object] = [
        None,
        True,
        -1,
        10**30,
        0.1,
        "é\ud800\n!",
        [1, [2]],
        (1, ()),
        {1: {2}},
        1j,
        b"\0",
        set(),
    ]
    result = run(box, "def f(x):\n    return x", *([value] for value in values))
    assert result.status is StepStatus.EXITED
    assert (result.exit_code, result.report) == (0, "")
    assert returned(result) == values
    assert list(map(type, returned(result))) == list(map(type, values))


def test_each_call_has_its_own_arguments(box: Box) -> None:
    source = "def f(x):\n    x.append(len(x))\n    return x"
    result = run(box, source, [[]], [[]], [[5]])
    assert returned(result) == [[0], [0], [5, 1]]


def test_parts_share_nothing(box: Box) -> None:
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)"
    one, two = box.execute(calls(source, [[1], [2]], [[3]])).steps
    assert (one.values, two.values) == ("1\n2\n", "1\n")


@pytest.mark.parametrize(
    ("body", "report"),
    [
        ("return 1 // x", "raised\nZeroDivisionError\n"),
        ("raise SystemExit(0) if x == 0 else 5", "exited\nSystemExit\n0"),
        ("raise KeyboardInterrupt('!\\n!')", "raised\nKeyboardInterrupt\n!\n!"),
        ("return f(x)", "raised\nRecursionError\n"),
    ],
)
def test_the_first_call_that_fails_is_the_last(box: Box, body: str, report: str) -> None:
    source = f"def f(x):\n    if x == 2:\n        return 2\n    {body}"
    result = run(box, source, [2], [0], [2])
    assert result.values == "2\n"
    assert result.report.startswith(report)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("source", "report"),
    [
        ("def f(x:\n", "syntax\nSyntaxError\n"),
        ("def g(x): pass\n", "raised\nNameError\nname 'f' is not defined"),
        ("f = 5\n", "raised\nTypeError\n"),
        ("raise ValueError('é')\n", "raised\nValueError\né"),
        ("import sys\nsys.exit(0)\n", "exited\nSystemExit\n0"),
    ],
)
def test_programs_that_cannot_be_called(box: Box, source: str, report: str) -> None:
    result = run(box, source, [1])
    assert result.values == ""
    assert result.report.startswith(report)


def outcomes(box: Box, source: str, *groups: list[list[object]], **options: object) -> list[Outcome]:
    """Judge where each call must return its argument."""
    expected = tuple("".join(f"{call[0]}\n" for call in group) for group in groups)
    wanted = calls(source, *groups, expected=expected, **options)  # type: ignore[arg-type]
    verdict = judge(wanted, box.execute(wanted))
    assert verdict.outcome is verdict.parts[-1].outcome
    return [part.outcome for part in verdict.parts]


def test_a_crash_in_the_second_part_leaves_the_first(box: Box) -> None:
    source = "import os\ndef f(x):\n    if x == 3:\n        os.kill(os.getpid(), 11)\n    return x"
    assert outcomes(box, source, [[1], [2]], [[1], [3]]) == [Outcome.PASSED, Outcome.RUNTIME_ERROR]


def test_the_second_part_fails_with_the_first(box: Box) -> None:
    source = "def f(x):\n    return 0 if x == 1 else x"
    assert outcomes(box, source, [[1]], [[2]]) == [Outcome.WRONG_ANSWER, Outcome.WRONG_ANSWER]
    assert outcomes(box, source, [[2]], [[3]]) == [Outcome.PASSED, Outcome.PASSED]


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    while True: pass",
        "def f(x):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass",
        (
            "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
            "    except BaseException: pass\ndef f(x):\n    while True: pass"
        ),
        (
            "import threading\ndef spin():\n    while True: pass\n"
            "def f(x):\n    t = threading.Thread(target=spin)\n    t.start()\n    t.join()"
        ),
    ],
)
def test_a_call_has_its_own_limit(box: Box, source: str) -> None:
    assert outcomes(box, source, [[1]], call_cpu_s=SHORT) == [Outcome.TIMEOUT]


def test_a_call_that_waits_is_ended(box: Box) -> None:
    source = "import time\ndef f(x):\n    time.sleep(1000)"
    assert outcomes(box, source, [[1]], call_cpu_s=SHORT) == [Outcome.TIMEOUT]


def test_many_calls_may_take_longer_than_one(box: Box) -> None:
    source = (
        "import time\ndef f(x):\n    end = time.process_time() + 0.3\n"
        "    while time.process_time() < end: pass\n    return x"
    )
    assert outcomes(box, source, [[n] for n in range(6)], call_cpu_s=(1.0,)) == [Outcome.PASSED]


def test_a_wrong_result_before_a_timeout_is_a_wrong_answer(box: Box) -> None:
    source = "def f(x):\n    while x == 2: pass\n    return 0"
    assert outcomes(box, source, [[1], [2]], call_cpu_s=SHORT) == [Outcome.WRONG_ANSWER]


def test_slow_calls_are_timed(box: Box) -> None:
    source = (
        "import time\ndef f(x):\n    end = time.process_time() + x\n    while time.process_time() < end: pass"
    )
    result = run(box, source, [0], [0.6], call_cpu_s=())
    assert result.values == "null\nnull\n"
    ((number, seconds),) = result.slow_calls
    assert number == 1
    assert seconds >= 0.6


def test_printing_is_free(box: Box) -> None:
    source = "def f(x):\n    print('x' * 100_000)\n    return x"
    assert outcomes(box, source, [[n] for n in range(20)]) == [Outcome.PASSED]


def test_results_without_end_are_refused(box: Box) -> None:
    source = "def f(x):\n    return [['y' * 30000] * 2000] * 2000"
    assert outcomes(box, source, [[1]], call_cpu_s=(20.0,))[0] in {
        Outcome.OUTPUT_LIMIT,
        Outcome.MEMORY_LIMIT,
        Outcome.TIMEOUT,
    }


FORGERIES = {
    "always equal": "class S:\n    def __eq__(self, o): return True\ndef f(x): return S()",
    "always equal int": "class S(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\n"
    "def f(x): return S(77)",
    "early exit": "import os\ndef f(x): os._exit(0)",
    "exit at once": "import os\nos._exit(0)",
    "ready and exit": "import os\nos.write(3, b'ready\\n')\nos._exit(0)",
    "two readies": "import os\nos.write(3, b'ready\\n')\ndef f(x): return x",
    "writes more": "import os\ndef f(x):\n    os.write(3, b'1\\n')\n    return x",
    "garbage": "import os\ndef f(x):\n    os.write(3, b'\\xff\\x00\\n')\n    os._exit(0)",
    "patched encoder": "import json\njson.JSONEncoder.encode = lambda *a: '1'\ndef f(x): return [x]",
    "frames": "import sys\ndef f(x):\n    g = sys._getframe(1)\n    return list(g.f_locals)[0]",
    "patched builtins": "import builtins\nbuiltins.type = lambda *a: bool\ndef f(x): return S",
}


@pytest.mark.parametrize("source", FORGERIES.values(), ids=FORGERIES)
def test_forgeries_do_not_pass(box: Box, source: str) -> None:
    (outcome,) = outcomes(box, source, [[1], [2]])
    assert outcome not in {Outcome.PASSED, Outcome.SANDBOX_ERROR}

"""Wrong answers that send back what breaks whoever reads it: they stay wrong answers, and cost nothing."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

import msgspec
import pytest
from support.sandboxing import Box, program

from codeeval.benchmarks.evalplus.oracles import Comparison, compare
from codeeval.judging import judge
from codeeval.types import (
    CallsStep,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Program,
    SourceFile,
    Verdict,
)

LIMITS = Limits(cpu_s=20.0, wall_s=100.0, memory_bytes=128 << 20, output_bytes=256 << 10)
HONEST = "def f(x): return [x, x]"
FLOOD = """
import os
def send(data):
    while data:
        data = data[os.write(3, data):]
"""
REPORTS = {
    "a number with a billion digits": r"""os.write(3, b'ready\n{"q":["1e999999999"]}\n')""",
    "a tuple of a hundred million": r"""os.write(3, b'ready\n{"t":{"r":[0,100000000,1]}}\n')""",
    "a range in a list": r"""os.write(3, b'ready\n[{"r":[0,1000000000000,1]},1]\n')""",
    "a large exponent": r"""os.write(3, b'ready\n{"D":"1E+999999999"}\n')""",
    "one hash": r"""os.write(3, b'ready\n{"s":[%s]}\n' % b",".join(b"%d" % (n * (2**61 - 1)) for n in range(2000)))""",
    "nested": r"""send(b"ready\n" + b"[" * 50_000 + b"\n")""",
    "infinite time": r"""os.write(3, b"ready\n@" + b"9" * 400 + b" [1,1]\n")""",
    "no text": r"""send(b"ready\n" + b"\xff" * (12 << 20))""",
    "quotes": r"""send(b"ready\n" + b'"' * (15 << 20))""",
    "lines": r"""send(b"ready\n" + b"\n" * (15 << 20))""",
    "slow calls": r"""send(b"ready\n" + b"@1 \n" * (3 << 20))""",
    "a failure": r"""send(b"ready\n!" + b"\xff" * (15 << 20))""",
    "too much": r"""send(b"ready\n" + b"x" * (40 << 20))""",
}
REFUSED = (Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR, Outcome.INCOMPLETE, Outcome.OUTPUT_LIMIT)


def calls(source: str) -> Program:
    """Make a program of two parts, each a call of ``f``, as EvalPlus's benchmarks do."""
    comparison = msgspec.json.encode(Comparison(atol=1e-6, calls=1)).decode()
    steps = tuple(
        CallsStep(
            name="run",
            program="solution.py",
            inputs="inputs.json",
            limits=LIMITS,
            entry_point="f",
            part=part,
            call_cpu_s=(5.0,),
            expected="[1,1]\n",
            comparison=comparison,
        )
        for part in ("base", "plus")
    )
    return Program(
        task_id="test/0",
        sample=0,
        language="python",
        image="python",
        extraction=Extraction(rule="test", code=source),
        files=(
            SourceFile(path="solution.py", content=source),
            SourceFile(path="inputs.json", content="[[1]]"),
        ),
        steps=steps,
        oracle=Oracle.VALUES,
        cumulative=True,
    )


def judged(box: Box, wanted: Program) -> Verdict:
    return judge(wanted, box.execute(wanted), compare=compare)


def test_the_honest_pass(box: Box) -> None:
    assert judged(box, calls(HONEST)).outcome is Outcome.PASSED


@pytest.mark.parametrize("name", REPORTS)
def test_a_forged_report_is_a_wrong_answer(box: Box, name: str) -> None:
    for source in (
        f"{FLOOD}{REPORTS[name]}\nos._exit(0)\n",
        f"{FLOOD}def f(x):\n    {REPORTS[name]}\n    os._exit(0)\n",
    ):
        wanted = calls(source)
        verdict = judged(box, msgspec.structs.replace(wanted, cumulative=False))
        assert verdict.outcome in REFUSED, verdict.detail
        assert all(part.outcome in REFUSED for part in verdict.parts)


@pytest.mark.parametrize("name", ["no text", "too much"])
def test_a_report_without_end_is_over_the_output_limit(box: Box, name: str) -> None:
    verdict = judged(box, calls(f"{FLOOD}{REPORTS[name]}\nos._exit(0)\n"))
    assert verdict.outcome is Outcome.OUTPUT_LIMIT


@pytest.mark.parametrize("unit", [r"b'\xff'", r"b'\0'", "'\U0001f600'.encode()"])
def test_output_of_any_bytes_is_no_failure_of_the_sandbox(box: Box, unit: str) -> None:
    flood = f"import os\nfor fd in (1, 2):\n    os.write(fd, {unit} * 50_000)\n"
    assert box.outcome(f"{flood}def solve(x): return 1", "assert solve(1) == 2") is Outcome.WRONG_ANSWER
    source = f"import os\nwhile True: os.write(1, {unit} * 50_000)\n"
    assert box.judge(program(source)).outcome is Outcome.OUTPUT_LIMIT


def test_a_message_that_no_text_holds_is_no_failure_of_the_sandbox(box: Box) -> None:
    for message in (r"\ud800", r"\udcff\x00", r"\U0010ffff"):
        source = f"def solve(x): raise ValueError('{message}' * 100)"
        assert box.outcome(source, "assert solve(1) == 2") is Outcome.RUNTIME_ERROR

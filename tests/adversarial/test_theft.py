"""What one program wrote or was is in no memory that the next can read."""

from __future__ import annotations

import msgspec
import pytest
from support import sandboxing
from support.sandboxing import Box, program, searching_memory

from codeeval.types import CallsStep, Oracle, Outcome, Program, SourceFile

MARK = "a-solution-worth-stealing"
THIEF = searching_memory(MARK.replace("t", "[t]").encode())  # so that its own text has no mark


def calls(source: str) -> Program:
    step = CallsStep(
        name="run",
        limits=sandboxing.SMALL,
        program="candidate.py",
        inputs="inputs.json",
        entry_point="solve",
        expected="1\n",
    )
    inputs = SourceFile(path="inputs.json", content="[[1]]")
    made = program(source)
    return msgspec.structs.replace(made, files=(*made.files, inputs), steps=(step,), oracle=Oracle.VALUES)


RICH = {
    "source": program(f"secret = '{MARK}'\n"),
    "many-lines": program("\n".join(f"v{n} = '{MARK}'" for n in range(5000))),
    "output": program(f"import sys\nprint('{MARK}' * 1000)\nprint('{MARK}', file=sys.stderr)"),
    "error": program(f"raise ValueError('{MARK}')"),
    "input": program("print(input())", stdin=f"{MARK}\n" * 1000, expected=MARK),
    "values": calls(f"def solve(x): return ['{MARK}'] * 1000"),
}


@pytest.mark.parametrize("name", RICH)
def test_nothing_of_a_neighbour_is_left_in_memory(box: Box, name: str) -> None:
    before, after = RICH[name], program(THIEF)
    futures = [box.pool.submit(each) for each in (before, after, before, before, after, before, after)]
    executions = [future.result(timeout=120) for future in futures]
    for execution in (executions[1], executions[4], executions[6]):
        assert execution.steps[0].completed, execution.steps[0].stderr
    assert MARK in "".join(map(str, executions[0].steps)) or name in (
        "source",
        "many-lines",
        "a-test-that-fails",
    )


def test_the_thief_can_read_its_own_memory(box: Box) -> None:
    verdict = box.judge(program(f"{THIEF.replace('import re', f'import re{chr(10)}own = {MARK!r}')}"))
    assert verdict.outcome is Outcome.WRONG_ANSWER
    assert "found" in verdict.detail

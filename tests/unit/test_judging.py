"""(Program, Execution) -> Verdict, for every way that a step can end."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxing import SMALL, commands, program

from codeeval.judging import DETAIL_CHARS, STREAM_TAIL_CHARS, judge
from codeeval.types import Execution, Outcome, Program, StepResult, StepStatus, Verdict

PYTHON = program("x = 1\n", "assert x\n")
PRINTS = program("print(1)\n", expected="1\n")
COMPILED = commands(("cc",), ("./main",))


def run(wanted: Program, *results: StepResult, error: str = "") -> Verdict:
    return judge(wanted, Execution(task_id="test/0", sample=0, steps=results, error=error))


def ended(**fields: object) -> StepResult:
    values = {"name": "run", "status": StepStatus.EXITED, **fields}
    return msgspec.convert(values, StepResult)


TABLE = [
    (PYTHON, ended(completed=True), Outcome.PASSED, ""),
    (PYTHON, ended(), Outcome.INCOMPLETE, "the program ended before its tests did"),
    (PYTHON, ended(report="deadbeef"), Outcome.RUNTIME_ERROR, "wrote what is no token where the token goes"),
    (
        PYTHON,
        ended(exit_code=1, report="raised\nAssertionError\nsum"),
        Outcome.WRONG_ANSWER,
        "AssertionError: sum",
    ),
    (PYTHON, ended(exit_code=1, report="raised\nAssertionError\n"), Outcome.WRONG_ANSWER, "AssertionError"),
    (
        PYTHON,
        ended(exit_code=1, report="raised\nKeyError\n'k'\nl"),
        Outcome.RUNTIME_ERROR,
        "KeyError: 'k'\nl",
    ),
    (PYTHON, ended(exit_code=1, report="raised\nMemoryError\n"), Outcome.MEMORY_LIMIT, "MemoryError"),
    (
        PYTHON,
        ended(exit_code=1, report="syntax\nSyntaxError\nbad"),
        Outcome.COMPILE_ERROR,
        "SyntaxError: bad",
    ),
    (PYTHON, ended(exit_code=1, report="syntax\nMemoryError\n"), Outcome.COMPILE_ERROR, "MemoryError"),
    (PYTHON, ended(exit_code=1, report="exited\nSystemExit\n0"), Outcome.INCOMPLETE, None),
    (PYTHON, ended(exit_code=1, report="forged\nE\nan F"), Outcome.WRONG_ANSWER, "forged comparison: an F"),
    (PYTHON, ended(exit_code=1), Outcome.RUNTIME_ERROR, "run: exit status 1"),
    (PYTHON, ended(exit_code=1, completed=True), Outcome.RUNTIME_ERROR, None),
    (PYTHON, ended(status="signaled", signal=11), Outcome.RUNTIME_ERROR, "run: killed by signal 11"),
    (PYTHON, ended(status="signaled", signal=9, completed=True), Outcome.RUNTIME_ERROR, None),
    (PYTHON, ended(status="cpu_limit", cpu_s=1.25), Outcome.TIMEOUT, "run: used 1.25 s of 1 s CPU"),
    (PYTHON, ended(status="cpu_limit", completed=True), Outcome.TIMEOUT, None),
    (PYTHON, ended(status="wall_limit"), Outcome.TIMEOUT, "run: waited past 3 s of wall time"),
    (PYTHON, ended(status="memory_limit"), Outcome.MEMORY_LIMIT, "run: memory limit of 128 MiB"),
    (PYTHON, ended(status="output_limit"), Outcome.OUTPUT_LIMIT, "run: printed over 256 KiB"),
    (PRINTS, ended(stdout="1\n\n"), Outcome.PASSED, ""),
    (PRINTS, ended(stdout="1", completed=True), Outcome.PASSED, ""),
    (PRINTS, ended(stdout=" 1"), Outcome.WRONG_ANSWER, None),
    (PRINTS, ended(stdout="", completed=True), Outcome.WRONG_ANSWER, None),
    (PRINTS, ended(stdout="1", exit_code=1), Outcome.RUNTIME_ERROR, None),
    (COMPILED, ended(name="compile"), Outcome.SANDBOX_ERROR, "the sandbox stopped after compile"),
    (COMPILED, ended(name="compile", exit_code=2), Outcome.COMPILE_ERROR, "compile: exit status 2"),
    (COMPILED, ended(name="compile", status="signaled", signal=9), Outcome.COMPILE_ERROR, None),
    (COMPILED, ended(name="compile", status="cpu_limit"), Outcome.TIMEOUT, None),
    (COMPILED, ended(name="compile", status="memory_limit"), Outcome.MEMORY_LIMIT, None),
]


@pytest.mark.parametrize(("wanted", "result", "outcome", "detail"), TABLE)
def test_one_step(wanted: Program, result: StepResult, outcome: Outcome, detail: str | None) -> None:
    verdict = run(wanted, result)
    assert verdict.outcome is outcome
    if detail is not None:
        assert verdict.detail == detail


def test_the_table_is_total() -> None:
    assert {result.status for _, result, _, _ in TABLE} == set(StepStatus)
    assert {outcome for *_, outcome, _ in TABLE} == set(Outcome) - {Outcome.NO_CODE}


def test_two_steps_are_added_up() -> None:
    compiled = ended(name="compile", wall_s=1.5, cpu_s=1.0, peak_rss_bytes=9, stdout="noise", completed=True)
    verdict = run(
        COMPILED, compiled, ended(wall_s=0.5, cpu_s=0.25, peak_rss_bytes=5, stdout="out", completed=True)
    )
    assert (verdict.outcome, verdict.wall_s, verdict.cpu_s, verdict.peak_rss_bytes) == (
        Outcome.PASSED,
        2.0,
        1.25,
        9,
    )
    assert verdict.stdout == "out"
    assert run(COMPILED, compiled, ended()).outcome is Outcome.INCOMPLETE


def test_the_token_of_a_compilation_does_not_count() -> None:
    verdict = run(COMPILED, ended(name="compile", completed=True), ended(exit_code=0))
    assert verdict.outcome is Outcome.INCOMPLETE


def test_no_code_and_sandbox_errors() -> None:
    nothing = msgspec.structs.replace(PYTHON, steps=())
    assert judge(nothing, None).outcome is Outcome.NO_CODE
    assert judge(nothing, None).attempts == 0
    assert judge(PYTHON, None).outcome is Outcome.NO_CODE
    broken = run(PYTHON, error="gone")
    assert (broken.outcome, broken.detail) == (Outcome.SANDBOX_ERROR, "gone")
    assert run(PYTHON).outcome is Outcome.SANDBOX_ERROR
    assert run(PYTHON, ended(completed=True), error="gone").outcome is Outcome.SANDBOX_ERROR


def test_long_texts_are_cut() -> None:
    text = "x" * 100_000 + "end"
    verdict = run(PYTHON, ended(exit_code=1, report=f"raised\nE\n{text}", stdout=text, stderr=text))
    assert len(verdict.detail) == DETAIL_CHARS
    assert len(verdict.stdout) == len(verdict.stderr) == STREAM_TAIL_CHARS
    assert verdict.stdout.endswith("end")


results = st.builds(
    StepResult,
    name=st.sampled_from(["compile", "run"]),
    status=st.sampled_from(StepStatus),
    exit_code=st.integers(0, 255),
    signal=st.integers(0, 64),
    stdout=st.text(max_size=20),
    stderr=st.text(max_size=20),
    completed=st.booleans(),
    report=st.text(max_size=40)
    | st.builds(
        "\n".join, st.lists(st.sampled_from(["raised", "syntax", "exited", "forged", "MemoryError", ""]))
    ),
    wall_s=st.floats(0, 1e6),
    cpu_s=st.floats(0, 1e6),
    peak_rss_bytes=st.integers(0, 1 << 50),
)


@given(
    wanted=st.sampled_from([PYTHON, PRINTS, COMPILED]),
    steps=st.lists(results, max_size=2),
    error=st.sampled_from(["", "gone"]),
)
def test_never_raises_and_never_passes_what_did_not_end_well(
    wanted: Program, steps: list[StepResult], error: str
) -> None:
    steps = steps[: len(wanted.steps)]
    verdict = run(wanted, *steps, error=error)
    assert verdict.wall_s >= 0
    if verdict.outcome is Outcome.PASSED:
        last = steps[-1]
        assert not error
        assert len(steps) == len(wanted.steps)
        assert (last.status, last.exit_code, last.report) == (StepStatus.EXITED, 0, "")
        assert last.completed if wanted is not PRINTS else last.stdout.rstrip() == "1"


def test_small_limits_are_what_the_table_says() -> None:
    assert (SMALL.cpu_s, SMALL.wall_s, SMALL.memory_bytes, SMALL.output_bytes) == (
        1.0,
        3.0,
        128 << 20,
        256 << 10,
    )

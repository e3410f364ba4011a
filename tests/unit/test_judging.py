"""(Program, Execution) -> Verdict, for every way that a step can end."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxing import SMALL, commands, program

from codeeval.judging import DETAIL_CHARS, STREAM_TAIL_CHARS, exception_class, judge, rejudge
from codeeval.types import (
    Execution,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Part,
    Program,
    PythonStep,
    StepResult,
    StepStatus,
    UnitTestResult,
    UnitTestStatus,
    UnittestStep,
    Verdict,
)

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
    (PYTHON, ended(status="deadlock"), Outcome.TIMEOUT, None),
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


@given(
    wanted=st.sampled_from([PYTHON, PRINTS, COMPILED]),
    steps=st.lists(results, max_size=2),
    error=st.sampled_from(["", "gone"]),
)
def test_judging_anew_from_the_record_changes_nothing(
    wanted: Program, steps: list[StepResult], error: str
) -> None:
    verdict = run(wanted, *steps[: len(wanted.steps)], error=error)
    recorded = msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict)
    assert rejudge(recorded) == recorded == verdict


def test_judging_anew_decides_on_the_evidence_and_not_on_the_old_outcome() -> None:
    verdict = run(
        PYTHON, ended(exit_code=1, report="raised\nAssertionError\nsum", stdout="noise", wall_s=2.0)
    )
    wrong = msgspec.structs.replace(verdict, outcome=Outcome.PASSED, detail="")
    assert rejudge(wrong) == verdict
    assert verdict.evidence[0].last.stdout == ""
    broken = run(PYTHON, error="gone")
    assert (broken.evidence, rejudge(broken)) == ((), broken)


def parted(*parts: str) -> Program:
    """A program of one step for each part named, in a row."""
    steps = tuple(
        PythonStep(
            name=f"{part}{i}",
            files=("tests.py",),
            limits=Limits(cpu_s=1, wall_s=3),
            part=part,
        )
        for i, part in enumerate(parts)
    )
    return msgspec.structs.replace(PYTHON, steps=steps)


FAILED = ended(exit_code=1, report="raised\nKeyError\nk")
DONE = ended(completed=True)


def test_each_part_is_judged_on_its_own_steps() -> None:
    verdict = run(parted("raw", "cut"), FAILED, DONE)
    assert (verdict.outcome, verdict.detail) == (Outcome.RUNTIME_ERROR, "KeyError: k"), (
        "the first part decides"
    )
    assert verdict.parts == (
        Part(name="raw", outcome=Outcome.RUNTIME_ERROR, detail="KeyError: k"),
        Part(name="cut", outcome=Outcome.PASSED),
    )
    assert run(parted("raw", "cut"), DONE, FAILED).outcome is Outcome.PASSED
    assert run(parted("", "more"), DONE, FAILED).parts == (
        Part(name="more", outcome=Outcome.RUNTIME_ERROR, detail="KeyError: k"),
    )


def test_joint_parts_decide_together() -> None:
    joint = msgspec.structs.replace(parted("one", "two"), joint=True)
    verdict = run(joint, DONE, FAILED)
    assert (verdict.outcome, verdict.detail) == (Outcome.RUNTIME_ERROR, "KeyError: k")
    assert [part.outcome for part in verdict.parts] == [Outcome.PASSED, Outcome.RUNTIME_ERROR]
    assert exception_class(verdict) == "KeyError"
    assert rejudge(verdict) == verdict
    assert run(joint, FAILED, DONE).outcome is Outcome.RUNTIME_ERROR
    assert run(joint, DONE, DONE).outcome is Outcome.PASSED


def test_a_part_ends_at_its_first_failure_and_the_next_begins() -> None:
    verdict = run(parted("raw", "raw", "cut", "cut"), FAILED, DONE, ended(exit_code=3))
    assert [part.outcome for part in verdict.parts] == [Outcome.RUNTIME_ERROR, Outcome.RUNTIME_ERROR]
    assert [each.part for each in verdict.evidence] == ["raw", "cut"]
    verdict = run(parted("raw", "raw", "cut"), DONE, DONE, DONE)
    assert [part.outcome for part in verdict.parts] == [Outcome.PASSED, Outcome.PASSED]


def test_a_part_skipped_by_the_sandbox_leaves_the_sample_without_verdict() -> None:
    verdict = run(parted("raw", "cut"), DONE)
    assert verdict.outcome is Outcome.SANDBOX_ERROR
    assert [part.outcome for part in verdict.parts] == [Outcome.PASSED, Outcome.SANDBOX_ERROR]
    assert rejudge(verdict) == verdict
    assert run(parted("raw", "raw", "cut"), DONE).outcome is Outcome.SANDBOX_ERROR


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (ended(exit_code=1, report="raised\nAssertionError\nsum"), "AssertionError"),
        (ended(exit_code=1, report="raised\nKeyError\n"), "KeyError"),
        (ended(exit_code=1, report="syntax\nIndentationError\nbad"), "IndentationError"),
        (ended(exit_code=1, report="raised\nMemoryError\n"), "MemoryError"),
        (ended(exit_code=1, report="raised\n\x1b[2J\n"), "other"),
        (ended(exit_code=1, report=f"raised\n{'E' * 61}\n"), "other"),
        (ended(exit_code=1, report="raised\n"), "other"),
        (ended(exit_code=1, report="exited\nSystemExit\n0"), ""),
        (ended(exit_code=1, report="forged\nForgedEqualityError\nx"), ""),
        (ended(status="cpu_limit"), ""),
        (ended(status="signaled", signal=9), ""),
        (ended(completed=True), ""),
        (ended(), ""),
    ],
)
def test_the_exception_that_ended_a_program(result: StepResult, name: str) -> None:
    assert exception_class(run(PYTHON, result)) == name


def test_no_exception_where_none_was_seen() -> None:
    assert exception_class(run(PYTHON, error="gone")) == ""
    assert exception_class(run(COMPILED, ended(name="compile", exit_code=1, report="raised\nE\n"))) == ""
    assert exception_class(run(parted("raw", "cut"), FAILED, DONE)) == "KeyError"
    assert exception_class(run(parted("raw", "cut"), DONE, FAILED)) == ""


def test_small_limits_are_those_of_the_table() -> None:
    assert (SMALL.cpu_s, SMALL.wall_s, SMALL.memory_bytes, SMALL.output_bytes) == (
        1.0,
        3.0,
        128 << 20,
        256 << 10,
    )


def case(name: str, status: UnitTestStatus, trace: str = "") -> UnitTestResult:
    return UnitTestResult(name=name, status=status, trace=trace)


TRACE = (
    "Traceback (most recent call last):\n  File 'a'\nKeyError: 1\n\nDuring handling, another:\n\n"
    "Traceback (most recent call last):\n  File 'tests.py', line 3\n    boom\n{}\n"
)


@pytest.mark.parametrize(
    ("tests", "completed", "outcome", "detail"),
    [
        ((case("a", UnitTestStatus.OK), case("b", UnitTestStatus.OK)), True, Outcome.PASSED, ""),
        ((), True, Outcome.INCOMPLETE, "no unit test ran"),
        ((), False, Outcome.INCOMPLETE, "the program ended before its tests did"),
        (
            (
                case("a", UnitTestStatus.OK),
                case("b", UnitTestStatus.FAIL, TRACE.format("AssertionError: 1 != 2\n\n- 1")),
            ),
            *(True, Outcome.WRONG_ANSWER, "b: fail: AssertionError: 1 != 2 - 1"),
        ),
        (
            (case("a", UnitTestStatus.ERROR, TRACE.format("ValueError")), case("b", UnitTestStatus.FAIL)),
            *(True, Outcome.RUNTIME_ERROR, "a: error: ValueError (2 of 2 tests)"),
        ),
        (
            (case("a", UnitTestStatus.ERROR, "MemoryError"),),
            *(True, Outcome.MEMORY_LIMIT, "a: error: MemoryError"),
        ),
        ((case("a", UnitTestStatus.SKIPPED, "no"),), True, Outcome.INCOMPLETE, "a: skipped: no"),
        ((case("a", UnitTestStatus.LOST),), True, Outcome.INCOMPLETE, "a: lost"),
        (
            (case("a", UnitTestStatus.UNEXPECTED_SUCCESS),),
            True,
            Outcome.WRONG_ANSWER,
            "a: unexpected success",
        ),
        ((case("a", UnitTestStatus.EXPECTED_FAILURE),), True, Outcome.WRONG_ANSWER, "a: expected failure"),
    ],
)
def test_unit_tests(
    tests: tuple[UnitTestResult, ...], completed: bool, outcome: Outcome, detail: str
) -> None:
    step = UnittestStep(
        name="run",
        files=("solution.py", "tests.py"),
        limits=Limits(cpu_s=1, wall_s=1),
    )
    program = Program(
        task_id="t",
        sample=0,
        language="python",
        image="python",
        extraction=Extraction(rule="as-is"),
        steps=(step,),
        oracle=Oracle.TESTS,
    )
    result = StepResult(name="run", status=StepStatus.EXITED, completed=completed, tests=tests)
    verdict = judge(program, Execution(task_id="t", sample=0, steps=(result,)))
    assert (verdict.outcome, verdict.detail) == (outcome, detail)
    assert verdict.evidence[0].last.tests == tests
    assert rejudge(verdict) == verdict


@pytest.mark.parametrize(
    ("reported", "detail"),
    [
        (("test_a", "test_b", "test_" + "x" * 195), ""),
        (("test_a", "test_b", "test_" + "x" * 195, "test_more"), ""),
        (("test_a", "test_" + "x" * 195), "1 of 3 tests did not run: test_b"),
        (("test_other",), "3 of 3 tests did not run: test_a"),
    ],
)
def test_all_tests_that_the_benchmark_states_must_report(reported: tuple[str, ...], detail: str) -> None:
    step = UnittestStep(
        name="run",
        files=("solution.py", "tests.py"),
        limits=Limits(cpu_s=1, wall_s=1),
        tests=("test_a", "test_b", "test_" + "x" * 300),
    )
    program = Program(
        task_id="t",
        sample=0,
        language="python",
        image="python",
        extraction=Extraction(rule="as-is"),
        steps=(step,),
        oracle=Oracle.TESTS,
    )
    tests = tuple(case(name, UnitTestStatus.OK) for name in reported)
    result = StepResult(name="run", status=StepStatus.EXITED, completed=True, tests=tests)
    verdict = judge(program, Execution(task_id="t", sample=0, steps=(result,)))
    assert verdict.outcome is (Outcome.WRONG_ANSWER if detail else Outcome.PASSED)
    assert verdict.detail == detail
    assert rejudge(verdict) == verdict


@pytest.mark.parametrize("outcome", Outcome)
def test_a_failed_sandbox_has_no_reward_and_only_passing_has_a_full_one(outcome: Outcome) -> None:
    verdict = Verdict(
        task_id="a", sample=0, outcome=outcome, detail="", rule="", wall_s=0, cpu_s=0, peak_rss_bytes=0
    )
    rewards = {Outcome.PASSED: 1.0, Outcome.SANDBOX_ERROR: None}
    assert verdict.reward == rewards.get(outcome, 0.0)
    assert verdict.passed is (outcome is Outcome.PASSED)


def test_a_record_that_contradicts_itself_names_no_exception() -> None:
    verdict = run(parted("raw", "cut"), DONE, DONE, DONE)
    evidence = tuple(msgspec.structs.replace(each, cumulative=True) for each in verdict.evidence)
    forged = msgspec.structs.replace(verdict, outcome=Outcome.WRONG_ANSWER, evidence=evidence)
    assert exception_class(forged) == ""

"""How checkers and interactors of each form are asked, and what their exit statuses mean."""

from __future__ import annotations

import msgspec
import pytest
from support.sandboxing import SMALL, commands

from codeeval.judging import accepts, checker_program, interactor_program, judge, rejudge
from codeeval.sandboxes.protocol import request_of
from codeeval.types import (
    Case,
    Checker,
    CheckerForm,
    CommandStep,
    Execution,
    Interaction,
    Oracle,
    Outcome,
    Program,
    StepResult,
    StepStatus,
    Verdict,
)

CASES = (Case(stdin="in 1", expected="a"), Case(stdin="in 2\r\n", expected="b"))
RUN = CommandStep(name="run", argv=("./checker",), limits=SMALL)


def checked_by(form: CheckerForm, *, interactive: bool = False) -> Program:
    checker = Checker(language="cpp", image="gcc", files=(), steps=(RUN,), form=form, interactive=interactive)
    return msgspec.structs.replace(commands(("./main",)), oracle=Oracle.CASES, cases=CASES, checker=checker)


def ended(exit_code: int = 0, stdout: str = "", stderr: str = "", **fields: object) -> StepResult:
    values = {"name": "run", "status": StepStatus.EXITED, "exit_code": exit_code}
    return msgspec.convert(values | {"stdout": stdout, "stderr": stderr} | fields, StepResult)


def execution(*cases: StepResult, **fields: object) -> Execution:
    return msgspec.structs.replace(Execution(task_id="test/0", sample=0, cases=cases), **fields)


def judged(program: Program, execution: Execution, checked: Execution | None = None) -> Verdict:
    verdict = judge(program, execution, checked=checked)
    assert rejudge(verdict) == verdict
    return verdict


def test_a_checker_of_kattis_reads_the_output_and_has_a_folder_for_feedback() -> None:
    program = checked_by(CheckerForm.KATTIS)
    asked = checker_program(program, execution(ended(stdout="x\0"), ended(stdout="y")))
    assert asked is not None
    assert [case.stdin for case in asked.cases] == ["x\0", "y"]
    files = {file.path: file.content for file in asked.cases[1].files}
    assert files == {
        "input.txt": "in 2\r\n",
        "output.txt": "y",
        "answer.txt": "b",
        "feedback/.folder": "",
    }
    assert not asked.stop_at_failure, "42 accepts, and must not end it"
    assert CheckerForm.KATTIS.arguments == ("input.txt", "answer.txt", "feedback/")


def test_a_checker_of_testlib_gets_the_files_as_arguments() -> None:
    asked = checker_program(checked_by(CheckerForm.TESTLIB), execution(ended(stdout="x")))
    assert asked is not None
    assert (asked.cases[0].stdin, asked.stop_at_failure) == ("", True)
    assert CheckerForm.TESTLIB.arguments == ("input.txt", "output.txt", "answer.txt")


@pytest.mark.parametrize(
    ("form", "status", "outcome"),
    [
        (CheckerForm.TESTLIB, 0, Outcome.PASSED),
        (CheckerForm.TESTLIB, 1, Outcome.WRONG_ANSWER),
        (CheckerForm.TESTLIB, 2, Outcome.WRONG_ANSWER),
        (CheckerForm.TESTLIB, 8, Outcome.WRONG_ANSWER),
        (CheckerForm.TESTLIB, 3, Outcome.SANDBOX_ERROR),
        (CheckerForm.TESTLIB, 42, Outcome.SANDBOX_ERROR),
        (CheckerForm.KATTIS, 42, Outcome.PASSED),
        (CheckerForm.KATTIS, 43, Outcome.WRONG_ANSWER),
        (CheckerForm.KATTIS, 0, Outcome.SANDBOX_ERROR),
        (CheckerForm.KATTIS, 1, Outcome.SANDBOX_ERROR),
    ],
)
def test_what_exit_statuses_mean(form: CheckerForm, status: int, outcome: Outcome) -> None:
    program = msgspec.structs.replace(checked_by(form), cases=CASES[:1])
    verdict = judged(program, execution(ended()), execution(ended(status, stderr="said why")))
    assert verdict.outcome is outcome
    if outcome is not Outcome.PASSED:
        assert "said why" in verdict.detail
    assert accepts(program.checker, ended(status)) is (outcome is Outcome.PASSED)  # type: ignore[arg-type]


def test_a_checker_that_crashes_decides_nothing() -> None:
    program = checked_by(CheckerForm.KATTIS)
    crash = ended(signal=11, status=StepStatus.SIGNALED)
    verdict = judged(program, execution(ended(), ended()), execution(ended(42), crash))
    assert verdict.outcome is Outcome.SANDBOX_ERROR
    assert "case 2" in verdict.detail


def test_an_interactor_has_the_secret_input_and_the_candidate_has_not() -> None:
    program = checked_by(CheckerForm.KATTIS, interactive=True)
    asked = interactor_program(program)
    assert [file.content for file in asked.cases[0].files][:2] == ["in 1", "a"]
    assert asked.steps[-1].limits.wall_s == 2 * SMALL.wall_s, "it waits for the candidate"
    request, data = request_of(program)
    assert request.interactive
    assert b"in 1" not in data
    request, data = request_of(asked)
    assert request.interactive
    assert b"in 1" in data
    assert checker_program(program, execution(ended(), ended())) is None


CRASHED = ended(1, stderr="EOFError")


@pytest.mark.parametrize(
    ("candidate", "interactor", "first", "outcome"),
    [
        (ended(), ended(42), False, Outcome.PASSED),
        (ended(), ended(42), True, Outcome.PASSED),
        (ended(), ended(43), False, Outcome.WRONG_ANSWER),
        (CRASHED, ended(43), True, Outcome.WRONG_ANSWER),
        (CRASHED, ended(43), False, Outcome.RUNTIME_ERROR),
        (CRASHED, ended(42), True, Outcome.RUNTIME_ERROR),
        (ended(status=StepStatus.WALL_LIMIT), ended(43), False, Outcome.TIMEOUT),
        (ended(), ended(1), False, Outcome.SANDBOX_ERROR),
        (CRASHED, ended(1), True, Outcome.SANDBOX_ERROR),
        (CRASHED, ended(1), False, Outcome.RUNTIME_ERROR),
    ],
)
def test_who_ended_first_decides(
    candidate: StepResult, interactor: StepResult, outcome: Outcome, *, first: bool
) -> None:
    program = msgspec.structs.replace(checked_by(CheckerForm.KATTIS, interactive=True), cases=CASES[:1])
    interactions = (Interaction(result=interactor, first=first),)
    assert judged(program, execution(candidate, interactions=interactions)).outcome is outcome


def test_an_interactor_that_never_ran_decides_nothing() -> None:
    program = checked_by(CheckerForm.KATTIS, interactive=True)
    verdict = judged(program, execution(ended(), interactor_failure="the interactor does not compile: x"))
    assert verdict.outcome is Outcome.SANDBOX_ERROR
    assert "does not compile" in verdict.detail


def test_all_cases_together_may_have_a_limit() -> None:
    program = msgspec.structs.replace(
        commands(("./main",)), oracle=Oracle.CASES, cases=CASES, total_cpu_s=5.0, stop_at_failure=False
    )
    verdict = judged(program, execution(ended(stdout="a", cpu_s=3.0), ended(stdout="b", cpu_s=3.0)))
    assert (verdict.outcome, [case.outcome for case in verdict.cases]) == (
        Outcome.TIMEOUT,
        [Outcome.PASSED, Outcome.TIMEOUT],
    )
    less = execution(ended(stdout="a", cpu_s=2.0), ended(stdout="b", cpu_s=3.0))
    assert judged(program, less).outcome is Outcome.PASSED

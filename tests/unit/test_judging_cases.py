"""Programs with cases: each is judged by itself, and the first that failed decides."""

from __future__ import annotations

import msgspec
import pytest
from support.sandboxing import SMALL, commands, program

from codeeval.judging import checker_program, exception_class, judge, rejudge
from codeeval.types import (
    Case,
    CaseResult,
    Checker,
    CommandStep,
    Comparison,
    Execution,
    Forbidden,
    Limits,
    Match,
    Oracle,
    Outcome,
    Program,
    PythonStep,
    SourceFile,
    StepResult,
    StepStatus,
    StreamName,
    Verdict,
)

CASES = (
    Case(stdin="1", expected="2\n"),
    Case(stdin="2", expected="3\n", name="two"),
    Case(stdin="3", expected="4\n", limits=Limits(cpu_s=7.0, wall_s=9.0)),
)
CHECKER = Checker(
    language="python",
    image="python",
    files=(SourceFile(path="checker.py", content="..."),),
    steps=(PythonStep(name="run", files=("checker.py",), limits=SMALL, script=True),),
)


def with_cases(base: Program, **changes: object) -> Program:
    return msgspec.structs.replace(base, **({"oracle": Oracle.CASES, "cases": CASES} | changes))


PYTHON = with_cases(program("print(int(input()) + 1)\n"))
COMPILED = with_cases(commands(("cc",), ("./main",)))


def ended(stdout: str = "", **fields: object) -> StepResult:
    values = {"name": "run", "status": StepStatus.EXITED, "stdout": stdout, "wall_s": 0.5, "cpu_s": 0.25}
    return msgspec.convert(values | fields, StepResult)


COMPILE = ended("noise", name="compile", wall_s=2.0, peak_rss_bytes=100)
CRASH = ended("3", exit_code=1, report="raised\nKeyError\n'k'")
RIGHT = (ended("2\n", peak_rss_bytes=50), ended("3\n", peak_rss_bytes=70), ended("4\n", peak_rss_bytes=60))


def run(
    wanted: Program,
    *cases: StepResult,
    steps: tuple[StepResult, ...] = (),
    checked: Execution | None = None,
    **options: object,
) -> Verdict:
    execution = Execution(task_id="test/0", sample=0, steps=steps, cases=cases)
    verdict = judge(wanted, execution, checked=checked, **options)
    stored = msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict)
    assert rejudge(stored) == stored == verdict
    return verdict


def outcomes(verdict: Verdict) -> list[tuple[int, Outcome]]:
    return [(case.index, case.outcome) for case in verdict.cases]


def test_all_pass() -> None:
    verdict = run(COMPILED, *RIGHT, steps=(COMPILE,))
    assert (verdict.outcome, verdict.detail) == (Outcome.PASSED, "")
    assert outcomes(verdict) == [(0, Outcome.PASSED), (1, Outcome.PASSED), (2, Outcome.PASSED)]
    assert (verdict.wall_s, verdict.compile_s, verdict.cpu_s, verdict.peak_rss_bytes) == (3.5, 2.0, 1.0, 100)
    assert verdict.cases[1] == CaseResult(
        index=1, name="two", outcome=Outcome.PASSED, wall_s=0.5, cpu_s=0.25, peak_rss_bytes=70, matched=True
    )


def test_the_first_failure_ends_the_program_and_names_the_case() -> None:
    verdict = run(PYTHON, RIGHT[0], ended("5\n"), ended("6\n"))
    assert outcomes(verdict) == [(0, Outcome.PASSED), (1, Outcome.WRONG_ANSWER)]
    assert (verdict.outcome, verdict.detail) == (
        Outcome.WRONG_ANSWER,
        "case 2 (two): line 1 is '5', not '3'",
    )
    assert (verdict.cases[1].output, verdict.stdout) == ("5\n", "5\n")
    assert verdict.wall_s == 1.0, "what ran ahead of the stop does not count"


def test_going_on_judges_each() -> None:
    wanted = msgspec.structs.replace(PYTHON, stop_at_failure=False)
    verdict = run(wanted, ended("5\n"), RIGHT[1], CRASH)
    assert outcomes(verdict) == [
        (0, Outcome.WRONG_ANSWER),
        (1, Outcome.PASSED),
        (2, Outcome.RUNTIME_ERROR),
    ]
    assert verdict.outcome is Outcome.WRONG_ANSWER
    assert verdict.detail == "case 1: line 1 is '5', not '2' (2 of 3 cases failed)"


@pytest.mark.parametrize(
    ("result", "outcome", "detail"),
    [
        (ended("2", exit_code=3), Outcome.RUNTIME_ERROR, "case 1: run: exit status 3"),
        (ended("2", status="signaled", signal=11), Outcome.RUNTIME_ERROR, "case 1: run: killed by signal 11"),
        (ended(status="cpu_limit", cpu_s=1.5), Outcome.TIMEOUT, "case 1: run: used 1.50 s of 1 s CPU"),
        (ended(status="wall_limit"), Outcome.TIMEOUT, None),
        (ended(status="memory_limit"), Outcome.MEMORY_LIMIT, None),
        (ended(status="output_limit"), Outcome.OUTPUT_LIMIT, None),
        (CRASH, Outcome.RUNTIME_ERROR, "case 1: KeyError: 'k'"),
        (
            ended("2", exit_code=1, report="raised\nAssertionError\nmine"),
            Outcome.RUNTIME_ERROR,
            "case 1: AssertionError: mine",
        ),
        (ended("2", exit_code=1, report="raised\nMemoryError\n"), Outcome.MEMORY_LIMIT, None),
        (ended(exit_code=1, report="syntax\nSyntaxError\nbad"), Outcome.COMPILE_ERROR, None),
    ],
)
def test_a_case_is_passed_only_by_an_exit_with_status_0(
    result: StepResult, outcome: Outcome, detail: str | None
) -> None:
    verdict = run(PYTHON, result)
    assert (verdict.outcome, outcomes(verdict)) == (outcome, [(0, outcome)])
    if detail is not None:
        assert verdict.detail == detail


def test_an_assertion_of_the_program_itself_is_no_wrong_answer() -> None:
    died = ended(status="signaled", signal=6, stderr="main: main.cpp:4: int main(): Assertion `a' failed.\n")
    wanted = msgspec.structs.replace(COMPILED, language="cpp")
    assert run(wanted, died, steps=(COMPILE,)).outcome is Outcome.RUNTIME_ERROR


def test_limits_of_a_case_are_stated() -> None:
    verdict = run(PYTHON, *RIGHT[:2], ended(status="cpu_limit", cpu_s=8.0))
    assert verdict.detail == "case 3: run: used 8.00 s of 7 s CPU"


def test_what_does_not_compile_has_no_cases() -> None:
    failed = msgspec.structs.replace(COMPILE, exit_code=1, stderr="main.cpp:1:1: error: no")
    verdict = run(COMPILED, steps=(failed,))
    assert (verdict.outcome, verdict.cases) == (Outcome.COMPILE_ERROR, ())
    assert verdict.detail == "compile: exit status 1: main.cpp:1:1: error: no"


@pytest.mark.parametrize("stop", [True, False])
def test_cases_that_the_sandbox_did_not_run_are_its_failure(stop: bool) -> None:
    wanted = msgspec.structs.replace(COMPILED, stop_at_failure=stop)
    assert run(wanted, steps=(COMPILE,)).outcome is Outcome.SANDBOX_ERROR
    assert run(wanted, *RIGHT[:2], steps=(COMPILE,)).outcome is Outcome.SANDBOX_ERROR
    partly = run(wanted, RIGHT[0], ended("?"), steps=(COMPILE,))
    assert partly.outcome is (Outcome.WRONG_ANSWER if stop else Outcome.SANDBOX_ERROR)


def test_the_exception_of_the_case_that_decides_is_counted() -> None:
    assert exception_class(run(PYTHON, RIGHT[0], CRASH)) == "KeyError"
    assert exception_class(run(PYTHON, ended("?"))) == ""


def test_another_comparison() -> None:
    wanted = msgspec.structs.replace(PYTHON, comparison=Comparison(name="floats", tolerance=0.1))
    assert run(wanted, ended("2.05"), ended("2.95"), ended("4")).outcome is Outcome.PASSED
    assert run(wanted, ended("2.5")).outcome is Outcome.WRONG_ANSWER


def test_a_comparison_of_the_benchmarks_own() -> None:
    def as_length(case: Case, output: str) -> Match:
        return Match(matched=len(case.expected) == len(output), difference="of another length")

    wanted = msgspec.structs.replace(PYTHON, comparison=Comparison(name="length"))
    assert run(wanted, *map(ended, ("x\n", "y\n", "z\n")), compare_output=as_length).outcome is Outcome.PASSED
    verdict = run(wanted, ended("xyz"), compare_output=as_length)
    assert (verdict.outcome, verdict.detail) == (Outcome.WRONG_ANSWER, "case 1: of another length")


class TestChecker:
    wanted = msgspec.structs.replace(PYTHON, checker=CHECKER)

    def checked(self, *cases: StepResult, **fields: object) -> Execution:
        return Execution(task_id="test/0", sample=0, cases=cases, **fields)

    def test_it_gets_input_output_and_answer_of_what_ended_well(self) -> None:
        execution = Execution(task_id="test/0", sample=0, cases=(ended("9\n"), CRASH))
        made = checker_program(self.wanted, execution)
        assert made is not None
        (case,) = made.cases
        assert {file.path: file.content for file in case.files} == {
            "input.txt": "1",
            "output.txt": "9\n",
            "answer.txt": "2\n",
        }
        assert (made.files, made.steps) == (CHECKER.files, CHECKER.steps)
        assert "print(int(input()) + 1)" not in str(made)

    def test_nothing_to_check(self) -> None:
        crashed = Execution(task_id="test/0", sample=0, cases=(CRASH,))
        assert checker_program(self.wanted, crashed) is None
        assert checker_program(PYTHON, Execution(task_id="test/0", sample=0, cases=RIGHT)) is None
        assert checker_program(self.wanted, Execution(task_id="test/0", sample=0, error="gone")) is None
        assert run(self.wanted, CRASH).outcome is Outcome.RUNTIME_ERROR

    def test_its_exit_status_decides_and_not_the_expected_text(self) -> None:
        verdict = run(self.wanted, *map(ended, "abc"), checked=self.checked(*[ended()] * 3))
        assert verdict.outcome is Outcome.PASSED
        for status in (1, 2, 4, 8):
            rejecting = ended(exit_code=status, stderr="wrong answer: too few\n")
            verdict = run(self.wanted, *RIGHT, checked=self.checked(ended(), rejecting))
            assert outcomes(verdict) == [(0, Outcome.PASSED), (1, Outcome.WRONG_ANSWER)]
            assert verdict.detail == "case 2 (two): the checker rejects it: wrong answer: too few"

    @pytest.mark.parametrize(
        "failing",
        [
            ended(exit_code=3, stderr="FAIL no answer"),
            ended(exit_code=1, report="raised\nIndexError\nlist index out of range"),
            ended(status="cpu_limit"),
            ended(status="signaled", signal=11),
        ],
    )
    def test_a_checker_that_fails_is_nobodys_wrong_answer(self, failing: StepResult) -> None:
        verdict = run(self.wanted, *RIGHT, checked=self.checked(ended(), failing))
        assert verdict.outcome is Outcome.SANDBOX_ERROR
        assert "the checker failed" in verdict.detail

    def test_a_checker_that_was_not_run(self) -> None:
        assert run(self.wanted, *RIGHT).outcome is Outcome.SANDBOX_ERROR
        assert run(self.wanted, *RIGHT, checked=self.checked(error="gone")).outcome is Outcome.SANDBOX_ERROR
        assert run(self.wanted, *RIGHT, checked=self.checked()).outcome is Outcome.SANDBOX_ERROR
        broken = ended(name="compile", exit_code=1, stderr="error: no")
        verdict = run(self.wanted, *RIGHT, checked=self.checked(steps=(broken,)))
        assert (verdict.outcome, verdict.detail) == (
            Outcome.SANDBOX_ERROR,
            "case 1: the checker does not compile: error: no",
        )

    def test_a_case_that_it_did_not_decide_on(self) -> None:
        wanted = msgspec.structs.replace(self.wanted, stop_at_failure=False)
        verdict = run(wanted, *RIGHT, checked=self.checked(ended(), ended()))
        assert verdict.outcome is Outcome.SANDBOX_ERROR


def test_cases_need_their_oracle_and_steps_of_one_part() -> None:
    with pytest.raises(ValueError, match=r"Oracle\.CASES"):
        msgspec.structs.replace(PYTHON, oracle=Oracle.STDOUT)
    parts = tuple(CommandStep(name="run", argv=("x",), limits=SMALL, part=part) for part in "ab")
    with pytest.raises(ValueError, match="one part"):
        msgspec.structs.replace(PYTHON, steps=parts)


def test_what_a_step_forbids_fails_a_case_that_is_otherwise_right() -> None:
    rule = Forbidden(name="wrote to standard error", stream=StreamName.STDERR, pattern=r"[\s\S]")
    step = msgspec.structs.replace(COMPILED.steps[-1], forbidden=(rule,))
    strict = msgspec.structs.replace(COMPILED, steps=(*COMPILED.steps[:-1], step), stop_at_failure=False)
    first, second, third = RIGHT
    warned = msgspec.structs.replace(second, stderr="warning")
    verdict = run(strict, first, warned, third, steps=(COMPILE,))
    assert outcomes(verdict) == [(0, Outcome.PASSED), (1, Outcome.WRONG_ANSWER), (2, Outcome.PASSED)]
    assert rule.name in verdict.detail
    assert run(strict, *RIGHT, steps=(COMPILE,)).outcome is Outcome.PASSED

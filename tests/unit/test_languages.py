"""Languages as data: epilogues are placed, commands become steps, tools' output distinguishes failures."""

from __future__ import annotations

import pytest

from codeeval.errors import UnknownName
from codeeval.judging import judge
from codeeval.languages import LANGUAGES, Command, Epilogue, Language, finish, language
from codeeval.testing import check_language
from codeeval.types import (
    CommandMode,
    CommandStep,
    Execution,
    Extraction,
    Forbidden,
    Limits,
    Outcome,
    Program,
    Step,
    StepResult,
    StepStatus,
    StreamName,
)

LIMITS = Limits(cpu_s=1.0, wall_s=2.0)


class TestEpilogue:
    def test_none_leaves_the_program_as_it_is(self) -> None:
        assert finish("tests", None) == "tests"

    @pytest.mark.parametrize(
        ("tests", "epilogue", "finished"),
        [
            ("check()", Epilogue(code="done()"), "check()\ndone()\n"),
            ("check()\n", Epilogue(code="done()"), "check()\ndone()\n"),
            (
                "main() {\n  check();\n}\n",
                Epilogue(code="done();", closings=1),
                "main() {\n  check();\ndone();\n}\n",
            ),
            ("A { main() { x } }", Epilogue(code="y", closings=2), "A { main() { x \ny\n} }"),
            ("a\nexit(run())\n", Epilogue(code="z", instead_of="exit(run())"), "a\nz\n"),
            ("exit(run())\nexit(run())\n", Epilogue(code="z", instead_of="exit(run())"), "exit(run())\nz\n"),
        ],
    )
    def test_the_place_of_the_tests(self, tests: str, epilogue: Epilogue, finished: str) -> None:
        assert finish(tests, epilogue) == finished

    @pytest.mark.parametrize(
        ("tests", "epilogue"),
        [
            ("no brace", Epilogue(code="x", closings=1)),
            ("}", Epilogue(code="x", closings=2)),
            ("a", Epilogue(code="x", instead_of="b")),
        ],
    )
    def test_a_program_without_the_shape(self, tests: str, epilogue: Epilogue) -> None:
        assert finish(tests, epilogue) is None


class TestCommand:
    def test_the_fast_way_is_taken_and_the_plain_one_kept(self) -> None:
        command = Command(argv=("cc", "x"), fast=("fast-cc", "x"), mode=CommandMode.SERVED, limits=LIMITS)
        step = command.step("compile")
        assert (step.argv, step.cold_argv, step.mode) == (("fast-cc", "x"), ("cc", "x"), CommandMode.SERVED)

    def test_there_need_be_only_one(self) -> None:
        step = Command(argv=("lua", "x"), limits=LIMITS).step("run")
        assert (step.argv, step.cold_argv, step.mode) == (("lua", "x"), (), CommandMode.PLAIN)


@pytest.mark.parametrize("each", LANGUAGES.values(), ids=lambda each: each.id)
def test_entries(each: Language) -> None:
    check_language(each)
    assert "echo" in {test.name for test in each.self_tests} or each.id == "go"  # go test gives no input


def test_an_unknown_language_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"'pyton'(.|\n)*python"):
        language("pyton")


def outcome(step: Step, result: StepResult, name: str = "cpp") -> Outcome:
    program = Program(
        task_id="t", sample=0, language=name, image="gcc", extraction=Extraction(rule="x"), steps=(step,)
    )
    return judge(program, Execution(task_id="t", sample=0, steps=(result,))).outcome


class TestWords:
    """The class of a failure by a command's output, which never makes a success."""

    run = CommandStep(name="run", argv=("./main",), limits=LIMITS)

    @pytest.mark.parametrize(
        ("stderr", "expected"),
        [
            ("main: main.cpp:4: int main(): Assertion `a == b' failed.\n", Outcome.WRONG_ANSWER),
            ("terminate called after throwing an instance of 'std::bad_alloc'\n", Outcome.MEMORY_LIMIT),
            ("terminate called after throwing an instance of 'std::out_of_range'\n", Outcome.RUNTIME_ERROR),
            ("", Outcome.RUNTIME_ERROR),
        ],
    )
    def test_a_failed_run(self, stderr: str, expected: Outcome) -> None:
        died = StepResult(name="run", status=StepStatus.SIGNALED, signal=6, stderr=stderr)
        assert outcome(self.run, died) is expected
        left = StepResult(name="run", status=StepStatus.EXITED, exit_code=1, stderr=stderr)
        assert outcome(self.run, left) is expected

    def test_diagnostics_do_not_fail_a_passing_program(self) -> None:
        words = "main: main.cpp:4: int main(): Assertion `a == b' failed.\nstd::bad_alloc"
        passed = StepResult(name="run", status=StepStatus.EXITED, completed=True, stderr=words)
        assert outcome(self.run, passed) is Outcome.PASSED

    def test_a_compiler_that_fails(self) -> None:
        compiling = CommandStep(name="compile", argv=("g++",), limits=LIMITS)
        failed = StepResult(
            name="compile", status=StepStatus.EXITED, exit_code=1, stderr="Assertion `x' failed."
        )
        assert outcome(compiling, failed) is Outcome.COMPILE_ERROR

    def test_what_is_forbidden_fails_a_program_that_ended_well(self) -> None:
        rule = Forbidden(name="stderr must be empty", stream=StreamName.STDERR, pattern=r"\S")
        strict = CommandStep(name="run", argv=("x",), limits=LIMITS, forbidden=(rule,))
        clean = StepResult(name="run", status=StepStatus.EXITED, completed=True, stdout="words", stderr=" \n")
        assert outcome(strict, clean) is Outcome.PASSED
        loud = StepResult(name="run", status=StepStatus.EXITED, completed=True, stderr="FAILURE\n")
        assert outcome(strict, loud) is Outcome.RUNTIME_ERROR

    def test_a_language_that_this_version_does_not_know(self) -> None:
        failed = StepResult(name="run", status=StepStatus.EXITED, exit_code=1, stderr="std::bad_alloc")
        assert outcome(self.run, failed, "cobol") is Outcome.RUNTIME_ERROR

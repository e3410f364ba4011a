"""``Sandbox`` and ``execute`` without an engine: what programs are made of, and what results hold."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import asyncio
import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pipeline_fakes import FakePool
from test_evaluator import Pool

import codeeval
from codeeval.errors import CodeEvalError, DataError, SandboxError, UnknownName, UsageError
from codeeval.judging import COMPILE
from codeeval.languages import LANGUAGES
from codeeval.records import SandboxInfo
from codeeval.session import sandbox as module
from codeeval.session.requests import ExecutionRequest, make_program
from codeeval.session.sandbox import Sandbox
from codeeval.session.sandboxes import OpenPool
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Case,
    Checker,
    CommandStep,
    Comparison,
    Execution,
    LimitOptions,
    Oracle,
    Outcome,
    Program,
    PythonStep,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Seen(NamedTuple):
    """A pool that was opened, and for which images."""

    images: tuple[str, ...]
    pool: FakePool


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    seen: list[Seen] = []

    @contextlib.contextmanager
    def open_pool(images: tuple[str, ...], *_: object) -> Iterator[OpenPool]:
        seen.append(Seen(images, Pool(2)))
        try:
            yield OpenPool(seen[-1].pool, SandboxInfo(launcher="fake"))
        finally:
            seen[-1].pool.close()

    monkeypatch.setattr(module, "open_pool", open_pool)
    return seen


def test_a_plain_program_passes_by_its_exit_status(opened: list[Seen]) -> None:
    with Sandbox() as sandbox:
        assert sandbox.execute("pass").outcome is Outcome.PASSED
        crash = sandbox.execute("crash")
    assert (crash.outcome, crash.exit_code, crash.passed, crash.reward) == (
        Outcome.RUNTIME_ERROR,
        1,
        False,
        0.0,
    )
    assert opened[0].images == ("python",)


def test_results_are_in_order_and_complete(opened: list[Seen]) -> None:
    with Sandbox() as sandbox:
        results = sandbox.execute_many(["pass", "slow", "load-slow", "sandbox:999", "crash"] * 10)
    assert [(result.outcome, result.attempts) for result in results[:5]] == [
        (Outcome.PASSED, 1),
        (Outcome.TIMEOUT, 2),
        (Outcome.PASSED, 2),
        (Outcome.SANDBOX_ERROR, 3),
        (Outcome.RUNTIME_ERROR, 1),
    ]
    assert [result.reward for result in results[:5]] == [1.0, 0.0, 1.0, None, 0.0]
    assert len(results) == 50
    assert (results[0].wall_s, results[0].cpu_s, results[0].peak_rss_bytes) == (0.25, 0.125, 9)
    assert results[1].exit_code is None


async def test_in_a_running_loop(opened: list[Seen]) -> None:
    async with Sandbox() as sandbox:
        one, many = await asyncio.gather(
            sandbox.aexecute("pass"), sandbox.aexecute_many(["crash", ExecutionRequest("pass")])
        )
        assert sandbox.execute("pass").passed
    assert [one.passed, *(result.passed for result in many)] == [True, False, True]
    assert len(opened) == 1


def test_from_threads(opened: list[Seen]) -> None:
    sandbox = Sandbox()
    with ThreadPoolExecutor(8) as threads:
        assert all(result.passed for result in threads.map(sandbox.execute, ["pass"] * 100))
    sandbox.close()
    assert len(opened) == 1
    with pytest.raises(UsageError, match="closed"):
        sandbox.execute("pass")


def test_a_future_can_be_cancelled(opened: list[Seen]) -> None:
    with Sandbox() as sandbox:
        opened[0].pool.delay_s = 0.05
        futures = [sandbox.submit("pass") for _ in range(20)]
        cancelled = [future for future in futures[10:] if future.cancel()]
        assert all(future.result().passed for future in futures if future not in cancelled)
    assert cancelled
    assert len(opened[0].pool.executed) == 20 - len(cancelled)


def test_execute_opens_and_closes(opened: list[Seen]) -> None:
    assert codeeval.execute("pass").passed
    assert codeeval.execute("puts 1", language="ruby").outcome is not Outcome.SANDBOX_ERROR
    assert [seen.images for seen in opened] == [("python",), ("ruby",)]
    assert all(seen.pool.closed for seen in opened)  # type: ignore[attr-defined]


def test_a_language_whose_image_is_missing_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def open_pool(*_: object) -> Iterator[OpenPool]:
        missing = {"go": SandboxError("image go is not built", "codeeval sandbox build go")}
        yield OpenPool(Pool(1), SandboxInfo(launcher="fake"), missing)

    monkeypatch.setattr(module, "open_pool", open_pool)
    with pytest.raises(SandboxError, match="image go"):
        Sandbox(["python", "go"]).open()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_a_plain_program(language: str) -> None:
    made = make_program(ExecutionRequest("code", language, stdin="input"))
    assert made.image == LANGUAGES[language].image
    assert (made.oracle, made.stdin, made.solution) == (Oracle.EXIT_STATUS, "input", "code")
    assert made.files[0].content == "code"
    assert [step.name for step in made.steps][-1] == "run"
    for step in made.steps:
        assert isinstance(step, PythonStep | CommandStep)
    cases = make_program(ExecutionRequest("code", language, cases=(("1", "2"), ("3", "4"))))
    assert (cases.oracle, len(cases.cases), cases.steps) == (Oracle.CASES, 2, made.steps)


def test_tests_stand_behind_the_program() -> None:
    made = make_program(ExecutionRequest("def f(): return 1", tests="assert f() == 1", entry_point="f"))
    assert [file.content for file in made.files] == ["def f(): return 1\n", "assert f() == 1"]
    (step,) = made.steps
    assert isinstance(step, PythonStep)
    assert (step.entry_point, made.oracle) == ("f", Oracle.COMPLETED)
    other = make_program(ExecutionRequest(f"f() {{ :; }} # {TOKEN_PLACEHOLDER}", "bash", tests="f || exit 1"))
    (source, *_) = other.files
    assert source.content.startswith("f() { :; } # \nf || exit 1")
    assert source.content.count(TOKEN_PLACEHOLDER) == 1, "a candidate may not use the token by name"


def test_cases_and_how_they_compare() -> None:
    case = Case(stdin="5", expected="6", name="five")
    checker = Checker(language="python", image="python", files=(), steps=())
    made = make_program(
        ExecutionRequest(
            "code",
            cases=(case, ("a", "b"), ["c", "d"]),  # type: ignore[arg-type]
            comparison=Comparison(name="floats", tolerance=0.1),
            checker=checker,
            stop_at_failure=False,
        )
    )
    assert made.cases == (case, Case(stdin="a", expected="b"), Case(stdin="c", expected="d"))
    assert (made.comparison.name, made.comparison.tolerance) == ("floats", 0.1)
    assert (made.checker, made.stop_at_failure) == (checker, False)
    assert (
        make_program(ExecutionRequest("code", cases=(case,), comparison="exact")).comparison.name == "exact"
    )


def test_limits_of_the_sandbox_and_of_the_call() -> None:
    sandbox = Sandbox(limits=LimitOptions(cpu_s=7.0))
    own = LANGUAGES["python"].steps()[-1].limits
    assert sandbox.program("pass").steps[-1].limits.cpu_s == 7.0
    assert (
        sandbox.program("pass", limits=LimitOptions(memory_bytes=1 << 29)).steps[-1].limits.cpu_s == own.cpu_s
    )
    assert Sandbox().program("pass").steps[-1].limits == own
    compiled = Sandbox("cpp", limits=LimitOptions(cpu_s=0.5)).program("int main() {}", language="cpp")
    limits = {step.name: step.limits.cpu_s for step in compiled.steps}
    assert limits["run"] == 0.5
    assert limits[COMPILE] > 0.5


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"tests": "assert 1", "cases": [("1", "2")]}, UsageError),
        ({"stdin": "1", "cases": [("1", "2")]}, UsageError),
        ({"entry_point": "f"}, UsageError),
        ({"cases": ["12"], "comparison": "nearly"}, UnknownName),
        ({"cases": [("1", 2)]}, UsageError),
        ({"cases": [None]}, UsageError),
        ({"checker": "import sys"}, UsageError),
        ({"checker": "import sys", "tests": "assert 1"}, UsageError),
        ({"cases": [("1", "2", "3")]}, UsageError),
        ({"language": "cobol"}, UnknownName),
        ({"language": "ruby"}, UnknownName),
        ({"colour": "red"}, UnknownName),
        ({"stdin": 5}, UsageError),
    ],
)
def test_what_cannot_be_carried_out(opened: list[Seen], options: dict[str, object], error: type) -> None:
    with Sandbox() as sandbox:
        with pytest.raises(error):
            sandbox.execute("pass", **options)  # type: ignore[arg-type]
        with pytest.raises(error):
            sandbox.execute_many(["pass"], **options)  # type: ignore[arg-type]
    assert not opened[0].pool.executed


def test_what_is_no_program(opened: list[Seen]) -> None:
    with pytest.raises(UsageError):
        Sandbox([])
    with pytest.raises(UnknownName):
        Sandbox("pyhton")
    with Sandbox() as sandbox:
        with pytest.raises(UsageError):
            sandbox.execute(None)  # type: ignore[arg-type]
        with pytest.raises(UsageError):
            sandbox.execute(ExecutionRequest("pass"), stdin="1")
        with pytest.raises(CodeEvalError):
            sandbox.execute_many(["pass", 5])  # type: ignore[list-item]
    assert not opened[0].pool.executed
    with pytest.raises(DataError):
        make_program(ExecutionRequest("int f() { return 1; }", "cpp", tests="no closing brace"))


class Casing(FakePool):
    """Prints the input of each case, until it is to crash."""

    def _result(self, program: Program, *, alone: bool) -> Execution:
        ran = []
        for case in program.cases:
            crashed = case.stdin == "crash"
            ran.append(
                StepResult(
                    name="run",
                    status=StepStatus.EXITED,
                    exit_code=3 * crashed,
                    stdout=case.stdin,
                    stderr="oops" if crashed else "",
                    cpu_s=0.5,
                )
            )
        return Execution(task_id=program.task_id, sample=0, cases=tuple(ran))


def test_results_of_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def open_pool(*_: object) -> Iterator[OpenPool]:
        yield OpenPool(Casing(0), SandboxInfo(launcher="fake"))

    monkeypatch.setattr(module, "open_pool", open_pool)
    with Sandbox() as sandbox:
        right = sandbox.execute("code", cases=[("1", "1"), ("2", " 2 \n")])
        wrong = sandbox.execute("code", cases=[("1", "1"), ("2", "3"), ("4", "4")], stop_at_failure=False)
        crashed = sandbox.execute("code", cases=[("1", "1"), ("crash", "3")])
    assert (right.passed, right.stdout, right.cpu_s) == (True, "2", 1.0)
    assert [case.outcome for case in wrong.cases] == [Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.PASSED]
    assert (wrong.outcome, wrong.stdout, wrong.exit_code) == (Outcome.WRONG_ANSWER, "2", 0)
    assert (crashed.outcome, crashed.exit_code, crashed.stderr) == (Outcome.RUNTIME_ERROR, 3, "oops")


def test_a_forked_process_has_no_part_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def open_pool(*_: object) -> Iterator[OpenPool]:
        try:
            yield OpenPool(FakePool(0), SandboxInfo(launcher="fake"))
        finally:
            (tmp_path / f"closed by {os.getpid()}").touch()

    monkeypatch.setattr(module, "open_pool", open_pool)
    sandbox = Sandbox().open()
    child = os.fork()
    if not child:
        try:
            sandbox.execute("pass")
        except UsageError:
            sandbox.close()
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sandbox.execute("pass").passed
    sandbox.close()
    assert [path.name for path in tmp_path.iterdir()] == [f"closed by {os.getpid()}"]

"""The verifier: what it retries and repeats, what it passes on, from one thread or several."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import LIMITS, FakeBenchmark, FakePool

from codeeval.errors import SandboxError
from codeeval.pipeline import NoSandbox, verifier
from codeeval.pipeline.verifier import IN_FLIGHT, MAX_CONSECUTIVE_SANDBOX_ERRORS, Verifier, then
from codeeval.types import (
    Answer,
    CallsStep,
    Case,
    Checker,
    Comparison,
    Completion,
    CompletionKind,
    Execution,
    Grade,
    Match,
    Oracle,
    Outcome,
    Program,
    PythonStep,
    Score,
    SourceFile,
    StepResult,
    StepStatus,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARK = FakeBenchmark(1)


def completion(text: str, sample: int = 0) -> Completion:
    return Completion(task_id="Fake/0", sample=sample, text=text, kind=CompletionKind.ANSWER)


def program(text: str, sample: int = 0) -> Program:
    return BENCHMARK.program(BENCHMARK.problems[0], completion(text, sample))


class HeldPool:
    """Executes on command, in the thread that commands."""

    size = 2

    def __init__(self) -> None:
        self.waiting: list[tuple[Program, bool, Future[Execution]]] = []
        self._says = FakePool(0)

    def submit(self, wanted: Program) -> Future[Execution]:
        return self._take(wanted, alone=False)

    def renew(self) -> None: ...

    def submit_alone(self, wanted: Program) -> Future[Execution]:
        return self._take(wanted, alone=True)

    def _take(self, wanted: Program, *, alone: bool) -> Future[Execution]:
        future: Future[Execution] = Future()
        self.waiting.append((wanted, alone, future))
        return future

    def run(self) -> tuple[int, bool]:
        """Execute the oldest; returns its sample and whether it ran alone."""
        wanted, alone, future = self.waiting.pop(0)
        if future.set_running_or_notify_cancel():
            self._says._waiting = 0
            future.set_result((self._says.submit_alone if alone else self._says.submit)(wanted).result())
        return wanted.sample, alone

    def close(self) -> None:
        for _, _, future in self.waiting:
            future.cancel()


@pytest.fixture
def threads() -> Iterator[FakePool]:
    pool = FakePool(4)
    yield pool
    pool.close()


def test_a_failed_sandbox_is_retried() -> None:
    pool = FakePool(0)
    verdict = Verifier(pool, sandbox_retries=2).submit(program("sandbox:2")).result()
    assert (verdict.outcome, verdict.attempts) == (Outcome.PASSED, 3)
    verdict = Verifier(pool, sandbox_retries=1).submit(program("sandbox:9", 1)).result()
    assert (verdict.outcome, verdict.attempts) == (Outcome.SANDBOX_ERROR, 2)
    assert verdict.detail == "the sandbox died"


def test_what_is_final_is_not_retried_and_counts_in_no_row() -> None:
    class Final(FakePool):
        def _result(self, program: Program, *, alone: bool) -> Execution:
            return Execution(task_id="Fake/0", sample=0, error="no such image", final=True)

    pool = Final(0)
    verify = Verifier(pool)
    outcomes = {
        verify.submit(program("pass", n)).result().outcome for n in range(MAX_CONSECUTIVE_SANDBOX_ERRORS + 5)
    }
    assert outcomes == {Outcome.SANDBOX_ERROR}
    assert len(pool.executed) == MAX_CONSECUTIVE_SANDBOX_ERRORS + 5


def test_a_row_of_failures_raises_until_a_sandbox_works_again() -> None:
    verify = Verifier(FakePool(0), sandbox_retries=0)
    for sample in range(MAX_CONSECUTIVE_SANDBOX_ERRORS - 1):
        assert verify.submit(program("sandbox:9", sample)).result().outcome is Outcome.SANDBOX_ERROR
    for sample in (100, 101):
        with pytest.raises(SandboxError, match="the sandbox died"):
            verify.submit(program("sandbox:9", sample)).result()
    assert verify.submit(program("pass")).result().outcome is Outcome.PASSED
    assert verify.submit(program("sandbox:9", 200)).result().outcome is Outcome.SANDBOX_ERROR


def test_a_timeout_is_repeated_alone_when_nothing_else_runs() -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    slow, forgiven = verify.submit(program("slow", 0)), verify.submit(program("load-slow", 1))
    other = verify.submit(program("pass", 2))
    assert [pool.run() for _ in range(3)] == [(0, False), (1, False), (2, False)]
    assert other.done()
    assert [pool.run() for _ in range(2)] == [(0, True), (1, True)]
    assert (slow.result().outcome, slow.result().attempts) == (Outcome.TIMEOUT, 2)
    assert (forgiven.result().outcome, forgiven.result().attempts) == (Outcome.PASSED, 2)
    assert not pool.waiting


@pytest.mark.parametrize(("reruns", "attempts"), [(0, 1), (1, 2), (3, 4)])
def test_how_often_a_timeout_must_repeat(reruns: int, attempts: int) -> None:
    pool = HeldPool()
    future = Verifier(pool, timeout_reruns=reruns).submit(program("slow"))
    assert [pool.run()[1] for _ in range(attempts)] == [False] + [True] * reruns
    assert (future.result().outcome, future.result().attempts) == (Outcome.TIMEOUT, attempts)


def test_what_used_up_its_cpu_time_is_not_repeated() -> None:
    pool = HeldPool()
    future = Verifier(pool).submit(program("spins"))
    pool.run()
    assert (future.result().outcome, future.result().attempts) == (Outcome.TIMEOUT, 1)


def test_what_only_waited_is_repeated_beside_others() -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    waits, other = verify.submit(program("waits", 0)), verify.submit(program("pass", 1))
    assert [pool.run() for _ in range(3)] == [(0, False), (1, False), (0, False)]
    assert other.done()
    assert (waits.result().outcome, waits.result().attempts) == (Outcome.TIMEOUT, 2)


def test_a_timeout_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    verify.submit(program("slow", 0))
    pool.run()
    assert [(each.sample, alone) for each, alone, _ in pool.waiting] == [(0, True)]
    pool.waiting.clear()
    verify.submit(program("slow", 1))
    verify.submit(program("pass", 2))
    verify.submit(program("pass", 3))
    pool.run()
    pool.run()
    assert [alone for _, alone, _ in pool.waiting] == [False], "there is always another program"
    verify.submit(program("pass", 4))
    monkeypatch.setattr(verifier, "MAX_DEFERRAL_S", 0.0)
    pool.run()
    assert [(each.sample, alone) for each, alone, _ in pool.waiting] == [(4, False), (1, True)]


def test_an_attempt_leaves_timeouts_to_the_caller() -> None:
    verify = Verifier(FakePool(0))
    verdict = verify.attempt(program("slow"), before=1).result()
    assert (verdict.outcome, verdict.attempts) == (Outcome.TIMEOUT, 2)
    assert verify.attempt(program("load-slow"), alone=True).result().outcome is Outcome.PASSED


def test_an_execution_is_retried_and_not_judged() -> None:
    verify = Verifier(FakePool(0), sandbox_retries=1)
    execution = verify.execute(program("sandbox:1")).result()
    assert (execution.error, execution.steps[0].completed) == ("", True)
    assert verify.execute(program("sandbox:9", 1)).result().error == "the sandbox died"


def test_the_execution_beside_the_verdict() -> None:
    found = Verifier(FakePool(0)).examine(program("crash")).result()
    assert found.verdict.outcome is Outcome.RUNTIME_ERROR
    assert found.execution is not None
    assert found.execution.steps[0].exit_code == 1
    empty = Verifier(FakePool(0)).examine(program("")).result()
    assert (empty.verdict.outcome, empty.execution) == (Outcome.NO_CODE, None)


def test_what_has_no_steps_needs_no_pool() -> None:
    verify = Verifier(NoSandbox(), BENCHMARK)
    assert verify.submit(program("")).result().outcome is Outcome.NO_CODE
    assert verify.attempt(program("")).result().outcome is Outcome.NO_CODE
    made = verify.make(BENCHMARK.problems[0], completion(""))
    assert isinstance(made, Verdict)
    assert made.outcome is Outcome.NO_CODE
    with pytest.raises(SandboxError):
        verify.submit(program("pass")).result()


class Grading(FakeBenchmark):
    """Grades what is written, and compares what is returned."""

    def program(self, problem: object, completion: Completion) -> Program:
        return msgspec.structs.replace(
            program(""),
            oracle=Oracle.ANSWER,
            answers=(Answer(scorer="main", metric="exact", rule="whole", texts=(completion.text,)),),
            extraction=msgspec.structs.replace(program("").extraction, rule="whole"),
        )

    def grade(self, program: Program) -> Grade:
        return Grade(scores=(Score(scorer="main", value=float(program.answers[0].texts[0])),))

    def compare(self, step: CallsStep, values: str) -> Match:
        if values == "broken":
            raise ZeroDivisionError("a defect of the comparison")
        return Match(matched=values == "close enough", difference="" if values == "close enough" else "far")


@pytest.mark.parametrize(("text", "outcome"), [("1.0", Outcome.PASSED), ("0.5", Outcome.WRONG_ANSWER)])
def test_answers_are_graded_by_the_benchmark(text: str, outcome: Outcome) -> None:
    made = Verifier(NoSandbox(), Grading(1)).make(BENCHMARK.problems[0], completion(text))
    assert isinstance(made, Verdict)
    assert made.outcome is outcome


def test_a_benchmark_that_breaks_is_never_the_models_failure() -> None:
    verify = Verifier(FakePool(0), BENCHMARK)
    for _ in range(MAX_CONSECUTIVE_SANDBOX_ERRORS - 1):
        made = verify.make(BENCHMARK.problems[0], completion("defect"))
        assert isinstance(made, Verdict)
        assert made.outcome is Outcome.SANDBOX_ERROR
        assert "ZeroDivisionError" in made.detail
    with pytest.raises(SandboxError, match="ZeroDivisionError"):
        verify.make(BENCHMARK.problems[0], completion("defect"))


class ReturningPool(FakePool):
    """Every program is a call that returns its own text."""

    def _result(self, program: Program, *, alone: bool) -> Execution:
        step = StepResult(name="run", status=StepStatus.EXITED, values=program.files[0].content)
        return Execution(task_id=program.task_id, sample=program.sample, steps=(step,))


@pytest.mark.parametrize(
    ("returned", "outcome"),
    [
        ("close enough", Outcome.PASSED),
        ("something else", Outcome.WRONG_ANSWER),
        ("broken", Outcome.SANDBOX_ERROR),
    ],
)
def test_values_are_compared_by_the_benchmark(returned: str, outcome: Outcome) -> None:
    made = program(returned)
    calls = CallsStep(
        name="run", program="program.py", inputs="1.json", entry_point="f", limits=LIMITS, expected="exact"
    )
    made = msgspec.structs.replace(made, steps=(calls,), oracle=Oracle.VALUES)
    assert Verifier(ReturningPool(0), Grading(1)).submit(made).result().outcome is outcome


CHECKER = Checker(
    language="python",
    image="python",
    files=(SourceFile(path="checker.py", content="..."),),
    steps=(PythonStep(name="run", files=("checker.py",), limits=LIMITS, script=True),),
)


class CheckingPool(FakePool):
    """Prints ``odd``; as a checker it accepts that, loses its first sandboxes, or fails."""

    def __init__(self, checker: str) -> None:
        super().__init__(0)
        self.checker = checker

    def _result(self, program: Program, *, alone: bool) -> Execution:
        checking = program.files[0].path == "checker.py"
        if checking and self.checker == "lost" and len(self.executed) < 5:
            return Execution(task_id=program.task_id, sample=program.sample, error="gone")
        status = {"reject": 1, "fail": 3}.get(self.checker, 0) if checking else 0
        ended = StepResult(name="run", status=StepStatus.EXITED, exit_code=status, stdout="odd")
        return Execution(task_id=program.task_id, sample=program.sample, cases=(ended,) * len(program.cases))


@pytest.mark.parametrize(
    ("checker", "outcome", "executions"),
    [
        ("accept", Outcome.PASSED, 2),
        ("reject", Outcome.WRONG_ANSWER, 2),
        ("lost", Outcome.PASSED, 6),
        ("fail", Outcome.SANDBOX_ERROR, 6),
    ],
)
def test_a_checker_decides_in_an_execution_of_its_own(
    checker: str, outcome: Outcome, executions: int
) -> None:
    made = msgspec.structs.replace(
        program("print"), oracle=Oracle.CASES, cases=(Case(expected="even"),) * 2, checker=CHECKER
    )
    pool = CheckingPool(checker)
    assert Verifier(pool, BENCHMARK).submit(made).result().outcome is outcome
    assert len(pool.executed) == executions
    assert Verifier(pool, BENCHMARK).execute(made).result().cases[0].stdout == "odd"
    assert len(pool.executed) == executions + 1, "execution alone needs no checker"


class Measuring(FakeBenchmark):
    """Compares what cases print by length."""

    def compare_output(self, case: Case, output: str) -> Match:
        return Match(matched=len(output) == len(case.expected))


def test_outputs_are_compared_by_the_benchmark() -> None:
    made = msgspec.structs.replace(
        program("print"),
        oracle=Oracle.CASES,
        cases=(Case(expected="two"),),
        comparison=Comparison(name="length"),
    )
    pool = CheckingPool("")
    assert Verifier(pool, Measuring(1)).submit(made).result().outcome is Outcome.PASSED
    assert Verifier(pool, BENCHMARK).submit(made).result().outcome is Outcome.SANDBOX_ERROR


def test_each_keeps_a_bounded_number_in_flight(threads: FakePool) -> None:
    texts = ["pass", "fail", "crash", ""] * 200
    taken = [0]

    def made() -> Iterator[Program | Verdict]:
        verify_made = Verifier(threads, BENCHMARK)
        for number, text in enumerate(texts):
            taken[0] = number
            yield verify_made.make(BENCHMARK.problems[0], completion(text, number))

    found = dict(Verifier(threads, BENCHMARK).each(made()))
    assert sorted(found) == list(range(len(texts)))
    assert all(verdict.sample == index for index, verdict in found.items())
    outcomes = {text: {found[i].outcome for i, each in enumerate(texts) if each == text} for text in texts}
    assert outcomes == {
        "pass": {Outcome.PASSED},
        "fail": {Outcome.INCOMPLETE},
        "crash": {Outcome.RUNTIME_ERROR},
        "": {Outcome.NO_CODE},
    }
    assert threads.most_waiting <= IN_FLIGHT * threads.size


def test_each_has_room_for_large_programs_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "IN_FLIGHT_CHARS", 1000)
    pool = FakePool(2)
    found = dict(Verifier(pool).each(program("pass:" + "x" * 2000, n) for n in range(8)))
    pool.close()
    assert len(found) == 8
    assert pool.most_waiting == 1


def test_each_repeats_timeouts_although_they_fill_the_room(threads: FakePool) -> None:
    class Alone(FakePool):
        def renew(self) -> None: ...

        def submit_alone(self, program: Program) -> Future[Execution]:
            return self._submit(program, alone=True)

    pool = Alone(1)
    found = dict(Verifier(pool).each(program("slow", n) for n in range(2 * IN_FLIGHT)))
    pool.close()
    assert {(v.outcome, v.attempts) for v in found.values()} == {(Outcome.TIMEOUT, 2)}


def test_each_takes_back_what_it_does_not_wait_for() -> None:
    pool = HeldPool()
    arriving = Verifier(pool).each(program("pass", n) for n in range(10))
    runner = threading.Timer(0.05, pool.run)
    runner.start()
    assert next(arriving)[0] == 0
    arriving.close()
    runner.join()
    assert all(future.cancelled() for _, _, future in pool.waiting)


def test_cancelling_takes_a_program_back() -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    kept, dropped = verify.submit(program("pass", 0)), verify.submit(program("pass", 1))
    assert dropped.cancel()
    assert pool.waiting[1][2].cancelled()
    pool.run()
    pool.run()
    assert kept.result().outcome is Outcome.PASSED
    with pytest.raises(CancelledError):
        dropped.result()


def test_waiting_for_cancelled_futures_ends() -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    futures = [verify.submit(program(text, number)) for number, text in enumerate(("pass", "slow", "pass"))]
    pool.run()
    pool.run()
    assert [future.cancel() for future in futures] == [False, True, True]
    assert futures[1].cancel(), "a second time is no error"
    done, waiting = wait(futures, timeout=5)
    assert (len(done), len(waiting)) == (3, 0)
    changed = then(verify.submit(program("pass", 3)), lambda verdict: verdict.outcome)
    assert changed.cancel()
    assert not wait([changed], timeout=5).not_done
    assert pool.waiting[-1][2].cancelled()


def test_what_is_made_of_a_result() -> None:
    verify = Verifier(FakePool(0))
    assert then(verify.submit(program("pass")), lambda verdict: verdict.passed).result() is True
    with pytest.raises(ZeroDivisionError):
        then(verify.submit(program("pass")), lambda verdict: verdict.attempts // 0).result()


class Broken(FakePool):
    """A pool that breaks: when it is given something, or while that runs."""

    at_once = True

    def _result(self, program: Program, *, alone: bool) -> Execution:
        raise ConnectionError("the engine's machine is gone")

    def submit(self, program: Program) -> Future[Execution]:
        if self.at_once:
            raise ConnectionError("the engine's machine is gone")
        return super().submit(program)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_pool_that_breaks_is_heard_of(at_once: bool) -> None:
    pool = Broken(1)
    pool.at_once = at_once
    verify = Verifier(pool)
    with pytest.raises(ConnectionError):
        verify.submit(program("pass")).result(timeout=5)
    with pytest.raises(ConnectionError):
        list(verify.each([program("pass")]))
    pool.close()


def test_a_cancelled_timeout_is_not_repeated() -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    slow = verify.submit(program("slow", 0))
    verify.submit(program("pass", 1))
    pool.run()
    assert slow.cancel()
    pool.run()
    assert not pool.waiting
    verify.submit(program("slow", 2))
    pool.run()
    assert len(pool.waiting) == 1, "what was cancelled keeps nobody waiting"


def test_closing_the_pool_ends_what_is_pending() -> None:
    pool = HeldPool()
    verify = Verifier(pool)
    futures = [verify.submit(program("slow", 0)), verify.submit(program("pass", 1))]
    pool.run()
    pool.close()  # the timeout is repeated when the last program has left
    pool.close()
    for future in futures:
        with pytest.raises(SandboxError, match="closed"):
            future.result(timeout=5)


def test_several_threads_at_once() -> None:
    class Alone(FakePool):
        def renew(self) -> None: ...

        def submit_alone(self, program: Program) -> Future[Execution]:
            return self._submit(program, alone=True)

    pool = Alone(4)
    verify = Verifier(pool, BENCHMARK)
    texts = ("pass", "crash", "load-slow", "slow", "sandbox:1", "")

    def work(number: int) -> list[Outcome]:
        futures = [verify.submit(program(text, number * 100 + i)) for i, text in enumerate(texts)]
        return [future.result(timeout=30).outcome for future in futures]

    with ThreadPoolExecutor(16) as callers:
        found = list(callers.map(work, range(64)))
    pool.close()
    wanted = [
        Outcome.PASSED,
        Outcome.RUNTIME_ERROR,
        Outcome.PASSED,
        Outcome.TIMEOUT,
        Outcome.PASSED,
        Outcome.NO_CODE,
    ]
    assert found == [wanted] * 64


def test_nothing_of_a_program_stays_in_memory() -> None:
    verify = Verifier(FakePool(0, remember=False), BENCHMARK)

    class Traced(Program, frozen=True, kw_only=True, weakref=True):
        pass

    made = program("pass")
    traced = Traced(**{name: getattr(made, name) for name in made.__struct_fields__})
    reference = weakref.ref(traced)
    gc.disable()
    try:
        future = verify.submit(traced)
        assert future.result().outcome is Outcome.PASSED
        del traced
        assert reference() is None, "a cycle keeps programs until the next collection"
    finally:
        gc.enable()

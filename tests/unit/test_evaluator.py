"""``Evaluator`` without an engine: order, threads, event loops, cancellation, errors, closing."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakePool
from test_expected_outputs import Choosy, Printing

from codeeval.errors import CodeEvalError, DataError, SandboxError, UnknownName, UsageError
from codeeval.interfaces import DataSource
from codeeval.records import SandboxInfo
from codeeval.session import evaluator as module
from codeeval.session.evaluator import Evaluator, Submission
from codeeval.session.sandboxes import OpenPool
from codeeval.types import Completion, CompletionKind, Execution, Outcome, Problem, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.interfaces import LoadedProblems


class Pool(FakePool):
    """Lets several programs wait to be alone, and cancels what waits when it is closed."""

    def __init__(self, size: int = 2, *, delay_s: float = 0.0) -> None:
        super().__init__(size, delay_s=delay_s)
        self.closed = False

    def submit_alone(self, program: Program) -> Future[Execution]:
        return self._submit(program, alone=True)

    def _submit(self, program: Program, *, alone: bool) -> Future[Execution]:
        if not self.closed:
            return super()._submit(program, alone=alone)
        future: Future[Execution] = Future()
        future.cancel()
        return future

    def close(self) -> None:
        self.closed = True
        super().close()


class Opened:
    """What was opened in a test."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []
        self.size = 2
        self.delay_s = 0.0

    @contextlib.contextmanager
    def open_pool(self, *_: object) -> Iterator[OpenPool]:
        pool = Pool(self.size, delay_s=self.delay_s)
        self.pools.append(pool)
        try:
            yield OpenPool(pool, SandboxInfo(launcher="fake"))
        finally:
            pool.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    found = Opened()
    monkeypatch.setattr(module, "open_pool", found.open_pool)
    return found


def answers(*texts: str) -> list[tuple[str, str]]:
    return [(f"Fake/{number % 5}", text) for number, text in enumerate(texts)]


TEXTS = ("pass", "fail", "crash", "slow", "", "load-slow", "sandbox:1", "defect")
OUTCOMES = (
    Outcome.PASSED,
    Outcome.INCOMPLETE,
    Outcome.RUNTIME_ERROR,
    Outcome.TIMEOUT,
    Outcome.NO_CODE,
    Outcome.PASSED,
    Outcome.PASSED,
    Outcome.SANDBOX_ERROR,
)


def test_verdicts_are_in_order(opened: Opened) -> None:
    with Evaluator(FakeBenchmark(5)) as evaluator:
        verdicts = evaluator.evaluate(answers(*TEXTS * 20))
    assert [verdict.outcome for verdict in verdicts] == list(OUTCOMES) * 20
    assert [verdict.task_id for verdict in verdicts[:6]] == [f"Fake/{n}" for n in (0, 1, 2, 3, 4, 0)]
    assert [verdict.reward for verdict in verdicts[:8]] == [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, None]
    assert opened.pools[0].closed


async def test_in_a_running_loop(opened: Opened) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    opened.delay_s = 0.002
    ticking = asyncio.create_task(tick())
    async with Evaluator(FakeBenchmark(5)) as evaluator:
        both = await asyncio.gather(
            evaluator.aevaluate(answers(*TEXTS * 5)), evaluator.aevaluate(answers("pass"))
        )
        assert [verdict.outcome for verdict in both[0]] == list(OUTCOMES) * 5
        assert both[1][0].passed
        assert evaluator.evaluate(answers("pass"))[0].passed, "sync in a running loop, as a notebook calls it"
    ticking.cancel()
    assert ticks > 5, "the loop was blocked"
    assert opened.pools[0].closed


def test_from_many_threads(opened: Opened) -> None:
    opened.size = 4
    with Evaluator(FakeBenchmark(5)) as evaluator, ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: evaluator.evaluate(answers(*TEXTS)), range(40)))
    assert [[verdict.outcome for verdict in verdicts] for verdicts in found] == [list(OUTCOMES)] * 40
    assert len(opened.pools) == 1


def test_sandboxes_start_when_needed_and_once(opened: Opened) -> None:
    evaluator = Evaluator(FakeBenchmark(5))
    assert len(evaluator.problems) == 5
    assert evaluator.prompt("Fake/1").text == "task 1"
    assert evaluator.program(("Fake/1", "pass")).files[0].content == "pass"
    assert not opened.pools
    barrier = threading.Barrier(8)

    def work(_: int) -> Outcome:
        barrier.wait()
        return evaluator.submit(("Fake/1", "pass")).result().outcome

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(work, range(8))) == {Outcome.PASSED}
    assert len(opened.pools) == 1
    evaluator.close()
    evaluator.close()


def test_what_may_be_submitted(opened: Opened) -> None:
    with Evaluator(FakeBenchmark(2)) as evaluator:
        verdicts = evaluator.evaluate(
            [
                ("Fake/0", "pass"),
                Submission("Fake/1", "pass", "solution", 7),
                Submission("Fake/1", "pass", CompletionKind.CONTINUATION),
                Completion(task_id="Fake/0", sample=3, text="pass", kind=CompletionKind.ANSWER),
                ("Fake/0", "pass:\ud800"),
            ]
        )
        assert [(verdict.task_id, verdict.sample, verdict.passed) for verdict in verdicts] == [
            ("Fake/0", 0, True),
            ("Fake/1", 7, True),
            ("Fake/1", 0, True),
            ("Fake/0", 3, True),
            ("Fake/0", 0, True),
        ]
        assert evaluator.program(("Fake/0", "\ud800")).files[0].content == "\ufffd"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (("Fake/9", "pass"), UnknownName),
        (Submission("Fake/0", "pass", "poem"), UnknownName),
        ("pass", UsageError),
        (("Fake/0", 7), UsageError),
        (("Fake/0", "pass", "more"), UsageError),
        (Submission("Fake/0", "pass", sample="first"), UsageError),  # type: ignore[arg-type]
        (None, UsageError),
    ],
)
def test_a_wrong_submission_executes_nothing(opened: Opened, wrong: object, error: type) -> None:
    with Evaluator(FakeBenchmark(2)) as evaluator:
        with pytest.raises(error):
            evaluator.evaluate([("Fake/0", "pass"), wrong])  # type: ignore[list-item]
        with pytest.raises(error):
            evaluator.submit(wrong)  # type: ignore[arg-type]
        with pytest.raises(error):
            evaluator.program(wrong)  # type: ignore[arg-type]
    assert not opened.pools[0].executed


def test_unknown_names(opened: Opened) -> None:
    for name in ("humanevil", "mbpp:sanitised"):
        with pytest.raises(CodeEvalError):
            Evaluator(name)
    with pytest.raises(UnknownName):
        Evaluator(FakeBenchmark(1)).prompt("Fake/7")
    with pytest.raises(UsageError):
        Evaluator(FakeBenchmark(1), shots=3)


def test_nothing_to_evaluate(opened: Opened) -> None:
    with Evaluator(FakeBenchmark(1)) as evaluator:
        assert evaluator.evaluate([]) == []
        assert asyncio.run(evaluator.aevaluate([])) == []


def test_a_bounded_number_is_in_flight(opened: Opened) -> None:
    with Evaluator(FakeBenchmark(5)) as evaluator:
        verdicts = evaluator.evaluate(answers(*["pass"] * 1000))
    assert all(verdict.passed for verdict in verdicts)
    assert opened.pools[0].most_waiting <= 48


async def test_cancelling_takes_back_what_has_not_begun(opened: Opened) -> None:
    opened.delay_s = 0.01
    async with Evaluator(FakeBenchmark(5)) as evaluator:
        evaluating = asyncio.create_task(evaluator.aevaluate(answers(*["pass"] * 2000)))
        while not opened.pools or not opened.pools[0].executed:  # noqa: ASYNC110 -- a thread's doing
            await asyncio.sleep(0.01)
        evaluating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await evaluating
        (verdict,) = await evaluator.aevaluate(answers("pass"))
        assert verdict.passed
    assert len(opened.pools[0].executed) < 200


def test_a_future_can_be_cancelled(opened: Opened) -> None:
    opened.size, opened.delay_s = 1, 0.05
    with Evaluator(FakeBenchmark(5)) as evaluator:
        futures = [evaluator.submit(("Fake/0", "pass")) for _ in range(20)]
        cancelled = [future for future in futures[10:] if future.cancel()]
        assert futures[0].result().passed
        assert all(future.result().passed for future in futures if future not in cancelled)
    assert len(opened.pools[0].executed) == 20 - len(cancelled)


def test_closing_ends_what_is_pending(opened: Opened) -> None:
    opened.delay_s = 0.05
    evaluator = Evaluator(FakeBenchmark(5)).open()
    futures = [evaluator.submit(("Fake/0", "pass")) for _ in range(500)]
    futures[0].result()
    closing = time.monotonic()
    evaluator.close()
    assert time.monotonic() - closing < 5
    endings = {type(future.exception(timeout=5)) for future in futures}
    assert endings == {type(None), SandboxError}
    with pytest.raises(UsageError, match="closed"):
        evaluator.evaluate(answers("pass"))
    with pytest.raises(UsageError, match="closed"):
        evaluator.open()


def test_an_engine_that_is_gone_raises(opened: Opened) -> None:
    with Evaluator(FakeBenchmark(5), sandbox_retries=0) as evaluator:
        with pytest.raises(SandboxError, match="the sandbox died"):
            evaluator.evaluate([Submission("Fake/0", "sandbox:9", sample=n) for n in range(60)])
        assert evaluator.evaluate(answers("pass"))[0].passed


def test_no_sandbox_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def refuse(*_: object) -> Iterator[OpenPool]:
        raise SandboxError("no engine", "install one")
        yield

    monkeypatch.setattr(module, "open_pool", refuse)
    before = threading.active_count()
    evaluator = Evaluator(FakeBenchmark(1))
    for _ in range(2):
        with pytest.raises(SandboxError, match="no engine"):
            evaluator.evaluate(answers("pass"))
    assert threading.active_count() == before


def test_an_evaluator_that_is_forgotten_closes_its_sandboxes(opened: Opened) -> None:
    evaluator = Evaluator(FakeBenchmark(1))
    assert evaluator.evaluate(answers("pass"))[0].passed
    known = weakref.ref(evaluator)
    del evaluator
    gc.collect()
    assert known() is None
    assert opened.pools[0].closed


class Counting(Printing):
    """Counts which references are executed, and expects what they print."""

    def __init__(self, tasks: int) -> None:
        super().__init__(tasks)
        self.asked: list[str] = []

    def expected_outputs_program(self, problem: Problem) -> Program:
        self.asked.append(problem.task_id)
        return self.program(problem, self.reference(problem))

    def program(self, problem: Problem, completion: Completion) -> Program:
        made = super().program(problem, completion)
        return msgspec.structs.replace(made, expected="".join(problem.tests))


@pytest.fixture
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path))


class Failing(Counting):
    """The reference of task 1 fails."""

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        if problem.task_id == "Fake/1":
            raise DataError("the reference fails")
        return msgspec.structs.replace(problem, tests=("known",))


@pytest.mark.usefixtures("_cache")
def test_expected_outputs_are_computed_when_needed(opened: Opened) -> None:
    benchmark = Counting(5)
    with Evaluator(benchmark) as evaluator:
        assert not benchmark.asked
        evaluator.evaluate([("Fake/0", "pass"), ("Fake/3", "pass"), ("Fake/0", "pass")])
        assert sorted(benchmark.asked) == ["Fake/0", "Fake/3"]
        assert asyncio.run(evaluator.aevaluate([("Fake/1", "pass"), ("Fake/3", "pass")]))[0].passed
        assert evaluator.submit(("Fake/2", "pass")).result().passed
        assert evaluator.program(("Fake/4", "pass")).files
        assert benchmark.asked[2:] == ["Fake/1", "Fake/2", "Fake/4"]


@pytest.mark.usefixtures("_cache")
def test_a_reference_that_fails_stops_its_own_task_only(opened: Opened) -> None:
    with Evaluator(Failing(3)) as evaluator:
        with pytest.raises(DataError, match="the reference fails"):
            evaluator.evaluate([("Fake/0", "pass"), ("Fake/1", "pass")])
        with pytest.raises(DataError, match="the reference fails"):
            evaluator.submit(("Fake/1", "pass")).result()
        assert evaluator.submit(("Fake/0", "pass")).result().passed


@pytest.mark.usefixtures("_cache")
def test_a_task_that_the_benchmark_excludes(opened: Opened) -> None:
    class Excluding(Choosy):
        def is_included(self, problem: Problem) -> bool:
            return problem.task_id != "Fake/1"

    with Evaluator(Excluding(2)) as evaluator:
        assert evaluator.evaluate([("Fake/0", "pass")])[0].passed
        with pytest.raises(DataError, match="excludes"):
            evaluator.evaluate([("Fake/1", "pass")])


@pytest.mark.usefixtures("_cache")
def test_closing_while_references_run(opened: Opened) -> None:
    opened.delay_s, opened.size = 0.2, 1
    evaluator = Evaluator(Counting(50)).open()
    found: list[BaseException] = []

    def work() -> None:
        try:
            evaluator.evaluate([(f"Fake/{n}", "pass") for n in range(50)])
        except CodeEvalError as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.1)
    evaluator.close()
    thread.join(5)
    assert not thread.is_alive()
    assert isinstance(found[0], SandboxError)


def test_where_the_rows_come_from(opened: Opened, tmp_path: Path) -> None:
    class Asked(FakeBenchmark):
        source = DataSource()

        def load(self, source: DataSource) -> LoadedProblems:
            type(self).source = source
            return super().load(source)

    evaluator = Evaluator(Asked(1), data_root=str(tmp_path), offline=True)
    assert list(evaluator.problems) == ["Fake/0"]
    assert (Asked.source.root, Asked.source.offline) == (tmp_path, True)

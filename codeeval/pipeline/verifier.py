"""Programs to verdicts: submits, judges, retries what a sandbox spoiled, repeats timeouts.

Whatever executes programs does so through here: runs, trials, references, expected outputs, self-tests,
``Evaluator`` and ``Sandbox``.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from codeeval.errors import CodeEvalError, DataError, PluginError, SandboxError
from codeeval.interfaces import ComparesOutputs, ComparesValues, GradesAnswers
from codeeval.judging import checker_program, has_answer, judge, judge_answers
from codeeval.pipeline.limits import DEFAULT_LIMITS, with_limits
from codeeval.pipeline.sharing import OF_ONE_EXECUTION, Sharing, taken_over
from codeeval.pipeline.timeouts import Repeat, repeat
from codeeval.types import Oracle, Outcome, Program, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from codeeval.interfaces import Benchmark
    from codeeval.pipeline.execution_cache import ExecutionCache
    from codeeval.pipeline.pools import ProgramPool
    from codeeval.types import CallsStep, Case, Completion, Execution, LimitOptions, Match, Problem

    Conclude = Callable[[Program, Execution, Execution | None, int], "_Conclusion[T]"]
    """Takes a program, its execution, that of its checker, and how often it was executed: never, where the
    execution is an earlier run's."""

IN_FLIGHT: Final = 24
"""Programs handed to the pool for each of its sandboxes, so that none waits for this process: eight at
work, as many as a pool wants in reserve before it hands over several at once, and some more."""
IN_FLIGHT_CHARS: Final = 32 << 20
"""Source text handed to the pool at once, unless a single program has more."""
MAX_CONSECUTIVE_SANDBOX_ERRORS: Final = 50
"""Programs in a row, each tried repeatedly, whose sandbox failed: the engine is gone."""
MAX_DEFERRAL_S: Final = 30.0
"""Longest time that a timeout waits for a moment without other programs before it is repeated alone."""

S = TypeVar("S")
T = TypeVar("T")


class Examined(NamedTuple):
    """A verdict and the execution that it was concluded from."""

    verdict: Verdict
    execution: Execution | None
    """None where nothing was executed."""


class _Conclusion(NamedTuple, Generic[T]):
    """What an execution comes to."""

    outcome: Outcome
    """Decides on what happens next: a failed sandbox is retried, a timeout repeated."""
    detail: str
    value: T
    repeat: Repeat = Repeat.NOT
    """How a timeout is repeated."""


class Pending(Future[T]):
    """A result that is not there yet; cancelling it takes back the work that it comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.handle: Future[Any] | None = None  # Any: whatever it is, it is only cancelled
        """The work that the result comes from."""
        self._ended = False
        self._ending = threading.Lock()

    def cancel(self) -> bool:
        """Cancel; a program that is executing already runs to its end, and its result is dropped."""
        cancelled = super().cancel()
        if cancelled and self._end():
            self.set_running_or_notify_cancel()  # or ``concurrent.futures.wait`` would wait forever
            handle, self.handle = self.handle, None
            if handle is not None:
                handle.cancel()
        return cancelled

    def settle(self, result: T | BaseException) -> None:
        """Take the result or the error, unless the caller has cancelled."""
        self.handle = None  # it refers back to this
        if not self._end() or not self.set_running_or_notify_cancel():
            return
        if isinstance(result, BaseException):
            self.set_exception(result)
        else:
            self.set_result(result)

    def _end(self) -> bool:
        """Whether this call is the first."""
        with self._ending:
            ended, self._ended = self._ended, True
            return not ended


class _Flight(Generic[T]):
    """A program on its way to a result."""

    def __init__(self, program: Program, conclude: Conclude[T], *, alone: bool, checked: bool = True) -> None:
        self.program = program
        self.conclude = conclude
        self.alone = alone
        self.checked = checked
        """Whether the program's checker, where it has one, is asked about what it printed."""
        self.future: Pending[T] = Pending()
        self.attempts = 0
        """Executions so far."""
        self.errors = 0
        """Executions of this round that the sandbox spoiled."""
        self.reruns = 0
        """Executions that a TIMEOUT has still to repeat in before it counts."""
        self.running = False
        """Whether timeouts wait until it has ended."""
        self.cache_key: bytes | None = None
        """By which its execution is kept; None where it is not to be."""
        self.deferred_s = 0.0
        """When it was deferred."""


class Verifier:
    """Executes and judges programs; safe to use from several threads at once.

    A program whose sandbox failed is executed again in a fresh one. A TIMEOUT that the machine's load may
    explain (``timeouts``) is executed again before it counts: at once if the program only waited, else alone,
    when no other program is waiting or it has waited long enough. Results arrive in futures,
    whose callbacks are called in a thread of the pool. Cancelling a future takes back what has not begun.

    Args:
        pool: executes; closing it is the caller's. Futures that are pending then end in a SandboxError.
        benchmark: makes programs, compares values and grades answers; None for programs that need neither.
        sandbox_retries: further executions of a program whose sandbox failed.
        timeout_reruns: executions that such a TIMEOUT must repeat in before it counts.
        limits: in place of those that programs bring, wherever a verdict is made.
        sharing: whether ``attempt`` executes identical programs once.
        cache: executions of earlier runs, which ``attempt`` and ``submit`` use and add to; closing it is the
            caller's.
    """

    def __init__(
        self,
        pool: ProgramPool,
        benchmark: Benchmark | None = None,
        *,
        sandbox_retries: int = 2,
        timeout_reruns: int = 1,
        limits: LimitOptions = DEFAULT_LIMITS,
        compare: Callable[[CallsStep, str], Match] | None = None,
        sharing: bool = False,
        cache: ExecutionCache | None = None,
    ) -> None:
        self.pool = pool
        self._cache = cache
        self.timeout_reruns = timeout_reruns
        self._benchmark = benchmark
        self._limits = limits
        self._compare = compare
        self._compare_output: Callable[[Case, str], Match] | None = None
        if benchmark is not None and isinstance(benchmark, ComparesValues):
            self._compare = benchmark.compare
        if benchmark is not None and isinstance(benchmark, ComparesOutputs):
            self._compare_output = benchmark.compare_output
        self._retries = sandbox_retries
        self._sharing = Sharing() if sharing else None
        self._lock = threading.Lock()
        self._streak = 0
        self._running = 0
        self._deferred: list[_Flight[Any]] = []  # Any: of verdicts, or of verdicts with their executions

    def make(self, problem: Problem, completion: Completion) -> Program | Verdict:
        """Make a completion's program, or its verdict where nothing is to be executed.

        A benchmark that cannot is our failure, or its data's, and not the model's: SANDBOX_ERROR.

        Raises:
            CodeEvalError: the benchmark cannot continue, and why; not where one problem's data is wrong.
            SandboxError: it fails again and again.
        """
        if self._benchmark is None:
            raise TypeError("a verifier without a benchmark makes no programs")
        try:
            program = with_limits(self._benchmark.program(problem, completion), self._limits)
            return self._without_execution(program) or program
        except DataError as error:  # other problems and the engine are not affected
            return _defect(completion.task_id, completion.sample, "no tests", error)
        except PluginError as error:  # of another package's benchmark: a defect like one of ours
            verdict = _defect(completion.task_id, completion.sample, "no program", error)
        except CodeEvalError:
            raise
        except Exception as error:  # noqa: BLE001 -- the boundary: a defect costs a sample, not the run
            verdict = _defect(completion.task_id, completion.sample, "no program", error)
        self._count_error(verdict.detail)
        return verdict

    def submit(self, program: Program) -> Future[Verdict]:
        """Execute and judge a program; timeouts that the load may explain are repeated.

        The future raises SandboxError where no sandbox works any more.
        """
        verdict = self._without_execution(program)
        return self._submit(program, self._judged) if verdict is None else _done(verdict)

    def examine(self, program: Program, *, timeout_reruns: int | None = None) -> Future[Examined]:
        """As ``submit``, with the execution beside the verdict.

        Args:
            program: what to execute.
            timeout_reruns: in place of the verifier's.
        """
        verdict = self._without_execution(program)
        if verdict is not None:
            return _done(Examined(verdict, None))
        return self._submit(program, self._examined, timeout_reruns)

    def attempt(self, program: Program, *, alone: bool = False, before: int = 0) -> Future[Verdict]:
        """As ``submit``, but leave it to the caller to repeat timeouts.

        Args:
            program: what to execute.
            alone: whether it runs while no other program does.
            before: executions that it has had already, to be counted in ``Verdict.attempts``.
        """
        if (verdict := self._without_execution(program)) is not None:
            return _done(verdict)
        program = with_limits(program, self._limits)
        if self._sharing is None or alone or before:
            return self._attempt(program, alone=alone, before=before)
        leader, first = self._sharing.leader(program)
        if leader.future is None or first:
            leader.future = self._attempt(program)
            return leader.future
        return self._follow(leader.future, program)

    def _attempt(self, program: Program, *, alone: bool = False, before: int = 0) -> Future[Verdict]:
        flight = _Flight(program, self._judged, alone=alone)
        flight.attempts = before
        if alone or before or not self._recall(flight):
            self._start(flight)
        return flight.future

    def _follow(self, leader: Future[Verdict], program: Program) -> Future[Verdict]:
        """Take over the verdict of the same program; execute this one where that is no verdict on both."""
        pending: Pending[Verdict] = Pending()

        def arrive(done: Future[Verdict]) -> None:
            verdict = taken_over(done, program)
            if verdict is not None:
                pending.settle(verdict)
            elif not pending.cancelled():
                pending.handle = own = self._attempt(program)
                own.add_done_callback(settle)

        def settle(own: Future[Verdict]) -> None:
            if own.cancelled():
                pending.settle(SandboxError("the sandboxes were closed while programs were waiting for them"))
            else:
                pending.settle(own.exception() or own.result())

        leader.add_done_callback(arrive)
        return pending

    def execute(self, program: Program, *, alone: bool = False) -> Future[Execution]:
        """Execute a program under its own limits, without judging it; what a sandbox spoils is retried.

        The execution's ``error`` is set where the sandbox failed each time.
        """
        flight = _Flight(program, _unjudged, alone=alone, checked=False)
        self._start(flight)
        return flight.future

    def each(self, made: Iterable[Program | Verdict]) -> Iterator[tuple[int, Verdict]]:
        """Execute and judge many programs, a bounded number of them at a time.

        Args:
            made: taken as there is room, so it may be a generator that makes them.

        Yields:
            An index into ``made`` and its verdict, in the order in which they arrive.

        Raises:
            SandboxError: no sandbox works any more.
        """
        arrived: queue.SimpleQueue[int] = queue.SimpleQueue()
        pending: dict[int, tuple[int, Future[Verdict]]] = {}
        room = Room(self.pool)

        def arrive() -> tuple[int, Verdict]:
            index = arrived.get()
            chars, future = pending.pop(index)
            room.leave(chars)
            return index, future.result()

        try:
            for index, each in enumerate(made):
                if isinstance(each, Verdict):
                    yield index, each
                    continue
                while pending and (room.full or not arrived.empty()):
                    yield arrive()
                future = self.submit(each)
                pending[index] = room.enter(each), future
                future.add_done_callback(lambda _, index=index: arrived.put(index))  # type: ignore[misc]
            while pending:
                yield arrive()
        finally:
            for _, future in pending.values():
                future.cancel()

    def _without_execution(self, program: Program) -> Verdict | None:
        """Judge a program that has no steps; None where it has some."""
        if program.steps:
            return None
        if program.oracle is not Oracle.ANSWER or not isinstance(self._benchmark, GradesAnswers):
            return judge(program, None)
        try:
            return judge_answers(program, self._benchmark.grade(program) if has_answer(program) else None)
        except Exception as error:  # noqa: BLE001 -- the boundary: a defect costs a sample, not the run
            return _defect(program.task_id, program.sample, "no grade", error)

    def _judged(
        self, program: Program, execution: Execution, checked: Execution | None, attempts: int
    ) -> _Conclusion[Verdict]:
        try:
            verdict = judge(
                program,
                execution,
                attempts=attempts,
                compare=self._compare,
                compare_output=self._compare_output,
                checked=checked,
            )
        except Exception as error:  # noqa: BLE001 -- the boundary: a defect costs a sample, not the run
            verdict = _defect(program.task_id, program.sample, "no judgement", error)
        if execution.node:
            verdict = msgspec.structs.replace(verdict, node=execution.node)
        if not attempts:
            verdict = msgspec.structs.replace(verdict, cached=True)
        return _Conclusion(verdict.outcome, verdict.detail, verdict, repeat(verdict))

    def _examined(
        self, program: Program, execution: Execution, checked: Execution | None, attempts: int
    ) -> _Conclusion[Examined]:
        judged = self._judged(program, execution, checked, attempts)
        return _Conclusion(judged.outcome, judged.detail, Examined(judged.value, execution), judged.repeat)

    def _submit(self, program: Program, conclude: Conclude[T], reruns: int | None = None) -> Future[T]:
        flight = _Flight(with_limits(program, self._limits), conclude, alone=False)
        flight.reruns = self.timeout_reruns if reruns is None else reruns
        if self._recall(flight):
            return flight.future
        flight.running = True
        with self._lock:
            self._running += 1
        self._start(flight)
        return flight.future

    def _recall(self, flight: _Flight[T]) -> bool:
        """Settle on what an earlier run's execution comes to; whether there was one."""
        if self._cache is None:
            return False
        flight.cache_key = self._cache.key(flight.program)
        kept = None if flight.cache_key is None else self._cache.get(flight.cache_key, flight.program)
        if kept is None:
            return False
        found = flight.conclude(flight.program, kept.execution, kept.checked, 0)
        if found.outcome in OF_ONE_EXECUTION:
            return False
        flight.future.settle(found.value)
        return True

    def _start(self, flight: _Flight[T]) -> None:
        """Execute a program, for the first time or again. Never called with the lock held."""
        if flight.future.cancelled():
            self._leave(flight)
            return
        flight.attempts += 1
        self._hand_over(flight, flight.program, lambda execution: self._arrive(flight, execution))

    def _hand_over(self, flight: _Flight[T], program: Program, arrive: Callable[[Execution], None]) -> None:
        """Have the pool execute a program, the flight's own or its checker's.

        Args:
            flight: whose future is settled where the pool takes no program any more.
            program: what to execute.
            arrive: called with the execution, in a thread of the pool or of whoever cancelled.
        """

        def done(handle: Future[Execution]) -> None:
            error: BaseException | None
            if handle.cancelled():
                error = SandboxError("the sandboxes were closed while programs were waiting for them")
            else:
                error = handle.exception()
            if error is None:
                arrive(handle.result())
            else:
                flight.future.settle(error)
                self._leave(flight)

        try:
            handle = (self.pool.submit_alone if flight.alone else self.pool.submit)(program)
        except Exception as error:  # noqa: BLE001 -- raised again where the result is asked for
            flight.future.settle(error)
            self._leave(flight)
            return
        flight.future.handle = handle
        if flight.future.cancelled():  # meanwhile
            handle.cancel()
        handle.add_done_callback(done)

    def _arrive(self, flight: _Flight[T], execution: Execution) -> None:
        """Take an execution, and have the checker decide on it where there is one."""
        flight.attempts += len(execution.lost_on)
        checking = self._checking(flight.program, execution) if flight.checked else None
        if checking is None:
            self._conclude(flight, execution, None)
        else:
            self._hand_over(flight, checking, lambda checked: self._conclude(flight, execution, checked))

    def _checking(self, program: Program, execution: Execution) -> Program | None:
        try:
            return checker_program(program, execution)
        except Exception:  # noqa: BLE001 -- the boundary: judged as a checker that did not run
            return None

    def _conclude(self, flight: _Flight[T], execution: Execution, checked: Execution | None) -> None:
        """Settle on a result, or execute again."""
        outcome, detail, value, how = flight.conclude(flight.program, execution, checked, flight.attempts)
        if outcome is Outcome.SANDBOX_ERROR and not execution.final and flight.errors < self._retries:
            flight.errors += 1
            self._start(flight)
            return
        if how is not Repeat.NOT and flight.reruns:
            flight.reruns -= 1
            flight.errors = 0
            if flight.alone or how is Repeat.WITH_OTHERS:
                self._start(flight)
            else:
                flight.alone = True
                flight.deferred_s = time.monotonic()
                self._leave(flight, deferred=True)
            return
        try:
            if outcome is not Outcome.SANDBOX_ERROR:
                self._streak = 0
            elif not execution.final:
                self._count_error(detail)
        except SandboxError as error:
            flight.future.settle(error)
        else:
            if self._cache is not None and flight.cache_key is not None and flight.attempts == 1:
                self._cache.put(flight.cache_key, flight.program, execution, checked, outcome)
            flight.future.settle(value)
        self._leave(flight)

    def _leave(self, flight: _Flight[T], *, deferred: bool = False) -> None:
        """Note that a program no longer keeps timeouts waiting, and repeat these where none does."""
        with self._lock:
            self._running -= flight.running
            flight.running = False
            if deferred:
                self._deferred.append(flight)
            due = self._deferred
            if due and self._running and time.monotonic() - due[0].deferred_s < MAX_DEFERRAL_S:
                return
            self._deferred = []
        for each in due:
            self._start(each)

    def _count_error(self, detail: str) -> None:
        """Count a program that no sandbox could execute.

        Raises:
            SandboxError: there were too many in a row. Whatever works again ends that.
        """
        with self._lock:
            self._streak += 1
            streak = self._streak
        if streak >= MAX_CONSECUTIVE_SANDBOX_ERRORS:
            raise SandboxError(
                f"the sandboxes of {streak} programs in a row failed; the last: {detail}",
                "`codeeval doctor` says what is wrong; the same command then resumes.",
            )


def then(future: Future[S], change: Callable[[S], T]) -> Future[T]:
    """Return a future of what ``change`` makes of another's result; cancelling it cancels the other.

    Args:
        future: the other.
        change: quick, for it is called in the thread that sets the other's result.
    """
    pending: Pending[T] = Pending()
    pending.handle = future

    def settle(done: Future[S]) -> None:
        if done.cancelled():
            return
        try:
            pending.settle(change(done.result()))
        except Exception as error:  # noqa: BLE001 -- raised again where the result is asked for
            pending.settle(error)

    future.add_done_callback(settle)
    return pending


class Room:
    """Bounds the programs that are handed over at once, by their number and by their source text.

    Args:
        pool: that executes them, and may grow and shrink meanwhile.
    """

    def __init__(self, pool: ProgramPool) -> None:
        self._pool = pool
        self.most: int | None = None
        """Programs; None: as many as keep the pool busy."""
        self.count = 0
        self._chars = 0

    @property
    def full(self) -> bool:
        """Whether one has to leave before another may enter."""
        most = IN_FLIGHT * max(1, self._pool.size) if self.most is None else self.most
        return self.count >= most or (self._chars >= IN_FLIGHT_CHARS and self.count > 0)

    def enter(self, program: Program) -> int:
        """Take note of a program; returns what ``leave`` wants to know of it."""
        chars = program.chars
        self.count += 1
        self._chars += chars
        return chars

    def leave(self, chars: int) -> None:
        """Take note that a program is done."""
        self.count -= 1
        self._chars -= chars


def _unjudged(
    _program: Program, execution: Execution, _checked: Execution | None, _attempts: int
) -> _Conclusion[Execution]:
    """Ask of an execution only whether its sandbox worked."""
    if execution.error or not (execution.steps or execution.cases):
        detail = execution.error or "the sandbox ran no step"
        return _Conclusion(Outcome.SANDBOX_ERROR, detail, execution)
    return _Conclusion(Outcome.PASSED, "", execution)


def _done(value: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(value)
    return future


def _defect(task_id: str, sample: int, what: str, error: Exception) -> Verdict:
    text = f"{type(error).__name__}: {error}"
    raised: BaseException = error
    if isinstance(error, PluginError):
        text, raised = error.message, error.__cause__ or error
    where = traceback.extract_tb(raised.__traceback__)[-1]
    return Verdict(
        task_id=task_id,
        sample=sample,
        outcome=Outcome.SANDBOX_ERROR,
        detail=f"{what}: {text} ({where.filename}:{where.lineno})",
        rule="none",
        wall_s=0.0,
        cpu_s=0.0,
        peak_rss_bytes=0,
    )

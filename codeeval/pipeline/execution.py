"""Executes completions from disk and records their verdicts; owns retries and re-runs."""

from __future__ import annotations

import asyncio
import traceback
from array import array
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from codeeval.errors import CodeEvalError, SandboxError
from codeeval.interfaces import ComparesValues, GradesAnswers
from codeeval.judging import has_answer, judge, judge_answers
from codeeval.types import Oracle, Outcome, Program, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from codeeval.interfaces import Benchmark
    from codeeval.pipeline.progress import Counts, Progress
    from codeeval.records import RunDirectory
    from codeeval.types import Completion, Execution, Problem

IN_FLIGHT: Final = 24
"""Programs handed to the pool for each of its sandboxes, so that none waits for this process: eight at
work, as many as a pool wants in reserve before it hands over several at once, and some more."""
IN_FLIGHT_CHARS: Final = 32 << 20
"""Source text handed to the pool at once, unless a single program has more."""
_AT_A_TIME: Final = 64
"""Programs made before the event loop gets its turn."""
_HOPELESS: Final = 50
"""Samples in a row, each tried repeatedly, whose sandbox failed: the engine is gone."""


class ProgramPool(Protocol):
    """What a run needs of ``codeeval.sandboxes.pool.Pool``."""

    @property
    def size(self) -> int:
        """Programs that execute at the same time."""
        ...

    def submit(self, program: Program) -> Future[Execution]:
        """Execute; a fault of the sandbox is in the execution's ``error``."""
        ...

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Execute while no other program does."""
        ...


class NoSandbox:
    """The pool of a benchmark that executes nothing."""

    size = 1

    def submit(self, program: Program) -> Future[Execution]:
        """Refuse.

        Raises:
            SandboxError: always.
        """
        raise SandboxError(f"{program.task_id}: this run has no sandbox, for nothing is to be executed")

    submit_alone = submit


class _Flight(NamedTuple):
    """A program at the pool."""

    place: int
    """The sample's index in the run."""
    program: Program
    attempts: int
    """Executions so far, this one included."""
    errors: int
    """Executions so far that the sandbox spoiled."""

    @property
    def chars(self) -> int:
        """Length of its source text."""
        return sum(len(file.content) for file in self.program.files)


class Executor:
    """Executes samples as they are added; at most ``IN_FLIGHT`` programs a sandbox are in memory.

    Args:
        directory: has the completions, takes the verdicts.
        benchmark: makes the programs.
        problems: by task id.
        pool: executes.
        timeout_reruns: executions alone, at the end, that a TIMEOUT must repeat in before it counts.
        sandbox_retries: further executions of a program whose sandbox failed.
        counts: kept up to date.
        progress: told of every change.
    """

    def __init__(
        self,
        directory: RunDirectory,
        benchmark: Benchmark,
        problems: Mapping[str, Problem],
        pool: ProgramPool,
        *,
        timeout_reruns: int,
        sandbox_retries: int,
        counts: Counts,
        progress: Progress,
    ) -> None:
        self._directory = directory
        self._benchmark = benchmark
        self._problems = problems
        self._pool = pool
        self._reruns = timeout_reruns
        self._retries = sandbox_retries
        self._counts = counts
        self._progress = progress
        self._compare = benchmark.compare if isinstance(benchmark, ComparesValues) else None
        self._pending = array("q")
        self._attempts = array("q")
        self._head = 0
        self._more = True
        self._round = 0
        self._deferred = array("q")
        self._deferred_attempts = array("q")
        self._in_flight = 0
        self._chars = 0
        self._arrived: deque[tuple[_Flight, Future[Execution]]] = deque()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._told = False
        self._stopped = False
        self._streak = 0
        self.last_error = ""
        """What went wrong with the sandbox that failed last."""

    def add(self, index: int) -> None:
        """Take on a recorded completion."""
        self._pending.append(index)
        self._attempts.append(0)
        self._wake.set()

    def no_more(self) -> None:
        """Say that every sample was added: ``execute`` ends when they are done."""
        self._more = False
        self._wake.set()

    def stop(self) -> None:
        """Keep what has arrived, start nothing more.

        Raises:
            StorageError: a verdict cannot be recorded.
        """
        self._stopped = True
        self._settle()

    async def execute(self) -> None:
        """Work until ``no_more`` was called and everything added has a verdict.

        Raises:
            SandboxError: no sandbox works any more.
            StorageError: a verdict cannot be recorded.
        """
        await self._drain(IN_FLIGHT * max(1, self._pool.size))
        while self._deferred:
            self._round += 1
            self._pending, self._attempts, self._head = self._deferred, self._deferred_attempts, 0
            self._deferred, self._deferred_attempts = array("q"), array("q")
            await self._drain(1)

    async def _drain(self, limit: int) -> None:
        """Do what is pending, with at most ``limit`` programs at the pool."""
        while True:
            self._wake.clear()
            self._settle()
            made = self._refill(limit)
            if made == _AT_A_TIME:
                await asyncio.sleep(0)
                continue
            if not self._in_flight and not self._more and self._head == len(self._pending):
                return
            await self._wake.wait()

    def _refill(self, limit: int) -> int:
        made = 0
        while self._has_room(limit) and self._head < len(self._pending) and made < _AT_A_TIME:
            self._start(self._pending[self._head], self._attempts[self._head])
            self._head += 1
            made += 1
        return made

    def _has_room(self, limit: int) -> bool:
        return self._in_flight < limit and (self._chars < IN_FLIGHT_CHARS or not self._in_flight)

    def _start(self, index: int, attempts: int) -> None:
        completion = self._directory.completion(index)
        made = self._made(completion)
        if isinstance(made, Program):
            self._send(_Flight(index, made, attempts + 1, 0))
        else:
            self._record(made)

    def _made(self, completion: Completion) -> Program | Verdict:
        """Make the program, or where nothing is to be executed the verdict.

        A benchmark that cannot is our failure, not the model's.
        """
        try:
            program = self._benchmark.program(self._problems[completion.task_id], completion)
            if program.steps:
                return program
            if program.oracle is Oracle.ANSWER and isinstance(self._benchmark, GradesAnswers):
                grade = self._benchmark.grade(program) if has_answer(program) else None
                return judge_answers(program, grade)
            return judge(program, None)
        except CodeEvalError:
            raise
        except Exception as error:  # noqa: BLE001 -- the boundary: a defect costs a sample, not the run
            return _defect(completion.task_id, completion.sample, "no program", error)

    def _send(self, flight: _Flight) -> None:
        submit = self._pool.submit_alone if self._round else self._pool.submit
        future = submit(flight.program)
        self._in_flight += 1
        self._chars += flight.chars
        future.add_done_callback(lambda done: self._deliver(flight, done))

    def _deliver(self, flight: _Flight, future: Future[Execution]) -> None:
        """Called in a thread of the pool."""
        self._arrived.append((flight, future))
        if not self._told:
            self._told = True
            try:
                self._loop.call_soon_threadsafe(self._wake.set)
            except RuntimeError:  # the loop was closed: the run was interrupted, nobody waits any more
                return

    def _settle(self) -> None:
        """Judge what has arrived."""
        self._told = False
        while self._arrived:
            flight, future = self._arrived.popleft()
            self._in_flight -= 1
            self._chars -= flight.chars
            if not future.cancelled():
                self._judge(flight, future.result())
            elif not self._stopped:
                raise SandboxError("the sandboxes were closed while programs were waiting for them")

    def _judge(self, flight: _Flight, execution: Execution) -> None:
        program = flight.program
        try:
            verdict = judge(program, execution, attempts=flight.attempts, compare=self._compare)
        except Exception as error:  # noqa: BLE001 -- the boundary: a defect costs a sample, not the run
            verdict = _defect(program.task_id, program.sample, "no judgement", error)
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            if self._stopped:
                return
            if flight.errors < self._retries and not execution.final:
                again = _Flight(flight.place, flight.program, flight.attempts + 1, flight.errors + 1)
                self._send(again)
                return
        elif verdict.outcome is Outcome.TIMEOUT and self._round < self._reruns:
            self._deferred.append(flight.place)
            self._deferred_attempts.append(flight.attempts)
            self._counts.waiting += self._round == 0
            self._progress.update(self._counts)
            return
        self._counts.waiting -= self._round > 0
        self._record(verdict, of_sandbox=not execution.final)

    def _record(self, verdict: Verdict, *, of_sandbox: bool = True) -> None:
        self._directory.add_verdict(verdict)
        self._counts.executed += 1
        self._counts.passed += verdict.outcome is Outcome.PASSED
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            self._counts.sandbox_errors += 1
            self._streak += of_sandbox
            self.last_error = verdict.detail
        else:
            self._streak = 0
        self._progress.update(self._counts)
        if self._streak >= _HOPELESS:
            raise SandboxError(
                f"the sandboxes of {self._streak} samples in a row failed; the last: {self.last_error}",
                "`codeeval doctor` says what is wrong; the same command then resumes.",
            )


def _defect(task_id: str, sample: int, what: str, error: Exception) -> Verdict:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return Verdict(
        task_id=task_id,
        sample=sample,
        outcome=Outcome.SANDBOX_ERROR,
        detail=f"{what}: {type(error).__name__}: {error} ({where.filename}:{where.lineno})",
        rule="none",
        wall_s=0.0,
        cpu_s=0.0,
        peak_rss_bytes=0,
    )

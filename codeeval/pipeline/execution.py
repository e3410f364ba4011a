"""Executes completions from disk and records their verdicts."""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.pipeline.timeouts import Repeat, repeat
from codeeval.pipeline.verifier import Room
from codeeval.types import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from codeeval.pipeline.progress import Counts, Progress
    from codeeval.pipeline.verifier import Verifier
    from codeeval.records import RunDirectory
    from codeeval.types import Problem

_AT_A_TIME: Final = 64
"""Programs made before the event loop gets its turn."""


class _Flight(NamedTuple):
    """A program at the verifier."""

    place: int
    """The sample's index in the run."""
    chars: int
    """Length of its source text."""


class Executor:
    """Executes samples as they are added; a bounded number of programs is in memory.

    Timeouts that the load may explain are repeated at the end, from the completions on disk: those that
    waited together, those that computed alone.

    Args:
        directory: has the completions, takes the verdicts.
        problems: by task id.
        verifier: makes, executes and judges the programs.
        counts: kept up to date.
        progress: told of every change.
    """

    def __init__(
        self,
        directory: RunDirectory,
        problems: Mapping[str, Problem],
        verifier: Verifier,
        *,
        counts: Counts,
        progress: Progress,
    ) -> None:
        self._directory = directory
        self._problems = problems
        self._verifier = verifier
        self._counts = counts
        self._progress = progress
        self._pending = array("q")
        self._attempts = array("q")
        self._head = 0
        self._more = True
        self._round = 0
        self._alone = False
        self._deferred = {how: (array("q"), array("q")) for how in (Repeat.WITH_OTHERS, Repeat.ALONE)}
        """Samples to repeat, and how often each was executed."""
        self._room = Room(verifier.pool)
        self._arrived: deque[tuple[_Flight, Future[Verdict]]] = deque()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._told = False
        self._stopped = False
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
        await self._drain()
        while any(samples for samples, _ in self._deferred.values()):
            self._round += 1
            due, self._deferred = self._deferred, {how: (array("q"), array("q")) for how in self._deferred}
            for how, (self._pending, self._attempts) in due.items():
                self._head = 0
                self._alone = how is Repeat.ALONE
                # What is alone waits for the one before it, and then for nobody.
                self._room.most = 1 if self._alone else None
                await self._drain()

    async def _drain(self) -> None:
        """Do what is pending."""
        while True:
            self._wake.clear()
            self._settle()
            made = self._refill()
            if made == _AT_A_TIME:
                await asyncio.sleep(0)
                continue
            if not self._room.count and not self._more and self._head == len(self._pending):
                return
            await self._wake.wait()

    def _refill(self) -> int:
        made = 0
        while not self._room.full and self._head < len(self._pending) and made < _AT_A_TIME:
            self._start(self._pending[self._head], self._attempts[self._head])
            self._head += 1
            made += 1
        return made

    def _start(self, index: int, attempts: int) -> None:
        completion = self._directory.completion(index)
        made = self._verifier.make(self._problems[completion.task_id], completion)
        if isinstance(made, Verdict):
            self._record(made)
            return
        flight = _Flight(index, self._room.enter(made))
        future = self._verifier.attempt(made, alone=self._alone, before=attempts)
        future.add_done_callback(lambda done: self._deliver(flight, done))

    def _deliver(self, flight: _Flight, future: Future[Verdict]) -> None:
        """Called in a thread of the pool."""
        self._arrived.append((flight, future))
        if not self._told:
            self._told = True
            try:
                self._loop.call_soon_threadsafe(self._wake.set)
            except RuntimeError:  # the loop was closed: the run was interrupted, nobody waits any more
                return

    def _settle(self) -> None:
        """Record what has arrived."""
        self._told = False
        while self._arrived:
            flight, future = self._arrived.popleft()
            self._room.leave(flight.chars)
            error = future.exception()
            if error is None:
                self._take(flight.place, future.result())
            elif not self._stopped:
                raise error

    def _take(self, place: int, verdict: Verdict) -> None:
        if verdict.outcome is Outcome.SANDBOX_ERROR and self._stopped:
            return
        how = repeat(verdict)
        if how is not Repeat.NOT and self._round < self._verifier.timeout_reruns:
            samples, attempts = self._deferred[how]
            samples.append(place)
            attempts.append(verdict.attempts)
            self._counts.waiting += self._round == 0
            self._progress.update(self._counts)
            return
        self._counts.waiting -= self._round > 0
        self._record(verdict)

    def _record(self, verdict: Verdict) -> None:
        self._directory.add_verdict(verdict)
        self._counts.executed += 1
        self._counts.passed += verdict.outcome is Outcome.PASSED
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            self._counts.sandbox_errors += 1
            self.last_error = verdict.detail
        self._progress.update(self._counts)

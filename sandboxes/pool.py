"""A warm set of sandboxes of one image, fed from one queue."""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.sandboxes.channel import SEND_AHEAD_CHARS
from codeeval.types import Execution, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import Sandbox, SandboxLauncher, SandboxOptions

BATCH: Final = 8
"""Programs handed to a sandbox at once, while there are plenty: most of a program's way through an
engine is the same for one as for eight."""


class Job(NamedTuple):
    """A program and where its execution goes."""

    program: Program
    future: Future[Execution]
    alone: bool = False
    careful: bool = False
    """Sent with no other, because the sandbox died the last time with several inside."""


class Pool:
    """Executes programs in ``size`` sandboxes, each on a thread of its own.

    A sandbox that dies is replaced. The program that it was running gets an execution with ``error``
    set; programs that merely waited in its pipe go to the next sandbox and lose nothing.

    Args:
        launcher: starts the sandboxes.
        options: how, the same for all.
        size: sandboxes at work at once.
    """

    def __init__(self, launcher: SandboxLauncher, options: SandboxOptions, size: int) -> None:
        self._launcher = launcher
        self._options = options
        self.size = size
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.turns = Turns()
        self.closing = False
        self._workers: list[Worker] = []

    @property
    def toolchain(self) -> Mapping[str, str]:
        """Versions of the tools inside the sandboxes, once started."""
        sandbox = self._workers[0].sandbox if self._workers else None
        return sandbox.toolchain if sandbox else {}

    def start(self) -> None:
        """Start all sandboxes and wait until they are ready.

        Raises:
            SandboxError: one does not start; the others are ended.
        """
        self._workers = [Worker(self) for _ in range(self.size)]
        for worker in self._workers:
            worker.start()
        failures = [failure for failure in (worker.started.get() for worker in self._workers) if failure]
        if failures:
            self.close()
            raise failures[0]

    def submit(self, program: Program) -> Future[Execution]:
        """Queue a program; its future never raises for what happens inside a sandbox."""
        return self._submit(program, alone=False)

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Queue a program that runs while no other does, so that nothing here slows it down."""
        return self._submit(program, alone=True)

    def _submit(self, program: Program, *, alone: bool) -> Future[Execution]:
        future: Future[Execution] = Future()
        self.jobs.put(Job(program, future, alone=alone))
        return future

    def launch(self) -> Sandbox:
        """Start one more sandbox."""
        return self._launcher.launch(self._options)

    def close(self) -> None:
        """End all sandboxes, whatever they are doing; programs without an execution are cancelled."""
        self.closing = True
        while not self.jobs.empty():
            job = self.jobs.get()
            if job:
                job.future.cancel()
        for _ in self._workers:
            self.jobs.put(None)
        for worker in self._workers:
            worker.end_sandbox()
        for worker in self._workers:
            worker.join()


class Worker(threading.Thread):
    """Feeds one sandbox and replaces it when it dies or asks to be replaced."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(name="codeeval-sandbox", daemon=True)
        self._pool = pool
        self._sent: deque[Job] = deque()
        self.sandbox: Sandbox | None = None
        self.started: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Serve jobs until the pool closes."""
        try:
            self.sandbox = self._pool.launch()
        except Exception as error:  # noqa: BLE001 -- raised again by the thread that waits
            self.started.put(error)
            return
        self.started.put(None)
        while (job := self._pool.jobs.get()) is not None:
            self._pool.turns.begin(alone=job.alone)
            try:
                self._serve(job)
            finally:
                self._pool.turns.end(alone=job.alone)
        self.end_sandbox()

    def end_sandbox(self) -> None:
        """End the sandbox, if there is one."""
        if sandbox := self.sandbox:
            sandbox.close()

    def _serve(self, first: Job) -> None:
        """Run a job and what can be sent with it, until nothing of this worker's is in a sandbox."""
        self._hand_over([first])
        while self._sent:
            if len(self._sent) <= BATCH // 2 and not first.alone and not first.careful:
                self._hand_over(self._take_ahead())
            self._collect()

    def _take_ahead(self) -> list[Job]:
        """Take jobs to send behind the running one, while there are more than enough for everybody."""
        ahead: list[Job] = []
        room = SEND_AHEAD_CHARS - sum(_chars(job.program) for job in self._sent)
        while len(self._sent) + len(ahead) < BATCH and self._pool.jobs.qsize() > self._pool.size * BATCH:
            job = self._pool.jobs.get()
            room -= 0 if job is None else _chars(job.program)
            if job is None or job.alone or job.careful or room < 0:
                self._pool.jobs.put(job)
                break
            ahead.append(job)
        return ahead

    def _hand_over(self, jobs: list[Job]) -> None:
        if not jobs:
            return
        self._sent.extend(jobs)
        try:
            if self.sandbox is None:
                self.sandbox = self._pool.launch()
                if self._pool.closing:
                    self.end_sandbox()
            self.sandbox.send([job.program for job in jobs])
        except Exception as error:  # noqa: BLE001 -- whatever it is, the jobs must get an answer
            self._lost(error)

    def _collect(self) -> None:
        sandbox = self.sandbox
        if sandbox is None or not self._sent:
            return
        try:
            execution = sandbox.receive()
        except Exception as error:  # noqa: BLE001 -- as above
            self._lost(error)
            return
        _settle(self._sent.popleft(), execution)
        if sandbox.retired:
            self._replace(careful=False)

    def _lost(self, error: Exception) -> None:
        """Blame a program that was in the dead sandbox alone; try several again one by one."""
        if len(self._sent) == 1:
            job = self._sent.popleft()
            program = job.program
            _settle(job, Execution(task_id=program.task_id, sample=program.sample, error=str(error)))
        self._replace(careful=True)

    def _replace(self, *, careful: bool) -> None:
        self.end_sandbox()
        self.sandbox = None
        while self._sent:
            job = self._sent.popleft()
            if self._pool.closing:
                job.future.cancel()
            else:
                self._pool.jobs.put(job._replace(careful=job.careful or careful))


def _chars(program: Program) -> int:
    return sum(len(file.content) for file in program.files) + len(program.stdin)


def _settle(job: Job, execution: Execution) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_result(execution)


class Turns:
    """Lets jobs run together, or one alone. Those that want to be alone go first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._alone = False
        self._waiting = 0

    def begin(self, *, alone: bool) -> None:
        """Wait for a turn."""
        with self._changed:
            if not alone:
                self._changed.wait_for(lambda: not self._alone and not self._waiting)
                self._running += 1
                return
            self._waiting += 1
            self._changed.wait_for(lambda: not self._alone and not self._running)
            self._waiting -= 1
            self._alone = True

    def end(self, *, alone: bool) -> None:
        """Give the turn back."""
        with self._changed:
            if alone:
                self._alone = False
            else:
                self._running -= 1
            self._changed.notify_all()

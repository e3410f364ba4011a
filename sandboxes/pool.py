"""Warm sandboxes of one or several images, fed from one queue an image."""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import SandboxError
from codeeval.sandboxes.channel import SEND_AHEAD_CHARS
from codeeval.sandboxes.images import catalogue
from codeeval.sandboxes.interaction import Conversation
from codeeval.sandboxes.queueing import Job, Jobs, Turns
from codeeval.sandboxes.shelf import Shelf
from codeeval.types import Execution, Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Sandbox, SandboxLauncher, SandboxOptions

BATCH: Final = 8
"""Programs handed to a sandbox at once, while there are plenty: most of a program's way through an
engine is the same for one as for eight."""
MOST_CHARS: Final = 240 << 20
"""Of a program's texts: below the longest frame that the runner reads (``frames.MAX_FRAME_BYTES``)."""
ABANDON_S: Final = 1.0
"""How long a program that was cancelled may run on, before it is ended with its sandbox."""
SPARE: Final = 1
"""Workers beyond ``size`` where there are several images: one starts a sandbox while the others run."""


class Pool:
    """Executes programs, ``size`` at a time, each in a sandbox of its image.

    A sandbox that dies is replaced. The program that it was running gets an execution with ``error``
    set; programs that merely waited in its pipe go to the next sandbox and lose nothing.

    Args:
        launcher: starts the sandboxes.
        options: how, the same for all; its image is the only one unless ``images`` names others.
        size: programs that execute at once.
        images: the images that programs may name; where there are none, all run in that of ``options``.
        max_sandboxes: sandboxes kept at once where there are several images.
    """

    def __init__(
        self,
        launcher: SandboxLauncher,
        options: SandboxOptions,
        size: int,
        *,
        images: Sequence[str] = (),
        max_sandboxes: int = 0,
    ) -> None:
        self._launcher = launcher
        self._options = options
        self.size = size
        self.images = tuple(images) or (options.image,)
        self._count = size if len(self.images) == 1 else size + SPARE
        self.jobs = Jobs()
        self.turns = Turns(size)
        self.shelf = Shelf(max(0, max_sandboxes - self._count))
        self.closing = False
        self.generation = 0
        """Of sandboxes: those of an earlier one run nothing more."""
        self._workers: list[Worker] = []
        self._starting: ThreadPoolExecutor | None = None
        self._tools: dict[str, Mapping[str, str]] = {}
        self.failures: dict[str, SandboxError] = {}
        """Of several images, those without a sandbox, and why."""

    @property
    def toolchain(self) -> Mapping[str, str]:
        """Versions of the tools inside the sandboxes, once started; of several images, ``image/tool``."""
        if len(self.images) == 1:
            return self._tools.get(self.images[0], {})
        return {
            f"{image}/{tool}": version
            for image, tools in self._tools.items()
            for tool, version in tools.items()
        }

    def start(self) -> None:
        """Start the sandboxes of the only image, or one of each, and wait until they are ready.

        Raises:
            SandboxError: one does not start (of several images: none does); the others are ended.
        """
        self._workers = [Worker(self, first=number == 0) for number in range(self._count)]
        if len(self.images) > 1:
            self._start_each()
        for worker in self._workers:
            worker.start()
        failures = [failure for failure in (worker.started.get() for worker in self._workers) if failure]
        if failures:
            self.close()
            raise failures[0]

    def _start_each(self) -> None:
        """Start one sandbox of each image, to see what is inside; one that does not start is named."""

        def start(image: str) -> None:
            try:
                self.shelf.put(image, self.launch(image, probe=True))
            except SandboxError as error:
                self.failures[image] = error

        self._starting = ThreadPoolExecutor(self.size)  # until the end: bubblewrap's end with their thread
        list(self._starting.map(start, self.images))
        if len(self.failures) == len(self.images):
            raise self.failures[self.images[0]]

    def submit(self, program: Program) -> Future[Execution]:
        """Queue a program; its future never raises for what happens inside a sandbox."""
        return self._submit(program, alone=False)

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Queue a program that runs while no other does, so that nothing here slows it down."""
        return self._submit(program, alone=True)

    def _submit(self, program: Program, *, alone: bool) -> Future[Execution]:
        future: Future[Execution] = Future()
        image = program.image if len(self.images) > 1 else self.images[0]
        reason = ""
        if image in self.failures or image not in self.images:
            reason = str(self.failures.get(image) or f"this run has no sandbox of image {image}")
        elif (chars := program.chars) > MOST_CHARS:
            reason = (
                f"its files and inputs have {chars >> 20} MiB; a sandbox takes {MOST_CHARS >> 20} MiB at once"
            )
        if reason:  # trying again is of no use
            future.set_result(
                Execution(task_id=program.task_id, sample=program.sample, error=reason, final=True)
            )
        else:
            self.jobs.put(Job(program, future, image, alone=alone))
            future.add_done_callback(self._settled)
        return future

    def _settled(self, future: Future[Execution]) -> None:
        if future.cancelled() and not self.closing:
            timer = threading.Timer(ABANDON_S, self._abandon, (future,))
            timer.daemon = True
            timer.start()

    def _abandon(self, future: Future[Execution]) -> None:
        """End the sandbox that still runs a program for nobody; its worker gets another one."""
        for worker in self._workers:
            if worker.is_running(future):
                worker.end_sandbox()

    def renew(self) -> None:
        """Run nothing that is submitted from now on where something has run before.

        References must not have been where candidates are.
        """
        self.generation += 1
        self.shelf.clear()

    def launch(self, image: str, *, probe: bool = False) -> Sandbox:
        """Start one more sandbox.

        Raises:
            SandboxError: it does not start, or a tool that the image is for is not in it.
        """
        sandbox = self._launcher.launch(msgspec.structs.replace(self._options, image=image, probe=probe))
        if probe:
            self._tools[image] = dict(sandbox.toolchain)
            if lost := _lost_tools(image, sandbox.toolchain):
                sandbox.close()
                raise SandboxError(
                    f"image {image} has no {lost[0]} any more",
                    f"Remove the image and build it again: codeeval sandbox build {image}",
                )
        return sandbox

    def close(self) -> None:
        """End all sandboxes, whatever they are doing; programs without an execution are cancelled."""
        self.closing = True
        for job in self.jobs.close():
            job.future.cancel()
        for worker in self._workers:
            worker.end_sandbox()
        self.shelf.close()
        for worker in self._workers:
            if worker.ident is not None:
                worker.join()
        if self._starting is not None:
            self._starting.shutdown()


def _lost_tools(image: str, toolchain: Mapping[str, str]) -> list[str]:
    known = catalogue().image(image)
    return [tool for tool in known.probes if toolchain.get(tool) == "missing" and tool not in known.optional]


class Worker(threading.Thread):
    """Feeds one sandbox and replaces it when it dies, asks to be replaced, or is of another image."""

    def __init__(self, pool: Pool, *, first: bool) -> None:
        super().__init__(name="codeeval-sandbox", daemon=True)
        self._pool = pool
        self._probes = first
        self._sent: deque[Job] = deque()
        self._image = pool.images[0]
        self._generation = pool.generation
        self.sandbox: Sandbox | None = None
        self.partner: Sandbox | None = None
        """Where interactors run, once there was one."""
        self._partner_image = ""
        self.started: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Serve jobs until the pool closes."""
        try:
            if len(self._pool.images) == 1:
                self.sandbox = self._pool.launch(self._image, probe=self._probes)
        except Exception as error:  # noqa: BLE001 -- raised again by the thread that waits
            self.started.put(error)
            return
        self.started.put(None)
        while (job := self._pool.jobs.take(self._image)) is not None:
            self._fetch_sandbox(job)
            self._pool.turns.begin(alone=job.alone)
            try:
                self._serve(job)
            finally:
                self._pool.turns.end(alone=job.alone)
        self.end_sandbox()

    def is_running(self, future: Future[Execution]) -> bool:
        """Whether a job is at work in the sandbox."""
        try:
            return self._sent[0].future is future
        except IndexError:
            return False

    def end_sandbox(self) -> None:
        """End the sandbox, if there is one, and that of interactors."""
        for sandbox in (self.sandbox, self.partner):
            if sandbox is not None:
                sandbox.close()
        self.partner = None

    def _fetch_sandbox(self, job: Job) -> None:
        """Get a sandbox of the job's image before its turn comes, so that others run meanwhile."""
        if self._generation != self._pool.generation:
            self._generation = self._pool.generation
            self.end_sandbox()
            self.sandbox = None
        if job.image != self._image:
            if self.sandbox is not None:
                self._pool.shelf.put(self._image, self.sandbox)
            self._image = job.image
            self.sandbox = self._pool.shelf.take(job.image)
        if self.sandbox is None and len(self._pool.images) > 1:
            try:
                self.sandbox = self._pool.launch(self._image)
            except SandboxError:  # tried again, and reported, when the job's turn has come
                return

    def _serve(self, first: Job) -> None:
        """Run a job and what can be sent with it, until nothing of this worker's is in a sandbox."""
        if first.program.interactive:
            self._converse(first)
            return
        self._hand_over([first])
        while self._sent:
            if len(self._sent) <= BATCH // 2 and not first.alone and not first.careful:
                self._hand_over(self._take_ahead())
            self._collect()

    def _converse(self, job: Job) -> None:
        """Run a program and its interactor together; if one of the sandboxes fails, neither is used again."""
        self._sent.append(job)
        try:
            if self.sandbox is None:
                self.sandbox = self._pool.launch(self._image)
            execution = Conversation(job.program, self.sandbox, self._fetch_partner(job.program)).run()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the job must get an answer
            self._lost(error)
            return
        _settle(self._sent.popleft(), execution)
        if self.sandbox.retired or (self.partner is not None and self.partner.retired):
            self._replace(careful=False)

    def _fetch_partner(self, program: Program) -> Sandbox:
        image = program.checker.image if program.checker else self._image
        if self.partner is not None and image != self._partner_image:
            self.partner.close()
            self.partner = None
        if self.partner is None:
            self._partner_image = image
            self.partner = self._pool.launch(image)
        return self.partner

    def _take_ahead(self) -> list[Job]:
        """Take jobs to send behind the running one, while there are more than enough for everybody."""
        if self._generation != self._pool.generation:
            return []
        return self._pool.jobs.take_more(
            self._image,
            most=BATCH - len(self._sent),
            most_chars=SEND_AHEAD_CHARS - sum(job.chars for job in self._sent),
            reserve=self._pool.size * BATCH,
        )

    def _hand_over(self, jobs: list[Job]) -> None:
        if not jobs:
            return
        self._sent.extend(jobs)
        try:
            if self.sandbox is None:
                self.sandbox = self._pool.launch(self._image)
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


def _settle(job: Job, execution: Execution) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_result(execution)

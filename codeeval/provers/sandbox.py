"""One sandbox for every prover: programs are proofs, and the prover judges them.

Sandboxes share the processes that they start: one that has served a context is used again for candidates
behind the same context, so that two hundred wrong candidates of one source file cost one start a sandbox. A
proof counts only when a process accepts it that has seen no other candidate.
"""

from __future__ import annotations

import abc
import os
import threading
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from codeeval.errors import SandboxError
from codeeval.provers.findings import Category, Finding, malformed
from codeeval.provers.hosts import Overdue, ProcessDied
from codeeval.provers.local import DOUBLE, LocalHost, sweep
from codeeval.types import Execution, ProofStep, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.provers.hosts import Host
    from codeeval.types import Program

Task = TypeVar("Task")
"""What a candidate must prove, as a prover states it."""

SPARE: Final = 2
"""Idle processes kept beside those at work: candidates may come back to an earlier context."""


class ContextError(SandboxError):
    """What stands before the candidate does not check in this prover."""


class Checker(abc.ABC, Generic[Task]):
    """Judges candidates, one at a time, with one process that is kept, and replaced where it breaks."""

    title: ClassVar[str]
    """What messages call the prover."""

    def __init__(self) -> None:
        self.starts = 0
        """Processes started so far."""
        self._served = 0  # candidates that the present process has been sent
        self._alone = True  # whether the last one was its first

    def check(self, task: Task, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate: never raises for what the candidate does.

        Args:
            task: what it must prove.
            candidate: source, hostile.
            wall_s: longest time for the candidate alone.

        Raises:
            SandboxError: the prover cannot be started.
        """
        if refused := malformed(candidate) or self._refused(task, candidate):
            return refused
        finding, alone = self._attempt(task, candidate, wall_s)
        if not alone and (finding.category is Category.ACCEPTED or finding.by_chance):
            self.close()
            finding, _ = self._attempt(task, candidate, wall_s)
        if finding.category is Category.CRASH:
            self.close()
            finding, _ = self._attempt(task, candidate, wall_s)
        if finding.category is not Category.CRASH:
            return finding
        self.close()
        if self._sound(task):
            return Finding(Category.UNPROVED, f"{finding.detail} (also in a process of its own)")
        self.close()
        return finding

    def _attempt(self, task: Task, candidate: str, wall_s: float) -> tuple[Finding, bool]:
        """Judge once; returns also whether the process had seen no other candidate."""
        self._alone = True
        try:
            finding = self._judge(task, candidate, wall_s)
        except ContextError as error:
            finding = Finding(Category.CONTEXT, error.message)
        except Overdue:
            self.close()  # its next answer could be false
            finding = Finding(Category.TIMEOUT, f"{self.title} took over {wall_s:g} s")
        except ProcessDied as error:
            self.close()
            finding = self._blamed(error)
        return finding, self._alone

    def _sending(self) -> None:
        """Note that a candidate goes to the present process."""
        self._alone = not self._served
        self._served += 1

    def close(self) -> None:
        """End the process. Safe to call twice."""
        self._served = 0
        self._end()

    @abc.abstractmethod
    def _end(self) -> None:
        """End the process, if there is one."""

    @abc.abstractmethod
    def _refused(self, task: Task, candidate: str) -> Finding | None:
        """Refuse what must not be sent: it could change the process, or what is asked after it."""

    @abc.abstractmethod
    def _sound(self, task: Task) -> bool:
        """Whether the prover works on this task without the candidate, whose crash it then is."""

    @abc.abstractmethod
    def _judge(self, task: Task, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate; raises ``ContextError``, ``Overdue`` or ``ProcessDied`` where it cannot.

        Calls ``_sending`` when it sends it.
        """

    def _blamed(self, death: ProcessDied) -> Finding:
        """Distinguish candidates that exhaust the prover from a prover that breaks."""
        return Finding(Category.CRASH, death.message)


class Prover(abc.ABC, Generic[Task]):
    """A proof assistant that was found: which it is, and how it judges."""

    version: str
    """As it states it itself."""
    double: str = ""
    """The folder of a test double's sessions; empty for the real prover."""

    @abc.abstractmethod
    def checker(self) -> Checker[Task]:
        """Make a checker; it starts no process before its first candidate."""

    @abc.abstractmethod
    def read(self, step: ProofStep, program: Program) -> tuple[Task, str]:
        """Return what a program of one proof step must prove, and its candidate."""

    def shared(self, task: Task) -> str:
        """Name the context whose tasks share one process; empty where each sandbox has its own."""
        del task
        return ""


class Checkers(Generic[Task]):
    """The checkers of all sandboxes: idle ones are kept for their context, the oldest ended first.

    Args:
        prover: makes them.
    """

    def __init__(self, prover: Prover[Task]) -> None:
        self.prover = prover
        self._idle: OrderedDict[Checker[Task], str] = OrderedDict()
        self._busy: set[Checker[Task]] = set()
        self._lock = threading.Lock()
        self._sandboxes = self._opened = 0
        self._ended = 0

    @property
    def starts(self) -> int:
        """Processes started so far."""
        with self._lock:
            return self._ended + sum(checker.starts for checker in (*self._idle, *self._busy))

    def open(self) -> str:
        """Take on one more sandbox; returns the name of a process of its own."""
        with self._lock:
            self._sandboxes += 1
            self._opened += 1
            return f"sandbox {self._opened}"

    def close(self) -> None:
        """Let go of a sandbox; the last one ends every process."""
        with self._lock:
            self._sandboxes -= 1
            self._shrink(SPARE if self._sandboxes else 0)

    def check(self, task: Task, candidate: str, wall_s: float, own: str = "") -> Finding:
        """Judge a candidate with a process that has its context already, where one is idle.

        Args:
            task: what the candidate must prove.
            candidate: source, hostile.
            wall_s: longest time for the candidate alone.
            own: name of the sandbox's own process, for provers whose tasks share none.
        """
        name = self.prover.shared(task) or own
        with self._lock:
            known = (checker for checker, context in reversed(self._idle.items()) if context == name)
            checker = next(known, None) or self.prover.checker()
            self._idle.pop(checker, None)
            self._busy.add(checker)
        try:
            return checker.check(task, candidate, wall_s)
        finally:
            with self._lock:
                self._busy.remove(checker)
                self._idle[checker] = name
                self._shrink(self._sandboxes + SPARE - len(self._busy))

    def _shrink(self, most: int) -> None:
        while len(self._idle) > max(most, 0):
            checker, _ = self._idle.popitem(last=False)
            self._ended += checker.starts
            checker.close()


class ProverSandbox(Generic[Task]):
    """One slot: judges one candidate at a time.

    Args:
        checkers: shared with the other slots.
        launcher: names the prover.
    """

    def __init__(self, checkers: Checkers[Task], launcher: ProverLauncher[Task]) -> None:
        self._checkers = checkers
        self._launcher = launcher
        self._waiting: deque[Program] = deque()
        self._open = True
        self._own = checkers.open()
        self.toolchain: Mapping[str, str] = {launcher.name: " ".join(checkers.prover.version.split())}
        self.retired = False

    def send(self, programs: Sequence[Program]) -> None:
        """Take programs; the work is done by ``receive``."""
        self._waiting.extend(programs)

    def receive(self) -> Execution:
        """Judge the oldest program sent."""
        program = self._waiting.popleft()
        step = program.steps[0]
        if not isinstance(step, ProofStep):
            error = f"{self._launcher.title} judges proofs only"
            return Execution(task_id=program.task_id, sample=program.sample, error=error)
        started_s = time.monotonic()
        try:
            task, candidate = self._checkers.prover.read(step, program)
            finding = self._checkers.check(task, candidate, step.limits.wall_s, self._own)
        except SandboxError as error:
            finding = Finding(Category.CRASH, f"{error.message} {error.remedy}".strip())
        wall_s = time.monotonic() - started_s
        return Execution(
            task_id=program.task_id,
            sample=program.sample,
            steps=() if finding.no_verdict else (self._result(step.name, finding, wall_s),),
            error=finding.detail if finding.no_verdict else "",
            final=finding.category in (Category.CONTEXT, Category.UNABLE),
        )

    def close(self) -> None:
        """Let go of the processes."""
        if self._open:
            self._open = False
            self._checkers.close()

    def _result(self, name: str, finding: Finding, wall_s: float) -> StepResult:
        category = finding.category
        label = self._launcher.unproved if category is Category.UNPROVED else category.value
        accepted = category is Category.ACCEPTED
        return StepResult(
            name=name,
            status=StepStatus.WALL_LIMIT if category is Category.TIMEOUT else StepStatus.EXITED,
            completed=accepted,
            report="" if accepted else f"{label}\n\n{finding.detail}",
            wall_s=wall_s,
        )


class ProverLauncher(abc.ABC, Generic[Task]):
    """Starts sandboxes whose programs a prover judges: in its image, or a local one."""

    name: ClassVar[str]
    """Of the sandbox, its image and its tool."""
    title: ClassVar[str]
    """What messages call the prover."""
    engine: ClassVar[str]
    """The prover and the protocol that it is spoken to in."""
    unproved: ClassVar[str] = Category.UNPROVED.value
    """What verdicts call ``Category.UNPROVED``."""
    how_to_get: ClassVar[str]
    """Remedy where there is none."""
    memory_bytes: ClassVar[int]
    """Least memory of a container: provers need more than the programs of a benchmark."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checkers: dict[tuple[str, tuple[str, ...]], Checkers[Task]] = {}

    @abc.abstractmethod
    def find(self, host: Host, options: SandboxOptions) -> Prover[Task]:
        """Find the prover that the options name: that of the host's image, a local one, or a double.

        Raises:
            SandboxError: there is no such program, or it is not this prover.
        """

    def probe(self) -> str:
        """Return what it is; whether there is one depends on the options, see ``describe``."""
        return self.engine

    def launch(self, options: SandboxOptions) -> ProverSandbox[Task]:
        """Make a sandbox; no process is started before its first candidate.

        Raises:
            SandboxError: there is no prover, and how to get one.
        """
        if options.image != self.name:
            raise SandboxError(f"{self.title} judges proofs, not the programs of image {options.image!r}")
        return ProverSandbox(self.checkers(options), self)

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """Return which prover, and whether it is a test double.

        Raises:
            SandboxError: there is no prover, and how to get one.
        """
        prover = self.checkers(options).prover
        described = {"sandbox": self.name, "engine": " ".join(prover.version.split())}
        include = {"include": os.pathsep.join(options.prover_include)} if options.prover_include else {}
        if prover.double:
            warning = (
                f"this is a double: it repeats recorded sessions of {self.title}, "
                "and has no verdict on any other candidate"
            )
            return described | include | {"double": prover.double, "warning": warning}
        if options.prover:
            not_enforced = f"this {self.title} runs as you, not in a container; its memory is limited"
            return described | include | {"prover": options.prover, "not_enforced": not_enforced}
        from codeeval.sandboxes import images  # noqa: PLC0415 -- docker costs 200 ms

        return described | include | {"image": images.tag(self.name)}

    def sweep(self) -> int:
        """Remove folders of local provers whose codeeval is gone; containers are the sandbox ``docker``'s."""
        return sweep()

    def checkers(self, options: SandboxOptions) -> Checkers[Task]:
        """Return what all sandboxes with these options share."""
        key = (options.prover, options.prover_include)
        with self._lock:
            if key not in self._checkers:
                self._checkers[key] = Checkers(self.find(self._host(options), options))
            return self._checkers[key]

    def _host(self, options: SandboxOptions) -> Host:
        if options.prover:
            memory_bytes = max(self.memory_bytes, options.memory_bytes)
            return LocalHost(options.prover_include, self.how_to_get, memory_bytes)
        from codeeval.provers.container import ContainerHost  # noqa: PLC0415 -- docker costs 200 ms

        try:
            return ContainerHost(options, self.memory_bytes)
        except SandboxError as error:
            remedy = f"Name one: --sandbox {self.name}:PATH. {self.how_to_get} {error.remedy}".strip()
            raise SandboxError(f"there is no {self.title}: {error.message}", remedy) from error


def double_folder(place: str) -> str:
    """Return the folder of ``double:FOLDER``, or an empty string."""
    return place.removeprefix(DOUBLE) if place.startswith(DOUBLE) else ""

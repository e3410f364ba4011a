"""One sandbox for every prover: programs are proofs, and the prover judges them.

Sandboxes share the processes that they start: those whose candidates stand behind the same context use one
process in turn, so that two hundred candidates of one source file cost one start.
"""

from __future__ import annotations

import abc
import threading
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from codeeval.errors import SandboxError
from codeeval.provers.findings import Category, Finding, malformed
from codeeval.provers.hosts import Overdue, ProcessDied
from codeeval.provers.local import DOUBLE, LocalHost
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
ATTEMPTS: Final = 2
"""A crash is tried once more in a fresh process."""


class ContextError(SandboxError):
    """What stands before the candidate does not check in this prover."""


class Checker(abc.ABC, Generic[Task]):
    """Judges candidates, one at a time, with one process that is kept, and replaced where it breaks."""

    title: ClassVar[str]
    """What messages call the prover."""

    def __init__(self) -> None:
        self.starts = 0
        """Processes started so far."""

    def check(self, task: Task, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate: never raises for what the candidate does.

        Args:
            task: what it must prove.
            candidate: source, hostile.
            wall_s: longest time for the candidate alone.

        Raises:
            SandboxError: the prover cannot be started.
        """
        if refused := malformed(candidate) or self._refused(candidate):
            return refused
        finding = Finding(Category.CRASH)
        for _attempt in range(ATTEMPTS):
            try:
                finding = self._judge(task, candidate, wall_s)
            except ContextError as error:
                return Finding(Category.CONTEXT, error.message)
            except Overdue:
                self.close()  # its next answer could be false
                return Finding(Category.TIMEOUT, f"{self.title} took over {wall_s:g} s")
            except ProcessDied as error:
                self.close()
                finding = self._blamed(error)
            if finding.category is not Category.CRASH:
                break
            self.close()
        return finding

    @abc.abstractmethod
    def close(self) -> None:
        """End the process. Safe to call twice."""

    @abc.abstractmethod
    def _refused(self, candidate: str) -> Finding | None:
        """Refuse what must not be sent: it could change the process, or what is asked after it."""

    @abc.abstractmethod
    def _judge(self, task: Task, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate; raises ``ContextError``, ``Overdue`` or ``ProcessDied`` where it cannot."""

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


class _Desk(Generic[Task]):
    """A checker and how many wait for it."""

    def __init__(self, checker: Checker[Task]) -> None:
        self.checker = checker
        self.lock = threading.Lock()
        self.users = 0


class Checkers(Generic[Task]):
    """The checkers of all sandboxes, the least recently used ended where there are too many.

    Args:
        prover: makes them.
    """

    def __init__(self, prover: Prover[Task]) -> None:
        self.prover = prover
        self._desks: OrderedDict[str, _Desk[Task]] = OrderedDict()
        self._lock = threading.Lock()
        self._sandboxes = self._opened = 0
        self._ended = 0

    @property
    def starts(self) -> int:
        """Processes started so far."""
        with self._lock:
            return self._ended + sum(desk.checker.starts for desk in self._desks.values())

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
            if not self._sandboxes:
                self._shrink(0)

    def check(self, task: Task, candidate: str, wall_s: float, own: str = "") -> Finding:
        """Judge a candidate with its context's process; waits while another candidate has it.

        Args:
            task: what the candidate must prove.
            candidate: source, hostile.
            wall_s: longest time for the candidate alone.
            own: name of the sandbox's own process, for provers whose tasks share none.
        """
        name = self.prover.shared(task) or own
        with self._lock:
            desk = self._desks.get(name) or _Desk(self.prover.checker())
            self._desks[name] = desk
            self._desks.move_to_end(name)
            desk.users += 1
            self._shrink(self._sandboxes + SPARE)
        try:
            with desk.lock:
                return desk.checker.check(task, candidate, wall_s)
        finally:
            with self._lock:
                desk.users -= 1

    def _shrink(self, most: int) -> None:
        for name in [name for name, desk in self._desks.items() if not desk.users]:
            if len(self._desks) <= most:
                return
            desk = self._desks.pop(name)
            desk.checker.close()
            self._ended += desk.checker.starts


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
        if prover.double:
            warning = (
                f"this is a double: it repeats recorded sessions of {self.title}, "
                "and has no verdict on any other candidate"
            )
            return described | {"double": prover.double, "warning": warning}
        if options.prover:
            not_enforced = f"this {self.title} runs as you, not in a container"
            return described | {"prover": options.prover, "not_enforced": not_enforced}
        from codeeval.sandboxes import images  # noqa: PLC0415 -- docker costs 200 ms

        return described | {"image": images.tag(self.name)}

    def sweep(self) -> int:
        """Remove nothing: a prover's containers are removed by the sandbox ``docker``."""
        return 0

    def checkers(self, options: SandboxOptions) -> Checkers[Task]:
        """Return what all sandboxes with these options share."""
        key = (options.prover, options.prover_include)
        with self._lock:
            if key not in self._checkers:
                self._checkers[key] = Checkers(self.find(self._host(options), options))
            return self._checkers[key]

    def _host(self, options: SandboxOptions) -> Host:
        if options.prover:
            return LocalHost(options.prover_include, self.how_to_get)
        from codeeval.provers.container import ContainerHost  # noqa: PLC0415 -- docker costs 200 ms

        try:
            return ContainerHost(options, self.memory_bytes)
        except SandboxError as error:
            remedy = f"Name one: --sandbox {self.name}:PATH. {self.how_to_get} {error.remedy}".strip()
            raise SandboxError(f"there is no {self.title}: {error.message}", remedy) from error


def double_folder(place: str) -> str:
    """Return the folder of ``double:FOLDER``, or an empty string."""
    return place.removeprefix(DOUBLE) if place.startswith(DOUBLE) else ""

"""The sandbox ``fstar``: programs are proofs, and F* judges them.

Sandboxes share what they start: one process a source file, whoever's candidate it is, so that two hundred
candidates of one file cost one start.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final, Protocol

from codeeval.errors import SandboxError
from codeeval.sandboxes.fstar.acceptance import Category, Finding
from codeeval.sandboxes.fstar.checker import Checker, Launch, ProofTask
from codeeval.sandboxes.fstar.local import HOW_TO_GET, LocalLaunch
from codeeval.types import Execution, ProofStep, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.types import Program

IMAGE: Final = "fstar"
SPARE: Final = 2
"""Idle processes kept beside those at work: the next file's candidates may come back to an earlier one."""


class Backend(Launch, Protocol):
    """Where F* comes from, and which it is."""

    version: str
    """What ``fstar.exe --version`` says."""
    double: str
    """The folder of recordings of a double; empty for the real F*."""


class _Desk:
    """A source file's checker and who waits for it."""

    def __init__(self, backend: Backend) -> None:
        self.checker = Checker(backend)
        self.lock = threading.Lock()
        self.users = 0


class Files:
    """The checkers of all source files, the least recently used ended where there are too many.

    Args:
        backend: starts their processes.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._desks: OrderedDict[str, _Desk] = OrderedDict()
        self._lock = threading.Lock()
        self._sandboxes = 0
        self._ended = 0

    @property
    def starts(self) -> int:
        """Processes started so far."""
        with self._lock:
            return self._ended + sum(desk.checker.starts for desk in self._desks.values())

    def open(self) -> None:
        """Take on one more sandbox."""
        with self._lock:
            self._sandboxes += 1

    def close(self) -> None:
        """Let go of a sandbox; the last one ends every process."""
        with self._lock:
            self._sandboxes -= 1
            if not self._sandboxes:
                self._shrink(0)

    def check(self, task: ProofTask, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate with its file's process; waits while another candidate has it."""
        with self._lock:
            desk = self._desks.setdefault(task.file_name, _Desk(self.backend))
            self._desks.move_to_end(task.file_name)
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


class FStarSandbox:
    """One slot: judges one candidate at a time."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._waiting: deque[Program] = deque()
        self._open = True
        files.open()
        backend = files.backend
        self.toolchain: Mapping[str, str] = {"fstar": " ".join(backend.version.split())}
        self.retired = False

    def send(self, programs: Sequence[Program]) -> None:
        """Take programs; the work is done by ``receive``."""
        self._waiting.extend(programs)

    def receive(self) -> Execution:
        """Judge the oldest program sent."""
        return _execute(self._waiting.popleft(), self._files)

    def close(self) -> None:
        """Let go of the processes."""
        if self._open:
            self._open = False
            self._files.close()


class FStarLauncher:
    """Starts sandboxes whose programs F* judges: in the image ``fstar``, or by a local ``fstar.exe``."""

    name = "fstar"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[tuple[str, tuple[str, ...]], Files] = {}

    def probe(self) -> str:
        """Say what it is; whether there is an F* depends on the options, so ``describe`` says that."""
        return "F* over fstar.exe --ide"

    def launch(self, options: SandboxOptions) -> FStarSandbox:
        """Make a sandbox; no process is started before its first candidate.

        Raises:
            SandboxError: there is no F*, and how to get one.
        """
        if options.image != IMAGE:
            raise SandboxError(f"F* judges proofs, not the programs of image {options.image!r}")
        return FStarSandbox(self.files(options))

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """Return which F*, and whether it is a double.

        Raises:
            SandboxError: there is no F*, and how to get one.
        """
        files = self.files(options)
        backend = files.backend
        said = {"sandbox": self.name, "engine": " ".join(backend.version.split())}
        if backend.double:
            return said | {
                "double": backend.double,
                "warning": "this is a double: it repeats what a real F* said of recorded candidates, "
                "and has no verdict on any other",
            }
        if options.prover:
            return said | {
                "prover": options.prover,
                "not_enforced": "this F* runs as you, not in a container",
            }
        from codeeval.sandboxes import images  # noqa: PLC0415 -- docker costs 200 ms

        return said | {"image": images.tag(IMAGE)}

    def sweep(self) -> int:
        """Remove nothing: containers of F* are removed by the sandbox ``docker``."""
        return 0

    def files(self, options: SandboxOptions) -> Files:
        """Return what all sandboxes with these options share."""
        key = (options.prover, options.prover_include)
        with self._lock:
            if key not in self._files:
                self._files[key] = Files(_backend(options))
            return self._files[key]


def _backend(options: SandboxOptions) -> Backend:
    if options.prover:
        return LocalLaunch(options.prover, options.prover_include)
    from codeeval.sandboxes.fstar.container import ContainerLaunch  # noqa: PLC0415 -- docker costs 200 ms

    try:
        return ContainerLaunch(options)
    except SandboxError as error:
        raise SandboxError(
            f"there is no F*: {error.message}", f"Name one: --fstar PATH. {HOW_TO_GET} {error.remedy}".strip()
        ) from error


def _execute(program: Program, files: Files) -> Execution:
    """Judge a program of one proof step; see ``benchmarks/fstar`` for its files."""
    step = program.steps[0]
    if not isinstance(step, ProofStep):
        return Execution(task_id=program.task_id, sample=program.sample, error="F* judges proofs only")
    said = {file.path: file.content for file in program.files}
    task = _task(step, said)
    started_s = time.monotonic()
    try:
        finding = files.check(task, said["candidate.fst"], step.limits.wall_s)
    except SandboxError as error:
        remedy = f" {error.remedy}" if error.remedy else ""
        finding = Finding(Category.CRASH, f"{error.message}{remedy}")
    wall_s = time.monotonic() - started_s
    no_verdict = finding.category in (Category.CRASH, Category.CONTEXT, Category.UNABLE)
    return Execution(
        task_id=program.task_id,
        sample=program.sample,
        steps=() if no_verdict else (_result(step.name, finding, wall_s),),
        error=finding.detail if no_verdict else "",
        final=finding.category in (Category.CONTEXT, Category.UNABLE),
    )


def _task(step: ProofStep, said: Mapping[str, str]) -> ProofTask:
    """Read what a program states; its candidate is ``candidate.fst``."""
    return ProofTask(
        file_name=step.file_name,
        name=step.theorem,
        context=said["context.fst"],
        scaffold=said.get("scaffold.fst", ""),
        options=said.get("options.fst", ""),
        statement=said.get("statement.fst", ""),
        reference=said.get("reference.fst", ""),
    )


def _result(name: str, finding: Finding, wall_s: float) -> StepResult:
    accepted = finding.category is Category.ACCEPTED
    late = finding.category is Category.TIMEOUT
    return StepResult(
        name=name,
        status=StepStatus.WALL_LIMIT if late else StepStatus.EXITED,
        completed=accepted,
        report="" if accepted else f"{finding.category.value}\n\n{finding.detail}",
        wall_s=wall_s,
    )

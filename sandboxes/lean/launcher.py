"""The sandbox ``lean``: programs are proofs, and Lean judges them."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from codeeval.errors import SandboxError
from codeeval.sandboxes.fstar.acceptance import Category, Finding
from codeeval.sandboxes.lean.acceptance import Task
from codeeval.sandboxes.lean.checker import Checkers
from codeeval.sandboxes.lean.local import HOW_TO_GET, LocalLean
from codeeval.types import Execution, ProofStep, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.sandboxes.lean.checker import Backend
    from codeeval.types import Program

IMAGE: Final = "lean"
LOCAL_MEMORY_BYTES: Final = 8 << 30
"""As in the image: Mathlib alone takes several gigabytes."""
UNPROVED: Final = "unproved"
"""Well-typed as far as it goes, but Lean was not convinced."""


class LeanSandbox:
    """One slot: judges one candidate at a time."""

    def __init__(self, checkers: Checkers) -> None:
        self._checkers = checkers
        self._waiting: deque[Program] = deque()
        self._open = True
        checkers.open()
        self.toolchain: Mapping[str, str] = {"lean": " ".join(checkers.backend.version.split())}
        self.retired = False

    def send(self, programs: Sequence[Program]) -> None:
        """Take programs; the work is done by ``receive``."""
        self._waiting.extend(programs)

    def receive(self) -> Execution:
        """Judge the oldest program sent."""
        return _execute(self._waiting.popleft(), self._checkers)

    def close(self) -> None:
        """Let go of the processes."""
        if self._open:
            self._open = False
            self._checkers.close()


class LeanLauncher:
    """Starts sandboxes whose programs Lean judges: in the image ``lean``, or by a local toolchain."""

    name = "lean"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checkers: dict[str, Checkers] = {}

    def probe(self) -> str:
        """Say what it is; whether there is a Lean depends on the options, so ``describe`` says that."""
        return "Lean 4 over lean --json"

    def launch(self, options: SandboxOptions) -> LeanSandbox:
        """Make a sandbox; no process is started before its first candidate.

        Raises:
            SandboxError: there is no Lean, and how to get one.
        """
        if options.image != IMAGE:
            raise SandboxError(f"Lean judges proofs, not the programs of image {options.image!r}")
        return LeanSandbox(self.checkers(options))

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """Return which Lean, and whether it is a double.

        Raises:
            SandboxError: there is no Lean, and how to get one.
        """
        backend = self.checkers(options).backend
        said = {"sandbox": self.name, "engine": " ".join(backend.version.split())}
        if backend.double:
            return said | {
                "double": backend.double,
                "warning": "this is a double: it repeats sessions that were written down, "
                "and has no verdict on any other proof",
            }
        if options.prover:
            return said | {
                "prover": options.prover,
                "not_enforced": "this Lean runs as you, not in a container",
            }
        from codeeval.sandboxes import images  # noqa: PLC0415 -- docker costs 200 ms

        return said | {"image": images.tag(IMAGE)}

    def sweep(self) -> int:
        """Remove nothing: containers of Lean are removed by the sandbox ``docker``."""
        return 0

    def checkers(self, options: SandboxOptions) -> Checkers:
        """Return what all sandboxes with these options share."""
        with self._lock:
            if options.prover not in self._checkers:
                self._checkers[options.prover] = Checkers(_backend(options))
            return self._checkers[options.prover]


def _backend(options: SandboxOptions) -> Backend:
    if options.prover:
        return LocalLean(options.prover, LOCAL_MEMORY_BYTES)
    from codeeval.sandboxes.lean.container import ContainerLean  # noqa: PLC0415 -- docker costs 200 ms

    try:
        return ContainerLean(options)
    except SandboxError as error:
        raise SandboxError(
            f"there is no Lean: {error.message}",
            f"Name one: --lean PATH. {HOW_TO_GET} {error.remedy}".strip(),
        ) from error


def _execute(program: Program, checkers: Checkers) -> Execution:
    """Judge a program of one proof step; see ``benchmarks/lean`` for its files."""
    step = program.steps[0]
    if not isinstance(step, ProofStep):
        return Execution(task_id=program.task_id, sample=program.sample, error="Lean judges proofs only")
    said = {file.path: file.content for file in program.files}
    task = Task(name=step.theorem, header=said["header.lean"], stated=said["statement.lean"])
    started_s = time.monotonic()
    try:
        finding = checkers.check(task, said["candidate.lean"], step.limits.wall_s)
    except SandboxError as error:
        finding = Finding(Category.CRASH, f"{error.message} {error.remedy}".strip())
    wall_s = time.monotonic() - started_s
    no_verdict = finding.category in (Category.CRASH, Category.CONTEXT, Category.UNABLE)
    return Execution(
        task_id=program.task_id,
        sample=program.sample,
        steps=() if no_verdict else (_result(step.name, finding, wall_s),),
        error=finding.detail if no_verdict else "",
        final=finding.category in (Category.CONTEXT, Category.UNABLE),
    )


def _result(name: str, finding: Finding, wall_s: float) -> StepResult:
    accepted = finding.category is Category.ACCEPTED
    late = finding.category is Category.TIMEOUT
    category = UNPROVED if finding.category is Category.SMT else finding.category.value
    return StepResult(
        name=name,
        status=StepStatus.WALL_LIMIT if late else StepStatus.EXITED,
        completed=accepted,
        report="" if accepted else f"{category}\n\n{finding.detail}",
        wall_s=wall_s,
    )

"""What executes programs, as the pipeline sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from codeeval.errors import SandboxError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from codeeval.types import Execution, Program


class ProgramPool(Protocol):
    """What a verifier needs of ``codeeval.sandboxes.pool.Pool``; safe to call from any thread."""

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

    def renew(self) -> None:
        """Let nothing that is submitted from now on run where something has run before."""
        ...


class NoSandbox:
    """The pool of a benchmark that executes nothing."""

    size = 1

    def renew(self) -> None:
        """Do nothing: there is none."""

    def submit(self, program: Program) -> Future[Execution]:
        """Refuse.

        Raises:
            SandboxError: always.
        """
        raise SandboxError(f"{program.task_id}: there is no sandbox, for nothing is to be executed")

    submit_alone = submit

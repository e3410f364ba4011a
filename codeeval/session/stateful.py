"""``SandboxSession``: a sandbox of one's own, in which files stay from program to program."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self

import msgspec

from codeeval.errors import SandboxError, UsageError
from codeeval.pipeline import Verifier
from codeeval.session.files import check_path, fetching, with_files
from codeeval.types import CommandStep, Execution, Extraction, Limits, Oracle, Program, WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codeeval.interfaces import Sandbox as IsolatedPlace
    from codeeval.languages import Language
    from codeeval.pipeline.verifier import Examined

TASK: Final = "session"
COMMAND_LIMITS: Final = Limits(cpu_s=30.0, wall_s=120.0)
"""Of a shell command, unless the caller says otherwise."""


class OwnSandbox:
    """The pool of a session: one sandbox, and no other in its place when it dies."""

    size = 1

    def __init__(self, sandbox: IsolatedPlace) -> None:
        self._sandbox = sandbox
        self._thread = ThreadPoolExecutor(1, "codeeval-session")
        self._lock = threading.Lock()
        self.lost = ""
        """Why it executes nothing any more."""

    def submit(self, program: Program) -> Future[Execution]:
        """Queue a program."""
        try:
            return self._thread.submit(self._execute, program)
        except RuntimeError:
            raise SandboxError("the session is closed") from None

    submit_alone = submit

    def renew(self) -> None:
        """Do nothing: who has the session wants what was there before."""

    def close(self) -> None:
        """End the sandbox, whatever it is doing."""
        with self._lock:
            self.lost = self.lost or "the session is closed"
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._sandbox.close()

    def _execute(self, program: Program) -> Execution:
        error = self.lost
        if not error:
            try:
                self._sandbox.send([program])
                execution = self._sandbox.receive()
            except SandboxError as failure:
                error = self.lost = self.lost or failure.message
            else:
                if self._sandbox.retired:
                    self.lost = "what the last program left behind cannot be kept"
                return execution
        return Execution(task_id=program.task_id, sample=program.sample, error=error, final=True)


class SandboxSession:
    """A stateful sandbox; made by ``Sandbox.session``.

    Files stay from program to program; processes and memory do not. It holds a sandbox beyond the pool's, and
    is lost when that dies. Methods may be called from several threads; programs run one by one.
    """

    def __init__(self, sandbox: IsolatedPlace, language: Language) -> None:
        self.language = language.id
        self._image = language.image
        self._pool = OwnSandbox(sandbox)
        self._verifier = Verifier(self._pool, sandbox_retries=0, timeout_reruns=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def lost(self) -> str:
        """Why it executes nothing any more; empty while it does."""
        return self._pool.lost

    def submit(self, program: Program) -> Future[Examined]:
        """Execute a program in the work folder as it is.

        The result's outcome is SANDBOX_ERROR where the session is lost.
        """
        return self._verifier.examine(msgspec.structs.replace(program, work_folder=WorkFolder.KEPT))

    def command(
        self,
        command: str,
        *,
        stdin: str = "",
        limits: Limits = COMMAND_LIMITS,
        files: Mapping[str, str | bytes] | None = None,
    ) -> Program:
        """Return the program that runs a shell command.

        Raises:
            UsageError: a path lies outside the work folder.
        """
        if "\0" in command:
            raise UsageError("a command has no NUL character")
        step = CommandStep(name="run", argv=("sh", "-c", command), limits=limits)
        return with_files(self._program(step, stdin), files or {})

    def download(self, paths: Iterable[str]) -> Program:
        """Return the program that returns files.

        Raises:
            UsageError: a path lies outside the work folder.
        """
        return self._program(fetching(tuple(map(check_path, paths))), "")

    def close(self) -> None:
        """End the sandbox. Safe to call twice."""
        self._pool.close()

    def _program(self, step: CommandStep, stdin: str) -> Program:
        return Program(
            task_id=TASK,
            sample=0,
            language=self.language,
            image=self._image,
            extraction=Extraction(rule="whole"),
            steps=(step,),
            stdin=stdin,
            oracle=Oracle.EXIT_STATUS,
        )

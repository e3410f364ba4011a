"""A prover's processes on this machine."""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import SandboxError
from codeeval.provers.hosts import FOLDER, STDERR_BYTES, TOO_MUCH, Output, Overdue, read_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import SourceFile

DOUBLE: Final = "double:"
"""How a folder of recorded sessions is named in place of a program."""
PREFIX: Final = "codeeval-prover-"
"""Of temporary folders; the process id of codeeval follows, so that those left behind can be told."""


class LocalStream:
    """A process and its standard streams; it leads a process group, because provers start solvers.

    Args:
        command: its arguments.
        folder: its working folder, removed with it.
        memory_bytes: most data that it, and each process that it starts, may hold; 0 for no limit.
    """

    def __init__(self, command: Sequence[str], folder: Path, memory_bytes: int = 0) -> None:
        self._folder = folder
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by close
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                cwd=folder,
                start_new_session=True,
                bufsize=0,
            )
        except OSError:
            self._stderr.close()
            raise
        if memory_bytes:
            _limit(self._process.pid, memory_bytes)
        if self._process.stdin is None or self._process.stdout is None:
            raise BrokenPipeError
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        view = memoryview(data)
        while view:
            view = view[self._stdin.write(view) or 0 :]

    def end_input(self) -> None:
        """Close its standard input."""
        self._stdin.close()

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived."""
        if not self._selector.select(timeout_s):
            raise TimeoutError
        return os.read(self._stdout.fileno(), 1 << 16)

    def stderr(self) -> str:
        """End of its standard error."""
        with contextlib.suppress(ValueError):  # closed already
            size = self._stderr.seek(0, os.SEEK_END)
            self._stderr.seek(max(0, size - STDERR_BYTES))
            return self._stderr.read().decode("utf-8", "replace")
        return ""

    def wait(self, timeout_s: float) -> int:
        """Wait for the process to end by itself; returns its exit status.

        Raises:
            Overdue: it did not.
        """
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise Overdue("the process did not end in time") from error

    def close(self) -> None:
        """End the process group, and remove the folder."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for end in (self._stdin, self._stdout, self._stderr):
            end.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _limit(pid: int, memory_bytes: int) -> None:
    """Limit the data of a process that has just started; mapped files, such as Mathlib's, do not count."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended, or is another user's
        hard = resource.prlimit(pid, resource.RLIMIT_DATA)[1]
        most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))


def sweep() -> int:
    """Remove the folders of processes whose codeeval has ended without removing them; returns how many."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)
            removed += not folder.exists()
    return removed


class LocalHost:
    """Runs processes of this machine, each in a temporary folder.

    Args:
        include: folders with a project's sources.
        how_to_get: remedy where a program is missing.
        memory_bytes: most data that a process may hold; 0 for no limit.
    """

    writes_files = True

    def __init__(self, include: Sequence[str] = (), how_to_get: str = "", memory_bytes: int = 0) -> None:
        self.folders = tuple(Path(folder).resolve() for folder in include)
        self.include = tuple(str(folder) for folder in self.folders)
        self._how_to_get = how_to_get
        self._memory_bytes = memory_bytes

    def start(self, command: Sequence[str], file: SourceFile | None = None) -> LocalStream:
        """Start a process."""
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        if file:
            (folder / file.path).write_text(file.content, "utf-8")
        try:
            arguments = [part.replace(FOLDER, str(folder)) for part in command]
            return LocalStream(arguments, folder, self._memory_bytes)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise SandboxError(f"cannot start {command[0]}: {error}", self._how_to_get) from error

    def run(self, command: Sequence[str], file: SourceFile | None = None, *, wall_s: float) -> Output:
        """Run a process to its end."""
        deadline_s = time.monotonic() + wall_s
        with contextlib.closing(self.start(command, file)) as stream:
            stream.end_input()
            stdout = read_all(stream, deadline_s)
            if stdout is None:
                return TOO_MUCH
            status = stream.wait(max(deadline_s - time.monotonic(), 0.1))
            return Output(stdout, stream.stderr(), status)


def found(program: str, how_to_get: str) -> str:
    """Return the path of a program; links are kept, because elan's ``lean`` is one.

    Raises:
        SandboxError: there is no such program.
    """
    path = shutil.which(str(Path(program).expanduser())) or shutil.which(program)
    if path is None:
        raise SandboxError(f"there is no program {program}", how_to_get)
    return str(Path(path).absolute())


def double_command(module: str, folder: str) -> list[str]:
    """Return the command of a test double that repeats the sessions recorded in a folder.

    Raises:
        SandboxError: there is no such folder.
    """
    if not Path(folder).is_dir():
        raise SandboxError(f"there is no folder {folder}", "Name one with recorded sessions: double:FOLDER.")
    return [sys.executable, "-m", module, str(Path(folder).resolve())]

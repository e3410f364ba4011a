"""F* as a process of this machine: ``--fstar PATH``, or a double of recorded sessions."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from codeeval.errors import SandboxError

DOUBLE: Final = "double:"
"""How ``--fstar`` names a folder of recordings in place of a binary."""
HELP_TIMEOUT_S: Final = 60.0
ERROR_BYTES: Final = 4096
HOW_TO_GET: Final = (
    "Download a release from https://github.com/FStarLang/FStar/releases (it brings the Z3 it needs), "
    "or build the image: codeeval sandbox build fstar."
)


class ProcessStream:
    """A process and its standard streams; it leads a process group of its own, because F* starts Z3."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._folder = folder
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by close
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=folder,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            self._errors.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise SandboxError(f"cannot start {command[0]}: {error}", HOW_TO_GET) from error
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe(self._process.stdout), selectors.EVENT_READ)

    @staticmethod
    def _pipe(end: object) -> int:
        return end.fileno()  # type: ignore[attr-defined, no-any-return]  # both ends are pipes, as asked for

    def write(self, data: bytes) -> None:
        """Write all of it."""
        if self._process.stdin is None:
            raise BrokenPipeError
        view = memoryview(data)
        while view:
            view = view[self._process.stdin.write(view) or 0 :]

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived."""
        if not self._selector.select(timeout_s):
            raise TimeoutError
        return os.read(self._pipe(self._process.stdout), 1 << 16)

    def last_words(self) -> str:
        """End of what it wrote to standard error."""
        with contextlib.suppress(ValueError):  # closed already
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - ERROR_BYTES))
            return self._errors.read().decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        """End the process group, and remove the folder."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for end in (self._process.stdin, self._process.stdout):
            if end:
                end.close()
        self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class LocalLaunch:
    """Starts a local F*.

    Args:
        binary: its path, or ``double:FOLDER``.
        include: folders with a project's sources and checked files.

    Raises:
        SandboxError: there is no such program, or it is not F*.
    """

    writes_files = True

    def __init__(self, binary: str, include: tuple[str, ...] = ()) -> None:
        self.double = binary.removeprefix(DOUBLE) if binary.startswith(DOUBLE) else ""
        self._command = _double(self.double) if self.double else [_found(binary)]
        self._include = include
        self.version = _output([*self._command, "--version"]).strip()
        if not self.version.startswith("F*"):
            raise SandboxError(
                f"{binary} is not F*: --version says {self.version[:80]!r}", "Correct --fstar PATH."
            )
        self._reports = "--report_assumes" in _output([*self._command, "--help"])

    def start(self, file_name: str, contents: str) -> ProcessStream:
        """Start F* for a source file, in a folder of its own."""
        folder = Path(tempfile.mkdtemp(prefix="codeeval-fstar-"))
        if not self.has_checked(file_name):
            (folder / Path(file_name).name).write_text(contents, "utf-8")
        return ProcessStream(
            [*self._command, *arguments(file_name, self._include, reports=self._reports)], folder
        )

    def has_checked(self, file_name: str) -> bool:
        """Whether an include folder has the source and its checked file."""
        name = Path(file_name).name
        return any(
            Path(folder, name).is_file() and Path(folder, f"{name}.checked").is_file()
            for folder in self._include
        )


def arguments(file_name: str, include: tuple[str, ...], *, reports: bool) -> list[str]:
    """Return F*'s arguments, as the research harness has them.

    Source: fstar_dataset/fstar_harness.py, ``FStarIdeProcess``.
    """
    folders = [argument for folder in include for argument in ("--include", str(Path(folder).resolve()))]
    warn = ["--report_assumes", "warn"] if reports else []
    return ["--ide", Path(file_name).name, *warn, *folders]


def _found(binary: str) -> str:
    path = shutil.which(str(Path(binary).expanduser())) or shutil.which(binary)
    if path is None:
        raise SandboxError(f"there is no program {binary}", HOW_TO_GET)
    return str(Path(path).resolve())


def _double(folder: str) -> list[str]:
    if not Path(folder).is_dir():
        raise SandboxError(f"there is no folder {folder}", "Name one with recordings: --fstar double:FOLDER.")
    return [sys.executable, "-m", "codeeval.sandboxes.fstar.double", str(Path(folder).resolve())]


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=HELP_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"{command[0]} cannot be asked what it is: {error}", HOW_TO_GET) from error
    return (done.stdout + done.stderr).decode("utf-8", "replace")

"""Lean as a process of this machine: ``--lean PATH``, a Lake project's, or a double of sessions."""

from __future__ import annotations

import contextlib
import os
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
from codeeval.sandboxes.fstar.local import ProcessStream
from codeeval.sandboxes.lean.checker import MAX_OUTPUT_BYTES, Output, Overdue

if TYPE_CHECKING:
    from typing import IO

DOUBLE: Final = "double:"
HELP_TIMEOUT_S: Final = 120.0
ERROR_BYTES: Final = 4096
LAKEFILES: Final = ("lakefile.lean", "lakefile.toml")
REPLS: Final = (
    ".lake/build/bin/repl",
    ".lake/packages/repl/.lake/build/bin/repl",
    "../repl/.lake/build/bin/repl",
)
"""Where a Lake project has leanprover-community's REPL, once built."""
HOW_TO_GET: Final = (
    "Install Lean 4 with elan (https://lean-lang.org/install), "
    "or build the image: codeeval sandbox build lean."
)


class LocalLean:
    """Runs a local Lean.

    Args:
        place: the path of ``lean``, of a Lake project's folder (whose Mathlib and REPL are then used), or
            ``double:FOLDER``.
        memory_bytes: most that Lean may allocate.

    Raises:
        SandboxError: there is no such program, or it is not Lean 4.
    """

    def __init__(self, place: str, memory_bytes: int) -> None:
        self.double = place.removeprefix(DOUBLE) if place.startswith(DOUBLE) else ""
        self._project: Path | None = None
        self._limits = [] if self.double else ["-M", str(memory_bytes >> 20)]
        self._repl: list[str] = []
        if self.double:
            self._lean = _double(self.double)
            if Path(self.double, "repl").exists():
                self._repl = [*self._lean, "--repl"]
        elif Path(place).is_dir():
            self._project = _project(Path(place))
            lake = _found("lake", place)
            self._lean = [lake, "env", "lean"]
            built = next((self._project / file for file in REPLS if (self._project / file).is_file()), None)
            self._repl = [lake, "env", str(built)] if built else []
        else:
            binary = _found(place, place)
            self._lean = [binary]
            beside = shutil.which("repl", path=str(Path(binary).parent))
            self._repl = [beside] if beside else []
        said = self._run(["--version"], None, HELP_TIMEOUT_S)
        self.version = said.printed.decode("utf-8", "replace").strip()
        if not self.version.startswith(("Lean (version 4", "Lean double")):
            shown = (self.version or said.errors.strip())[:120]
            raise SandboxError(f"{place} is not Lean 4: --version says {shown!r}", "Correct --lean PATH.")

    def run(self, source: str, wall_s: float) -> Output:
        """Run ``lean --json`` on a text, in a folder of its own."""
        return self._run(["--json", *self._limits], source, wall_s)

    def repl(self) -> ProcessStream | None:
        """Start the REPL, where there is one."""
        if not self._repl:
            return None
        folder = Path(tempfile.mkdtemp(prefix="codeeval-lean-"))
        command = self._repl
        if self._project:  # the stream starts in its own folder, lake must in the project's
            command = ["env", "-C", str(self._project), *command]
        return ProcessStream(command, folder)

    def _run(self, arguments: list[str], source: str | None, wall_s: float) -> Output:
        with (
            tempfile.TemporaryDirectory(prefix="codeeval-lean-") as folder,
            tempfile.TemporaryFile() as errors,
        ):
            command = [*self._lean, *arguments]
            if source is not None:
                file = Path(folder) / "Candidate.lean"
                file.write_text(source, "utf-8")
                command.append(str(file))
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    cwd=self._project or folder,
                    start_new_session=True,
                    bufsize=0,
                )
            except OSError as error:
                raise SandboxError(f"cannot start {command[0]}: {error}", HOW_TO_GET) from error
            try:
                printed, cut = _read(process, time.monotonic() + wall_s)
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if process.stdout:
                    process.stdout.close()
            return Output(printed, cut or _end_of(errors), process.returncode)


def _read(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, str]:
    """Read until the process has ended; the text says why it was cut off, if it was."""
    if process.stdout is None:
        return b"", ""
    printed = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise Overdue("Lean did not end in time")
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            if not chunk:
                break
            printed += chunk
            if len(printed) > MAX_OUTPUT_BYTES:
                return bytes(printed), f"printed over {MAX_OUTPUT_BYTES >> 20} MiB"
    try:
        process.wait(max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired as error:
        raise Overdue("Lean did not end in time") from error
    return bytes(printed), ""


def _end_of(errors: IO[bytes]) -> str:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - ERROR_BYTES))
    return errors.read().decode("utf-8", "replace")


def _project(folder: Path) -> Path:
    if not any((folder / name).is_file() for name in LAKEFILES):
        raise SandboxError(
            f"{folder} is no Lake project: it has neither {' nor '.join(LAKEFILES)}",
            "Name a project's folder, or the program lean itself.",
        )
    return folder.resolve()


def _found(binary: str, asked: str) -> str:
    path = shutil.which(str(Path(binary).expanduser())) or shutil.which(binary)
    if path is None:
        raise SandboxError(f"there is no program {binary} (asked for: {asked})", HOW_TO_GET)
    return str(Path(path).absolute())  # not resolved: elan's lean is a link to elan


def _double(folder: str) -> list[str]:
    if not Path(folder).is_dir():
        raise SandboxError(f"there is no folder {folder}", "Name one with sessions: --lean double:FOLDER.")
    return [sys.executable, "-m", "codeeval.sandboxes.lean.double", str(Path(folder).resolve())]

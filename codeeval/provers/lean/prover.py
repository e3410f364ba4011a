"""Lean: how it is found, started, and handed the programs of ``benchmarks/lean``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import SandboxError
from codeeval.provers.hosts import FOLDER
from codeeval.provers.lean.acceptance import Task
from codeeval.provers.lean.checker import LeanChecker
from codeeval.provers.local import double_command, found
from codeeval.provers.sandbox import Prover, ProverLauncher, double_folder
from codeeval.types import SourceFile

if TYPE_CHECKING:
    from codeeval.interfaces import SandboxOptions
    from codeeval.provers.hosts import Host, Output, Stream
    from codeeval.types import Program, ProofStep

PROBE_TIMEOUT_S: Final = 120.0
FILE: Final = "Candidate.lean"
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


class Lean(Prover[Task]):
    """A Lean: of the host's image, a local one, or a test double.

    Args:
        host: runs its processes.
        place: the path of ``lean``, of a Lake project's folder (whose Mathlib and REPL are then used),
            ``double:FOLDER``, or empty for the image's.
        memory_bytes: most that one process of ``lean`` may allocate.

    Raises:
        SandboxError: there is no such program, or it is not Lean 4.
    """

    def __init__(self, host: Host, place: str, memory_bytes: int) -> None:
        self._host = host
        self._memory = ["-M", str(memory_bytes >> 20)]
        self.double = double_folder(place)
        self._lean, self._repl = self._commands(place)
        done = host.run([*self._lean, "--version"], wall_s=PROBE_TIMEOUT_S)
        self.version = done.stdout.decode("utf-8", "replace").strip()
        if not self.version.startswith(("Lean (version 4", "Lean double")):
            shown = (self.version or done.stderr.strip())[:120]
            raise SandboxError(f"{place or 'the image'} is not Lean 4: its version is {shown!r}", HOW_TO_GET)

    def checker(self) -> LeanChecker:
        """Make a checker."""
        return LeanChecker(self)

    def read(self, step: ProofStep, program: Program) -> tuple[Task, str]:
        """Read a program's files."""
        files = {file.path: file.content for file in program.files}
        task = Task(name=step.theorem, header=files["header.lean"], stated=files["statement.lean"])
        return task, files["candidate.lean"]

    def run(self, source: str, wall_s: float) -> Output:
        """Run ``lean --json`` on a text."""
        command = [*self._lean, "--json", *self._memory, f"{FOLDER}/{FILE}"]
        return self._host.run(command, SourceFile(path=FILE, content=source), wall_s=wall_s)

    def repl(self) -> Stream | None:
        """Start the REPL, where there is one."""
        return self._host.start(self._repl) if self._repl else None

    def _commands(self, place: str) -> tuple[list[str], list[str]]:
        """Return the commands of ``lean`` and of the REPL, which is empty where there is none."""
        if self.double:
            lean = double_command("codeeval.provers.lean.double", self.double)
            return lean, [*lean, "--repl"] if Path(self.double, "repl").exists() else []
        if not place:
            beside = self._host.run(["sh", "-c", "command -v repl"], wall_s=PROBE_TIMEOUT_S)
            return ["lean"], ["repl"] if beside.stdout.strip() else []
        if Path(place).is_dir():
            project = _project(Path(place))
            lake = ["env", "-C", str(project), found("lake", HOW_TO_GET), "env"]
            built = [str(project / file) for file in REPLS if (project / file).is_file()]
            return [*lake, "lean"], [*lake, built[0]] if built else []
        lean_path = found(place, HOW_TO_GET)
        repl = shutil.which("repl", path=str(Path(lean_path).parent))
        return [lean_path], [repl] if repl else []


class LeanLauncher(ProverLauncher[Task]):
    """Starts sandboxes whose programs Lean judges."""

    name = "lean"
    title = "Lean"
    engine = "Lean 4 over lean --json"
    how_to_get = HOW_TO_GET
    memory_bytes = 8 << 30
    """Mathlib's compiled files are mapped into memory, and count."""

    def find(self, host: Host, options: SandboxOptions) -> Lean:
        """Find Lean."""
        return Lean(host, options.prover, max(self.memory_bytes, options.memory_bytes))


def _project(folder: Path) -> Path:
    if not any((folder / name).is_file() for name in LAKEFILES):
        raise SandboxError(
            f"{folder} is not a Lake project: it has neither {' nor '.join(LAKEFILES)}",
            "Name a project's folder, or the program lean itself.",
        )
    return folder.resolve()

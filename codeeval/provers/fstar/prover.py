"""F*: how it is found, started, and handed the programs of ``benchmarks/fstar``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import SandboxError
from codeeval.provers.fstar.checker import FStarChecker
from codeeval.provers.fstar.task import ProofTask
from codeeval.provers.local import double_command, found
from codeeval.provers.sandbox import Prover, ProverLauncher, double_folder
from codeeval.types import SourceFile

if TYPE_CHECKING:
    from codeeval.interfaces import SandboxOptions
    from codeeval.provers.hosts import Host, Stream
    from codeeval.types import Program, ProofStep

PROBE_TIMEOUT_S: Final = 60.0
HOW_TO_GET: Final = (
    "Download a release from https://github.com/FStarLang/FStar/releases (it brings the Z3 it needs), "
    "or build the image: codeeval sandbox build fstar."
)


class FStar(Prover[ProofTask]):
    """An F*: of the host's image, a local one, or a test double.

    Args:
        host: runs its processes.
        place: the path of ``fstar.exe``, ``double:FOLDER``, or empty for the image's.

    Raises:
        SandboxError: there is no such program, or it is not F*.
    """

    def __init__(self, host: Host, place: str) -> None:
        self._host = host
        self.writes_files = host.writes_files
        self.double = double_folder(place)
        self._command: list[str] = []  # the image's entry point
        if self.double:
            self._command = double_command("codeeval.provers.fstar.double", self.double)
        elif place:
            self._command = [found(place, HOW_TO_GET)]
        self.version = self._output("--version").strip()
        if not self.version.startswith("F*"):
            where = place or "the image"
            raise SandboxError(f"{where} is not F*: its version is {self.version[:80]!r}", HOW_TO_GET)
        self._reports = ["--report_assumes", "warn"] if "--report_assumes" in self._output("--help") else []

    def checker(self) -> FStarChecker:
        """Make a checker."""
        return FStarChecker(self)

    def shared(self, task: ProofTask) -> str:
        """One process a source file."""
        return task.file_name

    def read(self, step: ProofStep, program: Program) -> tuple[ProofTask, str]:
        """Read a program's files."""
        files = {file.path: file.content for file in program.files}
        task = ProofTask(
            file_name=step.file_name,
            name=step.theorem,
            context=files["context.fst"],
            scaffold=files.get("scaffold.fst", ""),
            options=files.get("options.fst", ""),
            statement=files.get("statement.fst", ""),
            reference=files.get("reference.fst", ""),
        )
        return task, files["candidate.fst"]

    def start(self, file_name: str, contents: str) -> Stream:
        """Start F* for a source file, with the arguments of the research harness.

        Source: fstar_dataset/fstar_harness.py, ``FStarIdeProcess``.
        """
        name = Path(file_name).name
        include = [part for folder in self._host.include for part in ("--include", folder)]
        file = None if self.has_checked(file_name) else SourceFile(path=name, content=contents)
        return self._host.start([*self._command, "--ide", name, *self._reports, *include], file)

    def has_checked(self, file_name: str) -> bool:
        """Whether an include folder has the source and its checked file."""
        name = Path(file_name).name
        return any(
            (folder / name).is_file() and (folder / f"{name}.checked").is_file()
            for folder in self._host.folders
        )

    def _output(self, argument: str) -> str:
        done = self._host.run([*self._command, argument], wall_s=PROBE_TIMEOUT_S)
        return done.stdout.decode("utf-8", "replace") + done.stderr


class FStarLauncher(ProverLauncher[ProofTask]):
    """Starts sandboxes whose programs F* judges."""

    name = "fstar"
    title = "F*"
    engine = "F* over fstar.exe --ide"
    unproved = "smt"
    how_to_get = HOW_TO_GET
    memory_bytes = 4 << 30

    def find(self, host: Host, options: SandboxOptions) -> FStar:
        """Find F*."""
        return FStar(host, options.prover)

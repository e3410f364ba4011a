"""What a sandbox must offer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.types import Execution, Program


class SandboxOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How sandboxes are launched, the same for every launcher."""

    image: str
    """Name in ``containers/images.toml``."""
    run_id: str = ""
    """Labels what was launched, so that leftovers can be found."""
    memory_bytes: int = 2 << 30
    work_bytes: int = 256 << 20
    """Size of the writable memory file systems."""
    processes: int = 256
    runtime: str | None = None
    """Container runtime, for example ``runsc``."""
    cpuset: str | None = None
    cold: bool = False
    """Run each step as a plain command: no warm interpreter, no warm compiler, no faster way."""
    probe: bool = True
    """Ask the tools inside for their versions."""
    images_dir: Path | None = None
    """Where images lie that were unpacked for sandboxes without an engine; None for the user's cache."""
    prover: str = ""
    """A proof assistant of this machine in place of the image's: its path, or ``double:FOLDER``."""
    prover_include: tuple[str, ...] = ()
    """Folders in which it finds a project's sources and checked files."""


class Sandbox(Protocol):
    """One isolated place that executes one program at a time."""

    @property
    def toolchain(self) -> Mapping[str, str]:
        """Versions of the tools inside, as the runner probed them at start."""
        ...

    @property
    def retired(self) -> bool:
        """Whether it could not be made clean after the last program and must be replaced."""
        ...

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs; results come from ``receive`` in the same order.

        Raises:
            SandboxError: the sandbox is gone.
        """
        ...

    def receive(self) -> Execution:
        """Wait for the oldest program that was sent.

        Raises:
            SandboxError: the sandbox is gone or sent a malformed response; its programs have no result.
        """
        ...

    def close(self) -> None:
        """End the sandbox and everything in it. Safe to call twice."""
        ...


class SandboxLauncher(Protocol):
    """Starts sandboxes. Entry point of group ``codeeval.sandboxes``."""

    name: str

    def probe(self) -> str:
        """Return a one-line description of the engine.

        Raises:
            SandboxError: it cannot be used on this machine, and what would help.
        """
        ...

    def launch(self, options: SandboxOptions) -> Sandbox:
        """Start one sandbox and wait until it is ready.

        Raises:
            SandboxError: the image is not built (names the command that builds it), or the start failed.
        """
        ...

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """What goes into ``run.json``: engine version, image digest, what cannot be enforced."""
        ...

    def sweep(self) -> int:
        """Remove what crashed runs left behind; returns how many sandboxes."""
        ...

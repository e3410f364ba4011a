"""A control group for a sandbox that no engine makes one for, to account for its CPU time."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import Final

PREFIX: Final = "codeeval-"
REMOVE_S: Final = 2.0
"""How long the processes of a closed sandbox may take to leave its group."""
FILE_SYSTEM: Final = "cgroup2"
MEMORY_WATCHED: Final = "no control group: memory is limited by watching what each program uses"
CPU_NOT_ENFORCED: Final = (
    "; CPU time of processes that nobody waits for is limited by the wall-clock limit, on each core"
)
"""What comes to it where no control group counts CPU time."""


class ControlGroup:
    """A group below this process's own, in which no controller needs to be enabled.

    Attributes:
        usage: the file that says what the group's processes have used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.usage = folder / "cpu.stat"

    def add_child_of(self, pid: int) -> None:
        """Move a sandbox's first process, by the ``bwrap`` that waits for it: its children follow.

        What cannot be moved stays uncounted, and the runner's own accounting remains.
        """
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
                (self._folder / "cgroup.procs").write_text(child, "ascii")

    def remove(self) -> None:
        """Remove the group, as soon as its processes have ended."""
        deadline = time.monotonic() + REMOVE_S
        while not _removed(self._folder) and time.monotonic() < deadline:
            time.sleep(0.005)


def control_group() -> ControlGroup | None:
    """Make a group; None where there is no version 2, or this user may not."""
    own = _own_folder()
    if own is None:
        return None
    folder = own / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        folder.mkdir()
    except OSError:
        return None
    if not (folder / "cpu.stat").exists():
        _removed(folder)
        return None
    return ControlGroup(folder)


def sweep_control_groups() -> int:
    """Remove the groups of processes that ended without doing so; returns how many."""
    own = _own_folder()
    if own is None:
        return 0
    left = [path for path in own.glob(f"{PREFIX}*") if not Path(f"/proc/{_owner(path)}").exists()]
    return sum(map(_removed, left))


def _owner(folder: Path) -> str:
    return folder.name.removeprefix(PREFIX).partition("-")[0]


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _own_folder() -> Path | None:
    """Return the folder of this process's own group."""
    try:
        groups = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
        mounts = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    except OSError:
        return None
    path = next((line[3:] for line in groups if line.startswith("0::/")), None)
    fields = (line.partition(" - ") for line in mounts)
    places = [left.split() for left, _, right in fields if right.split(" ", 1)[0] == FILE_SYSTEM]
    if path is None or not places:
        return None
    root, place = places[0][3], places[0][4]
    if not Path(path).is_relative_to(root):
        return None
    return Path(place) / Path(path).relative_to(root)

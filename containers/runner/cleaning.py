"""Ends every process of a program and empties every place that it could write to."""

import contextlib
import ctypes
import itertools
import os
import stat
import time
from collections.abc import Iterator
from signal import SIGKILL

WORK = "/sandbox"
WRITABLE = (WORK, "/tmp", "/dev/shm")
REAP_S = 10.0
PR_SET_DUMPABLE = 4
prctl = ctypes.CDLL(None).prctl
MOST_ENTRIES = 20_000
"""A sandbox with more in one folder is quicker replaced than emptied."""


class UncleanError(Exception):
    """Something of a program cannot be removed: the sandbox must be thrown away."""


class Population:
    """Who lives in the sandbox beside process 1: programs, which end, and warm tools, which stay.

    Attributes:
        uid: user of the programs, or None where only one user exists.
        tools: process ids of the warm tools.
    """

    def __init__(self, uid: int | None = None) -> None:
        self.uid = uid
        self.tool_uid = 0 if uid is None else uid + 1
        self.tools: set[int] = set()

    def kill(self) -> None:
        """Kill all processes but this one (process 1) and the tools.

        Where there are tools, the kernel is to signal the programs' processes only, all at once.
        """
        if not self.tools:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, SIGKILL)
            return
        with self.acting_as_program(), contextlib.suppress(ProcessLookupError):
            os.kill(-1, SIGKILL)

    @contextlib.contextmanager
    def acting_as_program(self) -> Iterator[None]:
        """Take the programs' user for the moment, if there is one.

        The saved user stays, so no program can trace this process; what is executed meanwhile loses it.
        """
        if self.uid is None:
            yield
            return
        os.setresgid(self.uid, self.uid, 0)
        os.setresuid(self.uid, self.uid, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)
            prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # or no fork server could open this process's descriptors

    def end(self) -> float:
        """Kill all processes but this one and the tools, and reap them.

        Returns the CPU seconds of those that had no parent left to account for them.

        Raises:
            UncleanError: some do not die.
        """
        cpu_s = deadline = 0.0
        if self.tools:  # first, and all at once: a list of processes misses those that fork while it is made
            self.kill()
        while True:
            alone, used_s = self._reap()
            cpu_s += used_s
            if alone or (self.tools and not self.untracked()):
                return cpu_s
            now = time.monotonic()
            deadline = deadline or now + REAP_S
            if now > deadline:
                raise UncleanError("processes of the program do not die")
            self.kill()
            for pid in (
                self.untracked() if self.tools else ()
            ):  # a tool's own child, or one not yet the user's
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, SIGKILL)
            time.sleep(0.001)

    def untracked(self) -> list[int]:
        """Return the processes that are neither this one nor a tool."""
        found = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in found if pid != 1 and pid not in self.tools]

    def _reap(self) -> tuple[bool, float]:
        """Reap what has ended; returns whether nothing else is left, and what it used."""
        cpu_s = 0.0
        try:
            while True:
                pid, _, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    return False, cpu_s
                if pid in self.tools:
                    self.tools.discard(pid)
                else:
                    cpu_s += usage.ru_utime + usage.ru_stime
        except ChildProcessError:
            return True, cpu_s  # process 1 inherits every orphan: without children it is alone


class Roots:
    """The writable folders themselves, which a program that owns them could mark for the next.

    Args:
        owned: whether programs own them: where only one user exists. Elsewhere they can do nothing of that.
    """

    def __init__(self, *, owned: bool) -> None:
        roots = [root for root in WRITABLE if owned and os.path.isdir(root)]
        self._initial = {root: (_mode(root), _attributes(root)) for root in roots}

    def restore(self) -> None:
        """Give them back their modes, and take away times, access lists and other attributes.

        Raises:
            UncleanError: it cannot be done.
        """
        try:
            for root, (mode, attributes) in self._initial.items():
                added = _attributes(root) - attributes
                if added or _mode(root) != mode:
                    os.chmod(root, mode)
                    for name in added:
                        os.removexattr(root, name)
                    os.chmod(root, mode)  # the access list that is gone stood for the group's rights
                os.utime(root, (0, 0))
        except OSError as error:
            raise UncleanError(f"cannot restore the writable folders: {error}") from error


def _mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def _attributes(path: str) -> set[str]:
    try:
        return set(os.listxattr(path))
    except OSError:  # a file system without
        return set()


def system_v_tables() -> list[int]:
    """Open the kernel's tables of System V objects, which outlive the processes that make them."""
    return [table for table in map(_open_table, ("shm", "sem", "msg")) if table >= 0]


def wipe(tables: list[int], spared: str = "") -> None:
    """Empty the writable folders.

    Args:
        tables: of System V objects.
        spared: a folder in one of them that stays as it is.

    Raises:
        UncleanError: something cannot be removed, or is outside any folder (System V IPC).
    """
    for root in WRITABLE:
        if os.access(root, os.W_OK | os.X_OK | os.R_OK):
            names = _names(root)
        else:  # rootless: the program owns the folder and took its own rights away
            os.chmod(root, stat.S_IRWXU)
            names = _names(root)
        if len(names) > MOST_ENTRIES:
            raise UncleanError(f"{len(names)} files in {root}, or more")
        for name in names:
            if f"{root}/{name}" != spared:
                remove(root, name)
    for table in tables:
        if os.pread(table, 4096, 0).count(b"\n") > 1:  # more than the heading
            raise UncleanError("the program left System V objects")


def _names(folder: str) -> list[str]:
    """Return what is in a folder, or one more than there may be."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in itertools.islice(entries, MOST_ENTRIES + 1)]


def remove(root: str, name: str) -> None:
    """Remove a file, or a folder of any depth.

    Raises:
        UncleanError: it cannot be removed.
    """
    path = f"{root}/{name}"
    try:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            os.unlink(path)
            return
        try:
            os.rmdir(path)
        except OSError:
            _remove_tree(root, path)
    except OSError as error:
        raise UncleanError(f"cannot remove {path[:200]}: {error}") from error


def _remove_tree(root: str, path: str) -> None:
    """Remove a folder of any depth: what is in it is first moved up, so no path grows long."""
    fresh = f"{root}/{os.urandom(8).hex()}."
    pending, moved, seen = [path], 0, 0
    while pending:
        folder = pending.pop()
        if not os.access(folder, os.W_OK | os.X_OK | os.R_OK):
            os.chmod(folder, stat.S_IRWXU)  # rootless, as in wipe
        with os.scandir(folder) as entries:
            for entry in entries:
                seen += 1
                if seen > MOST_ENTRIES:
                    raise UncleanError(f"more than {MOST_ENTRIES} files in {path[:200]}")
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                with contextlib.suppress(OSError):
                    os.rmdir(entry.path)
                    continue
                moved += 1
                if not os.access(entry.path, os.W_OK):  # moving a folder changes its entry for its parent
                    os.chmod(entry.path, stat.S_IRWXU)
                os.rename(entry.path, f"{fresh}{moved}")
                pending.append(f"{fresh}{moved}")
        os.rmdir(folder)


def _open_table(name: str) -> int:
    try:
        return os.open(f"/proc/sysvipc/{name}", os.O_RDONLY)
    except FileNotFoundError:  # a kernel without System V IPC
        return -1

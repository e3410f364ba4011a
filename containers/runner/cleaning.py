"""Ends every process of a program and empties every place that it could write to."""

import contextlib
import os
import stat
import time
from signal import SIGKILL

WORK = "/sandbox"
WRITABLE = (WORK, "/tmp", "/dev/shm")
REAP_S = 10.0
MOST_ENTRIES = 20_000
"""A sandbox with more in one folder is quicker replaced than emptied."""


class UncleanError(Exception):
    """Something of a program cannot be removed: the sandbox must be thrown away."""


def kill_all() -> float:
    """Kill all processes but this one (process 1) and reap them.

    Returns the CPU seconds of those that had no parent left to account for them.

    Raises:
        UncleanError: some do not die.
    """
    cpu_s = 0.0
    deadline = 0.0
    while True:
        try:
            while True:
                pid, _, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    break
                cpu_s += usage.ru_utime + usage.ru_stime
        except ChildProcessError:
            return cpu_s  # process 1 inherits every orphan: without children it is alone
        now = time.monotonic()
        deadline = deadline or now + REAP_S
        if now > deadline:
            raise UncleanError("processes of the program do not die")
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, SIGKILL)
        time.sleep(0.001)


def system_v_tables() -> list[int]:
    """Open the kernel's tables of System V objects, which outlive the processes that make them."""
    return [table for table in map(_open_table, ("shm", "sem", "msg")) if table >= 0]


def wipe(tables: list[int]) -> None:
    """Empty the writable folders.

    Raises:
        UncleanError: something cannot be removed, or lies where no folder is (System V IPC).
    """
    for root in WRITABLE:
        if os.access(root, os.W_OK | os.X_OK | os.R_OK):
            names = os.listdir(root)
        else:  # rootless: the program owns the folder and took its own rights away
            os.chmod(root, stat.S_IRWXU)
            names = os.listdir(root)
        if len(names) > MOST_ENTRIES:
            raise UncleanError(f"{len(names)} files in {root}")
        for name in names:
            _remove(root, name)
    for table in tables:
        if os.pread(table, 4096, 0).count(b"\n") > 1:  # more than the heading
            raise UncleanError("the program left System V objects")


def _remove(root: str, name: str) -> None:
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

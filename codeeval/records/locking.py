"""The lock of a directory: held by the process that writes to it, and who that is."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import time
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.reading import open_regular
from codeeval.records.files import writing

if TYPE_CHECKING:
    from pathlib import Path

LOCK: Final = ".lock"
_MOST_BYTES: Final = 4096
_TRIES: Final = 4
"""Whoever looks whether a directory is in use holds its lock for a moment."""
_WAIT_S: Final = 0.05


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The process that holds, or last held, a directory."""

    pid: int
    started: str = ""
    """When it opened the directory: UTC, ISO 8601."""
    generated: int = 0
    """Samples of a run that were generated when it did."""
    judged: int = 0
    """Samples of a run that had a verdict when it did."""


def acquire(path: Path) -> int:
    """Lock a directory for this process; the kernel unlocks it when the process ends.

    Returns:
        A descriptor; closing it unlocks the directory.

    Raises:
        UsageError: another process holds it.
        StorageError: it cannot be written.
    """
    file = path / LOCK
    with writing(file):
        lock = open_regular(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    try:
        with writing(file):
            _lock(lock)
            note_start(lock)
    except BaseException as error:
        holder = _decoded(os.pread(lock, _MOST_BYTES, 0))
        os.close(lock)
        if isinstance(error.__cause__, BlockingIOError):
            raise UsageError(
                f"{path} is in use by another codeeval (process {holder.pid if holder else 'unknown'})",
                "Wait for it, or name another folder (--out).",
            ) from None
        raise
    return lock


def _lock(descriptor: int) -> None:
    for tries in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if tries + 1 == _TRIES:
                raise
            time.sleep(_WAIT_S)
        else:
            return


def note_start(lock: int, *, generated: int = 0, judged: int = 0) -> None:
    """State in the lock who holds it, since when, and how far its run was then.

    Raises:
        OSError: it cannot be written.
    """
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    holder = Holder(pid=os.getpid(), started=now, generated=generated, judged=judged)
    os.ftruncate(lock, 0)
    os.pwrite(lock, msgspec.json.encode(holder) + b"\n", 0)


def read_holder(path: Path) -> Holder | None:
    """Return the process that is writing to a directory, or None where none is. Nothing is written.

    A process on another machine is seen where the file system passes its locks on.
    """
    try:
        lock = open_regular(path / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _decoded(os.pread(lock, _MOST_BYTES, 0)) or Holder(pid=0)
    finally:
        os.close(lock)
    return None


def _decoded(text: bytes) -> Holder | None:
    """Read what a lock states; older versions state the process alone."""
    try:
        return Holder(pid=int(text)) if text.strip().isdigit() else msgspec.json.decode(text, type=Holder)
    except msgspec.MsgspecError:
        return None

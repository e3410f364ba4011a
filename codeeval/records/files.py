"""Writing files so that a full disk or a crash costs nothing that was there before."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from typing import TYPE_CHECKING

from codeeval.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_KEPT = "What was done so far is kept; the same command resumes."


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` from the block into a ``StorageError`` about ``path``.

    Raises:
        StorageError: with what would help.
    """
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
                remedy = f"Free some space. {_KEPT}"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                remedy = f"Name a folder that you may write to (--out). {_KEPT}"
            case errno.ENOTDIR | errno.EEXIST | errno.EISDIR | errno.ELOOP | errno.EINVAL:
                remedy = "Name another folder (--out): something else has this name."
            case _:
                remedy = _KEPT
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}", remedy) from error


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` from the block into a ``DataError`` about ``path``.

    Raises:
        DataError: the file is not there or may not be read.
    """
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Replace a file by these bytes, or leave it as it was. A link in its place is replaced, not followed.

    Raises:
        StorageError: the disk is full or the path not writable.
    """
    # a name that nobody can have put a link at, and that no other process uses
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with writing(path):
            with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

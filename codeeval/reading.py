"""Reads files that somebody else may have made: only regular ones, and only up to a stated size.

A run directory, a file of samples or a data set can come from anybody. A FIFO in the place of a file would be
waited for, a device has no end, and a small archive can hold more than any memory.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_BYTES: Final = 256 << 20
"""Longest file that is read as a whole, where its reader states no other bound."""
MOST_LINE_BYTES: Final = 256 << 20
_FREELY_UNPACKED_BYTES: Final = 256 << 20
_RATIO: Final = 100
"""Bytes that a longer archive may hold for each of its own; source text has five to twenty."""
_watchers: Final[list[Callable[[Path], None]]] = []


@contextlib.contextmanager
def watched(opened: Callable[[Path], None]) -> Iterator[None]:
    """Report each regular file that is opened meanwhile by a function of this module, in any thread.

    Args:
        opened: receives its path.
    """
    _watchers.append(opened)
    try:
        yield
    finally:
        _watchers.remove(opened)


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a regular file and return its descriptor.

    Args:
        path: the file.
        flags: as ``os.open`` takes them.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, 0o666)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        os.set_blocking(descriptor, True)
        for opened in _watchers:
            opened(path)
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "not a regular file", str(path))


def open_binary(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    return os.fdopen(open_regular(path), "rb")


def read_bounded(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a regular file as a whole.

    Raises:
        OSError: it cannot be read, is something else, or is longer.
    """
    with open_binary(path) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise _too_long(path, most_bytes)
    return data


def read_unpacked(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a file as a whole, and decompress it if its name ends in ``.gz``.

    Raises:
        OSError: it cannot be read, is not regular, or is longer; ``gzip.BadGzipFile`` if it is not gzip.
        EOFError: it is not complete.
        zlib.error: it is damaged.
    """
    data = read_bounded(path, most_bytes)
    if path.suffix != ".gz":
        return data
    with gzip.open(io.BytesIO(data)) as packed:
        text = packed.read(most_bytes + 1)
    if len(text) > most_bytes:
        raise _too_long(path, most_bytes)
    return text


def unpack(path: Path, target: BinaryIO) -> None:
    """Decompress a gzip file into another one.

    Raises:
        OSError: it cannot be read, is not regular, or holds far more than text of its size does.
        EOFError: it is not complete.
        zlib.error: it is damaged.
    """
    with open_binary(path) as file:
        most_bytes = max(_FREELY_UNPACKED_BYTES, _RATIO * os.fstat(file.fileno()).st_size)
        with gzip.open(file) as packed:
            while chunk := packed.read(1 << 20):
                most_bytes -= len(chunk)
                if most_bytes < 0:
                    raise OSError(
                        errno.EFBIG, "it holds more than a hundred times its size: decompress it yourself"
                    )
                target.write(chunk)


def bounded_lines(file: BinaryIO, most_bytes: int = MOST_LINE_BYTES) -> Iterator[bytes]:
    """Yield the lines of a file, each with its end; the last may have none.

    Raises:
        OSError: a line is longer.
    """
    while line := file.readline(most_bytes + 1):
        if len(line) > most_bytes:
            raise OSError(errno.EFBIG, f"a line is longer than {most_bytes >> 20} MiB")
        yield line


def _too_long(path: Path, most_bytes: int) -> OSError:
    return OSError(errno.EFBIG, f"longer than {most_bytes >> 20} MiB", str(path))

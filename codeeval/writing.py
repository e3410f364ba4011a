"""Large files that are complete or not there, whatever happens while they are written."""

from __future__ import annotations

import contextlib
from typing import IO, TYPE_CHECKING, cast

import zstandard

from codeeval.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def whole_file(out: Path, *, level: int | None) -> Iterator[IO[bytes]]:
    """Open a file that takes its place when the block ends well.

    Args:
        out: the file.
        level: of compression with zstd, on all cores; None for none.

    Raises:
        StorageError: it cannot be written.
    """
    partial = out.with_name(f"{out.name}.partial")
    try:
        with partial.open("wb") as file:
            if level is None:
                yield file
            else:
                packer = zstandard.ZstdCompressor(level=level, threads=-1)
                with packer.stream_writer(file, closefd=False) as stream:
                    yield cast("IO[bytes]", stream)
        partial.replace(out)
    except OSError as error:
        raise StorageError(
            f"{out}: {error.strerror or error}", "Free some space, or name another file."
        ) from error
    finally:
        partial.unlink(missing_ok=True)

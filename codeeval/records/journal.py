"""An append-only file of JSON lines, one a sample, with the place of each line kept in an array."""

from __future__ import annotations

import contextlib
import os
from array import array
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import msgspec

from codeeval.errors import DataError
from codeeval.reading import bounded_lines, open_regular
from codeeval.records.files import reading, write_atomically, writing
from codeeval.records.numbers import check_numbers
from codeeval.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PREFIX: Final = b'{"schema":%d,' % SCHEMA_VERSION
_CHUNK: Final = 16_384
"""Bytes read at once: more than most lines have."""
_BLOCK: Final = 1 << 18
"""Bytes read at once where many lines are."""
_LINE_BYTES: Final = 64 << 20
"""Longest line; a sample's texts have a few KiB."""


class Line(Protocol):
    """What every line states."""

    @property
    def schema(self) -> int:
        """Version of the line's form."""
        ...

    @property
    def task_id(self) -> str:
        """Task that it is about."""
        ...

    @property
    def sample(self) -> int:
        """Sample within the task."""
        ...


L = TypeVar("L", bound=Line)


class Journal(Generic[L]):
    """One JSONL file of a run, addressed by sample index.

    The latest line of a sample is the one that counts. Memory is 8 bytes a sample.

    Args:
        path: the file; need not exist.
        kind: type of a line as read; a line that is not of it is malformed.
        samples: how many samples the run has.
        locate: gives a line's sample index, or None if the run has no such sample. Called for
            each line found in the file, in its order.
        writable: open for appending, cutting off a torn last line.
        upgrade: puts a line of an older schema into this one; None where the file is of this one.

    Raises:
        DataError: a malformed line, or one that the run has no place for; the file cannot be read.
        StorageError: the file cannot be opened for writing, or cannot be repaired.
    """

    def __init__(
        self,
        path: Path,
        kind: type[L],
        samples: int,
        locate: Callable[[L], int | None],
        *,
        writable: bool,
        upgrade: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self.path = path
        self._upgrade = upgrade
        self._decode = msgspec.json.Decoder(kind).decode
        self._locate = locate
        self._dead = 0
        self._lines = 0
        self._offsets = array("q", [-1]) * samples
        self._size = 0
        self._descriptor = -1
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW if writable else os.O_RDONLY
        try:
            with writing(path) if writable else reading(path):
                self._descriptor = open_regular(path, flags)
                self._scan()
                if writable:
                    os.ftruncate(self._descriptor, self._size)
        except BaseException as error:
            self.close()
            if not writable and isinstance(error.__cause__, FileNotFoundError):
                return
            raise

    def follow(self) -> bool:
        """Read on where another process has appended; a torn last line is read when it is whole.

        Returns:
            False where the file is no longer the one that was opened, or is shorter: open it anew.

        Raises:
            DataError: as when opening.
        """
        with reading(self.path):
            if self._descriptor < 0:
                try:
                    self._descriptor = open_regular(self.path)
                except FileNotFoundError:
                    return True
            here = os.fstat(self._descriptor)
            try:
                there = self.path.stat()
            except FileNotFoundError:
                return False
            if not os.path.samestat(here, there) or here.st_size < self._size:
                return False
            if here.st_size > self._size:
                self._scan()
        return True

    def _scan(self) -> None:
        """Read the lines from where the last scan ended."""
        os.lseek(self._descriptor, self._size, os.SEEK_SET)
        with open(self._descriptor, "rb", closefd=False) as file:
            for line in bounded_lines(file, _LINE_BYTES):
                if not line.endswith(b"\n"):
                    break
                try:
                    check_numbers(line)
                    key = self._decode(self._upgraded(line))
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise DataError(
                        f"{self._where}: not a record: {error}",
                        "Delete this line; it is redone.",
                    ) from error
                if key.schema != SCHEMA_VERSION:
                    raise DataError(
                        f"{self._where}: schema {key.schema}, but this codeeval reads {SCHEMA_VERSION}",
                        "Use the version of codeeval that made this run.",
                    )
                index = self._locate(key)
                if index is None:
                    raise DataError(
                        f"{self._where}: sample {key.sample} of {key.task_id!r} is not in the plan "
                        "of run.json",
                        "Delete this line, or name another folder (--out).",
                    )
                self._place(index, len(line))

    @property
    def _where(self) -> str:
        """The line that is read next, as messages name it."""
        return f"{self.path}:{self._lines + 1}"

    def _place(self, index: int, length: int) -> None:
        self._dead += self._offsets[index] >= 0
        self._offsets[index] = self._size
        self._size += length
        self._lines += 1

    @property
    def count(self) -> int:
        """Samples that have a line."""
        return len(self._offsets) - self._offsets.count(-1)

    def __contains__(self, index: int) -> bool:
        return self._offsets[index] >= 0

    def forget(self, index: int) -> None:
        """Treat a sample's line as not there; it goes when the file is put in order."""
        self._dead += self._offsets[index] >= 0
        self._offsets[index] = -1

    def append(self, index: int, record: bytes) -> None:
        """Add a record, a JSON object that is not empty, and hand it to the kernel.

        Raises:
            StorageError: it could not be written; the file ends after the record before it.
        """
        line = memoryview(b"%b%b\n" % (_PREFIX, record[1:]))
        written = 0
        with writing(self.path):
            try:
                while written < len(line):
                    written += os.pwrite(self._descriptor, line[written:], self._size + written)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, self._size)
                raise
        self._place(index, written)

    def copy(self, index: int, line: bytes) -> None:
        """Add a line of another run's file as it stands there.

        Raises:
            StorageError: it could not be written.
        """
        self.append(index, b"{" + line.removeprefix(_PREFIX).removesuffix(b"\n"))

    def read(self, index: int) -> bytes:
        """Return a sample's line with its newline.

        Raises:
            DataError: the file shrank under us.
        """
        return self._upgraded(self._read_at(self._offsets[index]))

    def _upgraded(self, line: bytes) -> bytes:
        return line if self._upgrade is None else self._upgrade(line)

    def _read_at(self, offset: int) -> bytes:
        chunk = os.pread(self._descriptor, _CHUNK, offset)
        end = chunk.find(b"\n")
        if end >= 0:
            return chunk[: end + 1]
        parts = [chunk]
        while chunk and end < 0:
            offset += len(chunk)
            chunk = os.pread(self._descriptor, _CHUNK << 4, offset)
            end = chunk.find(b"\n")
            parts.append(chunk if end < 0 else chunk[: end + 1])
        if end < 0:
            raise DataError(
                f"{self.path}: shorter than it was", "Something else wrote to this file; start anew."
            )
        return b"".join(parts)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that count, in the order of the samples; the file is read a block at a time."""
        block, start = b"", 0
        for offset in self._offsets:
            if offset < 0:
                continue
            at = offset - start
            end = block.find(b"\n", at) if 0 <= at < len(block) else -1
            if end < 0:
                block, start, at = os.pread(self._descriptor, _BLOCK, offset), offset, 0
                end = block.find(b"\n")
            yield self._upgraded(block[at : end + 1] if end >= 0 else self._read_at(offset))

    def sort(self) -> None:
        """Put the file in the order of the samples, without lines that no longer count, and close it.

        Raises:
            StorageError: there is no room for the sorted copy; the file stays as it was.
        """
        if not self._sorted():
            write_atomically(self.path, self.lines())
        self.close()

    def _sorted(self) -> bool:
        """Whether the lines that count are all there is, in order."""
        last = -1
        for offset in self._offsets:
            if 0 <= offset <= last:
                return False
            last = max(last, offset)
        return not self._dead

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

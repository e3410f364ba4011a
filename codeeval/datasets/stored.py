"""Rows that stay on disk: what is large in them is read again when it is needed.

Tests can weigh gigabytes where prompts weigh kilobytes. Rows are read one after another, checked and
hashed as ``load_rows`` does, and each leaves a ``StoredRow``: its place in a file of JSON lines. That is the
dataset's own or, where that is Parquet (whose rows cannot be read one by one), a temporary one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
import weakref
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Generic, NamedTuple, TypeVar

import msgspec

from codeeval.errors import DataError, StorageError, unless_denied
from codeeval.reading import bounded_lines, open_binary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

RowT = TypeVar("RowT", bound=msgspec.Struct)

LONGEST_ROW: Final = 1 << 30
"""Bytes of one row."""
_CHUNK: Final = 1 << 26


class RowFile:
    """A file of JSON lines that is open as long as somebody holds this.

    Args:
        file: closed with the last reference.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.descriptor = file.fileno()
        weakref.finalize(self, file.close)


class StoredRow:
    """A row on disk; equal to another of the same place.

    Args:
        file: where it is.
        offset: where the row begins in it.
        size: its bytes.
        place: which row of which file it is, for messages.
    """

    __slots__ = ("_file", "_offset", "_size", "place")

    def __init__(self, file: RowFile, offset: int, size: int, place: str) -> None:
        self._file = file
        self._offset = offset
        self._size = size
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredRow) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, int, int]:
        return self.place, self._offset, self._size

    def read(self, row_type: type[RowT]) -> RowT:
        """Read the row again.

        Raises:
            DataError: the file has changed meanwhile, or cannot be read.
        """
        parts, offset, left = [], self._offset, self._size
        try:
            while left and (part := os.pread(self._file.descriptor, min(left, _CHUNK), offset)):
                parts.append(part)
                offset += len(part)
                left -= len(part)
            return msgspec.json.decode(b"".join(parts), type=row_type)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{self.place} cannot be read again: {error}", "Leave the dataset alone while a run uses it."
            ) from error


class Stored(NamedTuple, Generic[RowT]):
    """A row as it was read, and where it is."""

    row: RowT
    where: StoredRow
    digest: bytes
    """Of its canonical JSON."""


def stored_rows(files: Sequence[Path], row_type: type[RowT], kept: frozenset[str]) -> Iterator[Stored[RowT]]:
    """Read the rows of JSON lines or Parquet files in order, one at a time.

    Args:
        files: of the rows; ``.jsonl`` or ``.parquet``.
        row_type: what each row must be.
        kept: fields that ``StoredRow.read`` must give; of Parquet the others are not kept.

    Raises:
        DataError: a file cannot be read, or a row is malformed; names file and row.
        StorageError: there is no space for the rows of a Parquet file.
    """
    for path in files:
        try:
            rows = _of_parquet(path, kept) if path.suffix == ".parquet" else _of_lines(path)
            for number, (content, fields, file, offset, size) in enumerate(rows, start=1):
                place = f"{path}, row {number}"
                yield Stored(_typed(fields, row_type, place), StoredRow(file, offset, size, place), content)
        except OSError as error:
            raise DataError(
                f"{path} cannot be read: {error}", unless_denied(error, "Fetch the dataset again.")
            ) from error


# Any: rows of any type
def spooled_rows(
    rows: Iterable[dict[str, Any]], name: str, row_type: type[RowT], kept: frozenset[str]
) -> Iterator[Stored[RowT]]:
    """Write what is kept of rows into a temporary file as they come, one at a time.

    Args:
        rows: in order.
        name: of the dataset, for messages.
        row_type: what each row must be.
        kept: fields that ``StoredRow.read`` must give.

    Raises:
        DataError: a row is malformed; names it.
        StorageError: there is no space for the rows.
    """
    for number, (content, fields, file, offset, size) in enumerate(_spooled(rows, kept), start=1):
        place = f"{name}, row {number}"
        yield Stored(_typed(fields, row_type, place), StoredRow(file, offset, size, place), content)


def combined(digests: Sequence[bytes]) -> str:
    """Return the hash, hex, of rows in this order."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


class _Read(NamedTuple):
    """A row before its type has checked it, and where it is."""

    digest: bytes
    fields: dict[str, Any]  # Any: whatever the file holds
    file: RowFile
    offset: int
    size: int


# Any: as above
def _typed(fields: dict[str, Any], row_type: type[RowT], place: str) -> RowT:
    try:
        return msgspec.convert(fields, row_type)
    except msgspec.ValidationError as error:
        raise DataError(f"{place}: {error}", "Fetch the dataset again.") from error


# Any: as above
def _digest(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()


def _of_lines(path: Path) -> Iterator[_Read]:
    file = open_binary(path)
    held = RowFile(file)
    offset = 0
    for number, line in enumerate(bounded_lines(file, LONGEST_ROW), start=1):
        if line.strip():
            try:
                fields = msgspec.json.decode(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number}: {error}", "Fetch the dataset again.") from error
            if not isinstance(fields, dict):
                raise DataError(f"{path}, line {number}: no JSON object", "Fetch the dataset again.")
            yield _Read(_digest(fields), fields, held, offset, len(line))
        offset += len(line)


def _of_parquet(path: Path, kept: frozenset[str]) -> Iterator[_Read]:
    """Read a Parquet file a few rows at a time, and write what is kept of them into a temporary file."""
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet  # noqa: PLC0415 -- as above

    try:
        with open_binary(path) as binary, parquet.ParquetFile(binary) as opened:
            batches = opened.iter_batches(1)
            yield from _spooled((fields for batch in batches for fields in batch.to_pylist()), kept)
    except pa.ArrowException as error:
        raise DataError(f"{path} cannot be read: {error}", "Fetch the dataset again.") from error


# Any: as above
def _spooled(rows: Iterable[dict[str, Any]], kept: frozenset[str]) -> Iterator[_Read]:
    spool: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 -- open as long as a row of it is known
    held = RowFile(spool)
    offset = 0
    for fields in map(_as_in_json, rows):
        line = msgspec.json.encode({name: fields[name] for name in kept if name in fields})
        _write(spool, line)
        yield _Read(_digest(fields), fields, held, offset, len(line))
        offset += len(line)


# Any: as above
def _as_in_json(fields: dict[str, Any]) -> dict[str, Any]:
    """Write dates as JSON lines have them."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in fields.items()
    }


def _write(spool: BinaryIO, line: bytes) -> None:
    try:
        spool.write(line)
        spool.flush()
    except OSError as error:
        raise StorageError(
            f"{tempfile.gettempdir()} has no room for a dataset's rows: {error.strerror}",
            "Free some space, or set TMPDIR to another folder.",
        ) from error

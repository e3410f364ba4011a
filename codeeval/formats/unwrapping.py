"""Opens a file of samples as JSON lines in UTF-8, whatever they are wrapped in: gzip, UTF-16, a JSON array.

What else people name by mistake is told by its first bytes: an archive, a table, a web page, the pointer that
Git LFS leaves in place of a file.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import json
import tempfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from codeeval.errors import DataError, StorageError
from codeeval.formats.task_ids import POSITION
from codeeval.reading import MOST_BYTES, open_binary, unpack
from codeeval.text import read_integer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 256
_CHUNK: Final = 1 << 20
_LFS: Final = b"version https://git-lfs.github.com/spec/"
_OTHERS: Final = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ\x00": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"<!doctype": "a web page",
    b"<html": "a web page",
}
_ENCODINGS: Final = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"{\x00\x00\x00": "utf-32-le",
    b"\x00\x00\x00{": "utf-32-be",
    b"{\x00": "utf-16-le",
    b"\x00{": "utf-16-be",
    b"[\x00": "utf-16-le",
    b"\x00[": "utf-16-be",
}
"""How files in wide encodings begin, with a byte order mark or without; the longer come first."""


class Lines(NamedTuple):
    """A file of lines; a temporary one is gone once it is closed."""

    file: BinaryIO
    unit: str
    """What one sample is in the file that was named: ``line`` or ``item``."""


def open_lines(path: Path) -> Lines:
    """Open a file of samples.

    Raises:
        DataError: it cannot be read, is damaged, or is something else.
        StorageError: there is no space to unwrap it.
    """
    try:
        file = open_binary(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    unit = "line"
    try:
        if path.suffix == ".gz" or _head(file).startswith(_GZIP):
            file = _replaced(file, path, lambda target: unpack(path, target))
        _check(path, _head(file))
        if encoding := _encoding(_head(file)):
            wide = file
            file = _replaced(file, path, lambda target: _transcode(path, wide, encoding, target))
        if _head(file).lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"[") and (items := _items(file)):
            file = _replaced(file, path, lambda target: _write(items, target))
            unit = "item"
    except BaseException:
        file.close()
        raise
    return Lines(file, unit)


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    return head


def _check(path: Path, head: bytes) -> None:
    """Refuse by name what is known to hold no lines."""
    if head.startswith(_LFS):
        raise DataError(
            f"{path} is a pointer of Git LFS, in place of the file", "Fetch the file: git lfs pull."
        )
    lowered = head.lstrip().lower()
    for magic, what in _OTHERS.items():
        if head.startswith(magic) or lowered.startswith(magic):
            raise DataError(f"{path} is {what}, not JSON lines", "Unpack it, or convert it to JSON lines.")


def _encoding(head: bytes) -> str:
    return next((name for mark, name in _ENCODINGS.items() if head.startswith(mark)), "")


def _transcode(path: Path, source: BinaryIO, encoding: str, target: BinaryIO) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := source.read(_CHUNK):
            target.write(decoder.decode(chunk).encode("utf-8", "replace"))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} begins as {encoding.upper()} and is not: {error.reason}", "Save it as UTF-8."
        ) from error


def _items(file: BinaryIO) -> list[object]:
    """Return the items of a JSON array of objects, or of an array of arrays of programs.

    The latter is bigcode-evaluation-harness's: the programs of each task, in the order of the dataset.
    Nothing where the file is neither.
    """
    text = file.read(MOST_BYTES + 1)
    file.seek(0)
    if len(text) > MOST_BYTES:
        return []
    try:
        value = json.loads(text.decode("utf-8-sig"), parse_int=read_integer)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, list) or not value:
        return []
    if isinstance(value[0], list):
        return [{"task_id": f"{POSITION}{index}", "solution": each} for index, each in enumerate(value)]
    return value if isinstance(value[0], dict) else []


def _write(items: list[object], target: BinaryIO) -> None:
    target.writelines(json.dumps(item).encode() + b"\n" for item in items)  # escapes what UTF-8 cannot hold


def _replaced(file: BinaryIO, path: Path, fill: Callable[[BinaryIO], None]) -> BinaryIO:
    """Fill a temporary file in place of an open one."""
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 -- kept open, and gone when closed
    try:
        fill(target)
        target.seek(0)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        target.close()
        raise DataError(
            f"{path} is not a complete gzip file: {error}", "Copy or download it again."
        ) from error
    except OSError as error:
        target.close()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"no space to unpack {path} in {tempfile.gettempdir()}",
                "Free some space, unpack it yourself, or set TMPDIR to another folder.",
            ) from error
        raise _unreadable(path, error) from error
    except BaseException:
        target.close()
        raise
    file.close()
    return target


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path}: cannot be read: {error.strerror or error}", "Name a file of JSON lines.")

"""Reads samples files: one indexing pass that keeps byte offsets only, then single rows on demand."""

from __future__ import annotations

import array
import contextlib
import errno
import gzip
import hashlib
import json
import math
import os
import shutil
import tempfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from codeeval.errors import DataError, StorageError
from codeeval.models.text import clean_text
from codeeval.types import CompletionKind, FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEPT_MESSAGES: Final = 100
_FORMATS: Final = (
    'A row is {"task_id": ..., "completion": ...} or {"task_id": ..., "solution": ...}; '
    "--keep-going leaves such lines out."
)
_TEXT_FIELDS: Final = {
    "completion": CompletionKind.CONTINUATION,
    "solution": CompletionKind.SOLUTION,
}


class Row(NamedTuple):
    """One sample as a file states it."""

    task_id: str
    text: str
    kind: CompletionKind
    finish_reason: FinishReason = FinishReason.UNKNOWN
    sample: int | None = None
    """The row's own index, where it has one."""
    together: int = 1
    """Samples that the line holds: more than one where it lists them."""
    score: float | None = None
    """By which the best of a task's samples is chosen, where the row has one."""
    prompt: str | None = None
    """What the model was asked to continue, where the row says so."""


class RowError(Exception):
    """What is wrong with a line, in words."""


class _Task:
    """Where a task's rows lie."""

    def __init__(self) -> None:
        self.offsets = array.array("Q")
        self.sizes = array.array("Q")
        self.places = array.array("I")
        self.samples = array.array("q")
        self.numbered = False


class SamplesFile:
    """A samples file of JSON lines, plain or gzip.

    Memory: 28 bytes a sample, and the names of the tasks. Rows are read from the file when asked for, so it
    must not change meanwhile.

    Args:
        path: the file; with suffix ``.gz`` it is unpacked into a temporary file.
        keep_going: leave malformed lines out and count them, in place of failing at the first.

    Raises:
        DataError: the file is missing, is no gzip, holds no sample, or a line is malformed (file:line).
        StorageError: there is no space to unpack it.
    """

    def __init__(self, path: Path, *, keep_going: bool = False) -> None:
        self.path = path
        self.rows = 0
        self.skipped: list[str] = []
        """What was wrong with lines that were left out: the first 100."""
        self.skipped_count = 0
        self._tasks: dict[str, _Task] = {}
        self._file = _open(path)
        try:
            self.sha256 = self._index(keep_going=keep_going)
        except BaseException:
            self._file.close()
            raise

    def task_ids(self) -> Iterator[str]:
        """Tasks in order of first appearance."""
        return iter(self._tasks)

    def count(self, task_id: str) -> int:
        """Samples of a task."""
        task = self._tasks.get(task_id)
        return len(task.offsets) if task else 0

    def size(self, task_id: str, index: int) -> int:
        """Bytes of a row in the file."""
        return self._tasks[task_id].sizes[index]

    def read(self, task_id: str, index: int) -> Row:
        """Read a sample: the ``index``-th of its task, by the rows' own numbers where they have any.

        Raises:
            DataError: the file has changed since it was indexed.
        """
        task = self._tasks[task_id]
        line = os.pread(self._file.fileno(), task.sizes[index], task.offsets[index])
        try:
            row = parse_row(line, task.places[index])
        except RowError as error:
            raise DataError(f"{self.path} has changed while it was read: {error}", "Run it again.") from error
        if row.task_id != task_id:
            raise DataError(f"{self.path} has changed while it was read", "Run it again.")
        return row

    def close(self) -> None:
        """Close the file; a temporary one is removed."""
        self._file.close()

    def _index(self, *, keep_going: bool) -> str:
        digest = hashlib.sha256()
        offset = 0
        for number, line in enumerate(self._file, 1):
            digest.update(line)
            body = line.rstrip(b"\r\n")
            if body.strip():
                try:
                    self._add(body, offset)
                except RowError as error:
                    message = f"{self.path}:{number}: {error}"
                    if not keep_going:
                        raise DataError(message, _FORMATS) from error
                    self.skipped_count += 1
                    if len(self.skipped) < _KEPT_MESSAGES:
                        self.skipped.append(message)
            offset += len(line)
        if not self.rows:
            bad = f": all {self.skipped_count} lines are malformed" if self.skipped_count else ""
            raise DataError(f"{self.path} holds no sample{bad}", _FORMATS)
        self._order()
        return digest.hexdigest()

    def _add(self, line: bytes, offset: int) -> None:
        row = parse_row(line)
        task = self._tasks.setdefault(row.task_id, _Task())
        task.numbered |= row.sample is not None
        for place in range(row.together):
            task.samples.append(len(task.samples) if row.sample is None else row.sample)
            task.offsets.append(offset)
            task.sizes.append(len(line))
            task.places.append(place)
        self.rows += row.together

    def _order(self) -> None:
        """Put numbered rows in the order of their numbers; of rows with one number, the last counts."""
        for task in self._tasks.values():
            if task.numbered:
                last = {sample: index for index, sample in enumerate(task.samples)}
                order = [last[sample] for sample in sorted(last)]
                self.rows -= len(task.samples) - len(order)
                task.offsets = array.array("Q", (task.offsets[index] for index in order))
                task.sizes = array.array("Q", (task.sizes[index] for index in order))
                task.places = array.array("I", (task.places[index] for index in order))
            del task.samples[:]


def parse_row(line: bytes, place: int = 0) -> Row:
    """Read one line of a samples file, or of a run's ``completions.jsonl``.

    Args:
        line: the line.
        place: which of its samples, where it lists several.

    Raises:
        RowError: it is not a sample, and why.
    """
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RowError(f"not UTF-8 at byte {error.start}") from error
    try:
        # Not msgspec: it refuses the lone surrogates that models do write.
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise RowError(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise RowError("not JSON that can be read: nested too deeply") from error
    if not isinstance(value, dict):
        raise RowError(f"a JSON object is wanted, not {type(value).__name__}")
    return _row(value, place)


def _row(value: dict[str, object], place: int) -> Row:
    task_id = value.get("task_id")
    if isinstance(task_id, int) and not isinstance(task_id, bool):
        task_id = str(task_id)
    if not isinstance(task_id, str) or not task_id:
        raise RowError("no task_id" if task_id is None else "task_id is not a string")
    sample = value.get("sample")
    if sample is not None and (not isinstance(sample, int) or isinstance(sample, bool) or sample < 0):
        raise RowError("sample is not a number from 0 up")
    finish = FinishReason.UNKNOWN
    if "text" in value and "kind" in value:
        field = "text"
        try:
            kind = CompletionKind(str(value["kind"]))
            finish = FinishReason(str(value.get("finish_reason", finish)))
        except ValueError as error:
            raise RowError(str(error)) from error
    else:
        present = [name for name in _TEXT_FIELDS if value.get(name) is not None]
        if len(present) != 1:
            raise RowError("both completion and solution" if present else "neither completion nor solution")
        field = present[0]
        kind = _TEXT_FIELDS[field]
    texts = _texts(field, value[field], numbered=sample is not None)
    if place >= len(texts):
        raise RowError(f"{field} lists {len(texts)} samples")
    scores = _scores(value.get("score"), len(texts))
    return Row(clean_text(task_id), clean_text(texts[place]), kind, finish, sample, len(texts), scores[place])


def _scores(value: object, count: int) -> list[float | None]:
    """Return the score of each sample of a line: a line that lists samples lists their scores too."""
    if value is None:
        return [None] * count
    listed: list[object] = value if isinstance(value, list) else [value]
    if len(listed) != count:
        raise RowError(f"score lists {len(listed)} for {count} samples")
    return [_score(each) for each in listed]


def _score(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            if math.isfinite(score := float(value)):
                return score
    raise RowError("score is not a number")


def _texts(field: str, value: object, *, numbered: bool) -> list[str]:
    """Return a line's samples; several are listed in one by CodeEval-Pro's eval/inference.py, for one."""
    listed: list[object] = value if isinstance(value, list) and value and not numbered else [value]
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) < len(listed):
        strange = next(text for text in listed if not isinstance(text, str))
        raise RowError(f"{field} is not a string but {type(strange).__name__}")
    return texts


def _open(path: Path) -> BinaryIO:
    try:
        if path.suffix != ".gz":
            return path.open("rb")
        return _unpack(path)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read: {error.strerror or error}", "Name a file of JSON lines."
        ) from error


def _unpack(path: Path) -> BinaryIO:
    target: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 -- kept open, and gone when closed
    try:
        with gzip.open(path, "rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
        target.seek(0)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        target.close()
        raise DataError(f"{path} is not a whole gzip file: {error}", "Copy or download it again.") from error
    except OSError as error:
        target.close()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"no space to unpack {path} in {tempfile.gettempdir()}",
                "Free some space, unpack it yourself, or set TMPDIR to another folder.",
            ) from error
        raise
    return target

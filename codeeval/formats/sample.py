"""What every reader of sample files gives: its tasks, and one sample at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from codeeval.types import CompletionKind, CompletionOrigin, FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class FileSample(NamedTuple):
    """One sample as a file states it."""

    task_id: str
    text: str
    kind: CompletionKind
    finish_reason: FinishReason = FinishReason.UNKNOWN
    origin: CompletionOrigin = CompletionOrigin.FILE
    """MODEL where the file is a run's own record of what a model generated."""
    number: int | None = None
    """Its number within the task, where the file states one."""
    score: float | None = None
    """By which the best of a task's samples is chosen, where the file states one."""
    prompt: str | None = None
    """The prompt that the text continues, where the file states one."""


class SampleFiles(Protocol):
    """The samples of a file or folder, indexed once and read one by one."""

    path: Path
    """As it was given."""
    samples: int
    """Of all tasks."""
    sha256: str
    """Of the content, hex."""
    skipped: list[str]
    """What was wrong with the lines or files that were excluded (``file:line: why``): the first 100."""
    skipped_count: int
    """How many were excluded."""
    notes: tuple[str, ...]
    """What was ignored, and else should be known, a line each."""

    def task_ids(self) -> Iterator[str]:
        """Tasks that have samples, in order of first appearance."""
        ...

    def count(self, task_id: str) -> int:
        """Samples of a task."""
        ...

    def size_bytes(self, task_id: str, index: int) -> int:
        """Bytes that are read for a sample."""
        ...

    def read(self, task_id: str, index: int) -> FileSample:
        """Read a sample: the ``index``-th of its task.

        Raises:
            DataError: it cannot be read, or the file has changed since it was indexed.
        """
        ...

    def close(self) -> None:
        """Close what is open."""
        ...

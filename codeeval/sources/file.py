"""``file:``: completions that another tool, or an earlier run, has written."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError, UsageError
from codeeval.formats import open_samples
from codeeval.formats.task_ids import match_ids
from codeeval.interfaces import ModelInfo
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.interfaces import Benchmark, SourceSpec
    from codeeval.types import Problem

_log = logging.getLogger(__name__)
_LARGE_BYTES: Final = 1 << 20
"""A sample beyond this is read in a thread, so that the event loop continues."""


class FileSource:
    """The samples of a file or folder, as they are: nothing is cut, not even at stop sequences.

    ``file:PATH`` reads every format of ``codeeval.formats``. The samples of a task are numbered in order of
    appearance, or in order of the file's own ``sample`` numbers. Its tasks may be written otherwise than the
    benchmark's, in case, separators, or without the prefix.

    Raises:
        UsageError: no path was given.
        DataError: the file cannot be read, or a line is malformed and ``spec.keep_going`` is not set.
    """

    is_reference = False

    def __init__(self, spec: SourceSpec, benchmark: Benchmark) -> None:
        self._benchmark = benchmark
        self._ids: dict[str, str] = {}
        """The file's ids of tasks that the benchmark writes otherwise."""
        if not spec.name:
            raise UsageError("file: names no file", "Write file:samples.jsonl.")
        self._files = open_samples(
            Path(spec.name).expanduser(), keep_going=spec.keep_going, duplicates=spec.duplicates
        )
        self._continues_chat = spec.style is not PromptStyle.CHAT
        """Whether that has been said, or need not be."""
        details = {"samples": str(self._files.samples), "sha256": self._files.sha256}
        if self._files.skipped_count:
            details["skipped_lines"] = str(self._files.skipped_count)
        self._info = ModelInfo(
            spec=f"file:{spec.name}",
            style=spec.style,
            concurrency=1,
            max_n=64,
            deterministic=True,
            details=details,
            notes=self._files.notes,
        )

    @property
    def info(self) -> ModelInfo:
        """Identity."""
        return self._info

    @property
    def skipped(self) -> Sequence[str]:
        """What was wrong with the lines that were excluded (``file:line: why``): the first 100."""
        return self._files.skipped

    @property
    def skipped_count(self) -> int:
        """How many lines were excluded."""
        return self._files.skipped_count

    def match_tasks(self, known: Sequence[str]) -> None:
        """Name the tasks as the benchmark does; see ``MatchesTasks``."""
        for written, meant in match_ids(self._files.task_ids(), known, self._benchmark.name).items():
            other = self._ids.setdefault(meant, written)
            if other != written:
                raise DataError(
                    f"{self._files.path} has both {other} and {written}, which are the task {meant}",
                    "Write the ids of a task in one way.",
                )

    def task_ids(self) -> Iterator[str]:
        """Return the tasks that have samples, in order of first appearance."""
        names = {written: meant for meant, written in self._ids.items()}
        return (names.get(each, each) for each in self._files.task_ids())

    def available(self, task_id: str) -> int | None:
        """Return how many samples of a task there are."""
        return self._files.count(self._ids.get(task_id, task_id))

    async def completions(self, problem: Problem, samples: range) -> list[Completion]:
        """Read the samples with these indices.

        Raises:
            DataError: there are not as many, or the file has changed since it was opened.
        """
        task_id = self._ids.get(problem.task_id, problem.task_id)
        available = self._files.count(task_id)
        if samples and samples[-1] >= available:
            raise DataError(f"{self._files.path} has {available} samples of {task_id}, not {samples[-1] + 1}")
        completions = []
        for index in samples:
            if self._files.size_bytes(task_id, index) > _LARGE_BYTES:
                sample = await asyncio.to_thread(self._files.read, task_id, index)
            else:
                sample = self._files.read(task_id, index)
            if sample.kind is CompletionKind.CONTINUATION and not self._continues_chat:
                self._continues_chat = True
                _log.warning(
                    "%s: a `completion` continues the dataset's prompt in chat style too; "
                    'give chat models\' answers as {"text": ..., "kind": "answer"}',
                    self._files.path,
                )
            own = sample.prompt is None or sample.prompt == problem.prompt
            completions.append(
                Completion(
                    task_id=problem.task_id,
                    sample=index,
                    text=sample.text if own else f"{sample.prompt}{sample.text}",
                    kind=sample.kind if own else CompletionKind.SOLUTION,
                    origin=sample.origin,
                    finish_reason=sample.finish_reason,
                    score=sample.score,
                )
            )
        return completions

    async def aclose(self) -> None:
        """Close the file."""
        self._files.close()

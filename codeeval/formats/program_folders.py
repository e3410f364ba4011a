"""EvalPlus's folders of programs: ``<family>_<number>/<sample>.py`` is a solution of ``<family>/<number>``.

Source: evalplus/data/utils.py (``load_solutions``).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError
from codeeval.formats.sample import FileSample
from codeeval.reading import read_bounded
from codeeval.text import clean_text
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM_BYTES: Final = 16 << 20


class ProgramFolders:
    """The programs in a folder of folders; see ``SampleFiles``.

    Raises:
        DataError: the folder cannot be read, holds no such program, or one that lies elsewhere.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: list[str] = []
        self.skipped_count = 0
        self.notes: tuple[str, ...] = ()
        found: dict[str, list[tuple[int, Path]]] = {}
        try:
            within = path.resolve()
            for program in path.glob("*_*/*.py"):
                if program.stem.isdecimal():
                    if not program.resolve().is_relative_to(within):
                        raise DataError(
                            f"{program} is a link that leads out of {path}",
                            "Put a copy of the program in its place.",
                        )
                    task_id = clean_text(program.parent.name.replace("_", "/", 1))
                    found.setdefault(task_id, []).append((int(program.stem), program))
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from error
        if not found:
            raise DataError(
                f"{path} contains neither completions.jsonl nor programs such as HumanEval_0/0.py nor files "
                "of completions such as HumanEval_0_has_close_elements.json.gz",
                "Name a samples file, a run directory, or a folder that EvalPlus or MultiPL-E has written.",
            )
        self._tasks = {task_id: [file for _, file in sorted(found[task_id])] for task_id in sorted(found)}
        self.samples = sum(map(len, self._tasks.values()))
        self.sha256 = self._hash()

    def task_ids(self) -> Iterator[str]:
        """Tasks, sorted."""
        return iter(self._tasks)

    def count(self, task_id: str) -> int:
        """Programs of a task."""
        return len(self._tasks.get(task_id, ()))

    def size_bytes(self, task_id: str, index: int) -> int:
        """Bytes of a program."""
        return self._tasks[task_id][index].stat().st_size

    def read(self, task_id: str, index: int) -> FileSample:
        """Read a program: the ``index``-th of its task, by the numbers of the files.

        Raises:
            DataError: it cannot be read.
        """
        file = self._tasks[task_id][index]
        try:
            text = read_bounded(file, PROGRAM_BYTES).decode(
                "utf-8-sig"
            )  # not read_text: it changes Windows newlines
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{file}: cannot be read: {error}") from error
        return FileSample(task_id, text, CompletionKind.SOLUTION)

    def close(self) -> None:
        """Nothing is open."""

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for task_id, files in self._tasks.items():
            for file in files:
                try:
                    digest.update(f"{task_id}\0{file.name}\0".encode())
                    digest.update(hashlib.sha256(read_bounded(file, PROGRAM_BYTES)).digest())
                except OSError as error:
                    raise DataError(f"{file}: cannot be read: {error.strerror}") from error
        return digest.hexdigest()

"""Reads what MultiPL-E's generation scripts write: a JSON file a problem, with all its completions.

Source: nuprl/MultiPL-E, multipl_e/completions.py (``read_completions``) and evaluation/src/main.py, which
takes ``*.json`` and ``*.json.gz`` but for its own ``*.results.json`` and ``*.results.json.gz``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError
from codeeval.models.samples import Row
from codeeval.models.text import clean_text
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENDINGS: Final = (".json", ".json.gz")
_RESULTS: Final = (".results.json", ".results.json.gz")
_SHAPE: Final = (
    'A file of MultiPL-E is {"name": ..., "prompt": ..., "completions": [...], ...}; --keep-going leaves '
    "others out."
)


class _FileError(Exception):
    """What is wrong with a file, in words."""


def is_completions_file(path: Path) -> bool:
    """Whether this is a file as MultiPL-E's generation scripts write them."""
    if not path.name.endswith(_ENDINGS):
        return False
    try:
        return "completions" in _parse(path)
    except _FileError:
        return False


def completions_files(folder: Path) -> list[Path]:
    """List the files of a folder that are named as MultiPL-E's generation scripts name them."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith(_ENDINGS) and not path.name.endswith(_RESULTS) and path.is_file()
    )


class CompletionsFiles:
    """The completions of several files; a file is read again when its samples are asked for.

    Args:
        path: the file or folder that was named.
        files: the files.
        keep_going: leave malformed files out and count them, in place of failing at the first.

    Raises:
        DataError: a file is malformed, or two are of one problem.
    """

    def __init__(self, path: Path, files: list[Path], *, keep_going: bool = False) -> None:
        self.path = path
        self.skipped: list[str] = []
        self.skipped_count = 0
        self._files: dict[str, Path] = {}
        self._counts: dict[str, int] = {}
        self._last: tuple[str, list[str], str | None] = ("", [], None)
        """The problem that was read last: its samples are asked for one by one."""
        digest = hashlib.sha256()
        for file in files:
            try:
                self._add(file)
                digest.update(file.read_bytes())
            except _FileError as error:
                if not keep_going:
                    raise DataError(f"{file}: {error}", _SHAPE) from error
                self.skipped_count += 1
                self.skipped.append(f"{file}: {error}")
        self.rows = sum(self._counts.values())
        self.sha256 = digest.hexdigest()
        if not self.rows:
            raise DataError(f"{path} holds no completion", _SHAPE)

    def _add(self, file: Path) -> None:
        value = _parse(file)
        name, texts = value.get("name"), _texts(value)
        if not isinstance(name, str) or not name:
            raise _FileError("no name")
        if name in self._files:
            raise _FileError(f"{self._files[name]} is of {name} too")
        if texts:
            self._files[name] = file
            self._counts[name] = len(texts)

    def task_ids(self) -> Iterator[str]:
        """Problems that have completions, in order of the files' names."""
        return iter(self._files)

    def count(self, task_id: str) -> int:
        """Completions of a problem."""
        return self._counts.get(task_id, 0)

    def size(self, task_id: str, index: int) -> int:  # noqa: ARG002 -- a file is read as a whole
        """Bytes of the problem's file."""
        return self._files[task_id].stat().st_size

    def read(self, task_id: str, index: int) -> Row:
        """Read a completion.

        Raises:
            DataError: the file has changed since it was indexed.
        """
        file = self._files[task_id]
        if self._last[0] != task_id:
            try:
                value = _parse(file)
                self._last = task_id, _texts(value), _prompt(value)
            except _FileError as error:
                raise DataError(f"{file} has changed while it was read: {error}", "Run it again.") from error
        _, texts, prompt = self._last
        if len(texts) != self._counts[task_id]:
            raise DataError(f"{file} has changed while it was read", "Run it again.")
        return Row(task_id, clean_text(texts[index]), CompletionKind.CONTINUATION, prompt=prompt)

    def close(self) -> None:
        """Nothing is open."""


def _parse(file: Path) -> dict[str, object]:
    try:
        data = file.read_bytes()
        if file.suffix == ".gz":
            data = gzip.decompress(data)
        # Not msgspec: it refuses the lone surrogates that models do write.
        value = json.loads(data)
    except (OSError, EOFError, zlib.error) as error:
        raise _FileError(f"cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise _FileError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _FileError(f"a JSON object is wanted, not {type(value).__name__}")
    return value


def _texts(value: dict[str, object]) -> list[str]:
    if "completions" not in value:
        raise _FileError("no completions")
    listed = value["completions"]
    if not isinstance(listed, list):
        raise _FileError(f"completions is not a list but {type(listed).__name__}")
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) < len(listed):
        raise _FileError("a completion is not a string")
    return texts


def _prompt(value: dict[str, object]) -> str | None:
    prompt = value.get("prompt")
    return prompt if isinstance(prompt, str) else None

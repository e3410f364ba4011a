"""The second of two steps: problems that are stated by what a model wrote in the first.

The first step is a run of its own (``codeeval generate``); the second names it after its variant,
``explain-python:RUN``: a run directory, or JSON lines with ``task_id`` and ``text``. A task that has several
descriptions is asked once for each.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.extraction.text import without_thinking
from codeeval.interfaces import DatasetIdentity
from codeeval.reading import bounded_lines, open_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.interfaces import BenchmarkOptions
    from codeeval.types import Problem

_RECORDS: Final = "completions.jsonl"
_FIELDS: Final = ("text", "completion", "description")
_log = logging.getLogger(__name__)


def split(options: BenchmarkOptions) -> tuple[BenchmarkOptions, str, Path | None]:
    """Split a variant into its name and the descriptions that it names, if it does.

    Returns:
        The options with the descriptions' whole path, since a run may be taken up again from elsewhere; the
        variant's name; the descriptions.
    """
    name, _, path = options.variant.partition(":")
    if not path:
        return options, name, None
    whole = Path(path).resolve()
    return msgspec.structs.replace(options, variant=f"{name}:{whole}"), name, whole


def stated(
    path: Path, problems: Sequence[Problem], state: Callable[[Problem, str], Problem]
) -> tuple[tuple[Problem, ...], DatasetIdentity]:
    """State problems by their descriptions.

    Args:
        path: a run directory or a file.
        problems: as the dataset has them.
        state: returns a problem as a description states it.

    Returns:
        The problems that have descriptions, and which descriptions these are.

    Raises:
        DataError: the file cannot be read or a line is malformed, or it describes none of the problems.
    """
    path = path / _RECORDS if path.is_dir() else path
    found, digest = _read(path)
    made: list[Problem] = []
    for problem in problems:
        texts = found.get(problem.task_id, [])
        for number, text in enumerate(texts):
            task_id = problem.task_id if len(texts) == 1 else f"{problem.task_id}@{number}"
            made.append(msgspec.structs.replace(state(problem, text), task_id=task_id))
    if not made:
        raise DataError(
            f"{path} describes none of the {len(problems)} tasks",
            "Name the run that generated their descriptions.",
        )
    missing = sum(problem.task_id not in found for problem in problems)
    if missing:
        _log.warning("excluded: %d of %d tasks, which %s does not describe", missing, len(problems), path)
    rows = sum(map(len, found.values()))
    return tuple(made), DatasetIdentity(
        id="descriptions", config="descriptions", split="", revision="file", sha256=digest, rows=rows
    )


def _read(path: Path) -> tuple[dict[str, list[str]], str]:
    found: dict[str, list[str]] = {}
    digest = hashlib.sha256()
    remedy = 'A line is {"task_id": ..., "text": ...}, as in the completions.jsonl of a run.'
    try:
        with open_binary(path) as file:
            for number, line in enumerate(bounded_lines(file), start=1):
                digest.update(line)
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                    task_id = value["task_id"]
                    text = next(value[field] for field in _FIELDS if field in value)
                except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
                    raise DataError(f"{path}:{number}: no task_id and text", remedy) from error
                if not isinstance(task_id, str) or not isinstance(text, str):
                    raise DataError(f"{path}:{number}: task_id and text are no strings", remedy)
                found.setdefault(task_id, []).append(without_thinking(text).strip())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}", remedy) from error
    return found, digest.hexdigest()

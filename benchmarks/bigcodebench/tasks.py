"""The tasks of BigCodeBench: rows, subsets, known flaws, and cheats of their own."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from codeeval.datasets import DatasetRef, available_splits, load_rows
from codeeval.errors import DataError
from codeeval.types import Problem, ProblemPayload

if TYPE_CHECKING:
    from codeeval.interfaces import DataSource

LineT = TypeVar("LineT", bound=msgspec.Struct)

SPLITS: Final = ("v0.1.0_hf", "v0.1.1", "v0.1.2", "v0.1.3", "v0.1.4", "v0.1.5")
"""Versions of the dataset, oldest first."""
SPLIT: Final = "v0.1.4"
"""The version that bigcodebench 0.2.5 uses. Source: bigcodebench/data/bigcodebench.py."""

FULL: Final = DatasetRef(
    id="bigcode/bigcodebench",
    config="default",
    revision="main",
    sha256=dict.fromkeys(SPLITS, "")
    | {"v0.1.0_hf": "5297f640e0e6d16e101037abad9b4138ec85d2f58baafd579d746b03619549d2"},
)
HARD: Final = DatasetRef(
    id="bigcode/bigcodebench-hard", config="default", revision="main", sha256=dict.fromkeys(SPLITS, "")
)

HARD_GROUP: Final = "hard"
INTACT_GROUP: Final = "intact"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    complete_prompt: str
    instruct_prompt: str
    canonical_solution: str
    code_prompt: str
    test: str
    entry_point: str


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What a problem has besides ``setup``, which is what its prompt has above the function's body."""

    complete_prompt: str
    """The prompt that continuations continue, which ``Problem.prompt`` need not be."""


class Flaw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task that is broken, whatever a model does; a line of ``broken.jsonl``."""

    task_id: str
    cause: str
    explanation: str
    source: str
    fixed_in: str = ""
    """The first version without the flaw; empty while there is none."""


def task(row: Row, *, prompt: str, hard: bool, broken: bool) -> Problem:
    """Make the problem of a row."""
    groups = ([HARD_GROUP] if hard else []) + ([] if broken else [INTACT_GROUP])
    return Problem(
        task_id=row.task_id,
        prompt=prompt,
        entry_point=row.entry_point,
        reference=f"{row.complete_prompt}\n{row.canonical_solution}",
        tests=(row.test,),
        setup=row.code_prompt,
        groups=tuple(groups),
        payload=Task(complete_prompt=row.complete_prompt),
    )


def calibration(problem: Problem) -> str:
    """Return what stands before a calibrated solution.

    Source: bigcodebench/evaluate.py, ``evaluate``.
    """
    return f"{problem.setup}\n    pass\n"


def flaws() -> tuple[Flaw, ...]:
    """Read the registry of broken tasks.

    Raises:
        DataError: a line is malformed (names it).
    """
    return tuple(_lines("broken.jsonl", Flaw))


def _lines(name: str, kind: type[LineT]) -> list[LineT]:
    path = Path(__file__).with_name(name)
    found = []
    content = path.read_bytes() if path.exists() else b""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except msgspec.DecodeError as error:
            raise DataError(f"{path}:{number}: {error}", "Each line is one task.") from error
    return found


def broken_ids(split: str) -> frozenset[str]:
    """Return the tasks that are broken in a version of the dataset."""
    version = SPLITS.index(split)
    return frozenset(
        flaw.task_id for flaw in flaws() if not flaw.fixed_in or version < SPLITS.index(flaw.fixed_in)
    )


def hard_ids(source: DataSource) -> frozenset[str]:
    """Return the tasks of BigCodeBench-Hard where the data root has that dataset, else none.

    Which tasks those are stands nowhere but in the dataset.
    """
    if not (splits := available_splits(HARD, source)):
        return frozenset()
    return frozenset(row.task_id for row in load_rows(HARD, splits[-1], source, Row).rows)


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """A reference that fails in the image ``python-bigcodebench``; a line of ``environment.jsonl``."""

    task_id: str
    cause: str
    explanation: str


@functools.cache
def known_failures() -> dict[str, str]:
    """Return why references fail in the image, by task.

    Raises:
        DataError: a line is malformed (names it).
    """
    known = {flaw.task_id: f"{flaw.cause}: {flaw.explanation}" for flaw in flaws()}
    here = _lines("environment.jsonl", Environment)
    return known | {each.task_id: f"{each.cause}: {each.explanation}" for each in here}

"""The tasks of HumanEval+ and MBPP+, from the files that EvalPlus releases or from copies on the Hub."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.benchmarks.evalplus import hub, release
from codeeval.errors import DataError
from codeeval.interfaces import DatasetIdentity
from codeeval.types import Problem, ProblemPayload

if TYPE_CHECKING:
    from codeeval.benchmarks.evalplus.rows import Row
    from codeeval.interfaces import DataSource

BASE: Final = "base"
PLUS: Final = "plus"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of one part, and what the reference returned for them."""

    name: str
    inputs: str
    """As the runner reads them."""
    calls: int
    expected: str = ""
    """One line a call; empty where the reference has not been run."""
    slow: dict[int, float] = {}
    """CPU seconds of the reference's slow calls, by number."""


class Inputs(ProblemPayload, frozen=True, kw_only=True):
    """What a problem has in place of tests."""

    groups: tuple[Group, ...]
    """``base`` and ``plus``."""
    atol: float
    """The dataset's absolute tolerance."""


class Tasks(msgspec.Struct, frozen=True, kw_only=True):
    """All tasks of a family and variant, and where they came from."""

    tasks: tuple[Problem, ...]
    identity: DatasetIdentity


def load(family: str, variant: str, source: DataSource) -> Tasks:
    """Read the tasks: from EvalPlus's own file where the data root has it, else from the Hub's copy.

    Raises:
        DataError: neither can be read, or a row is malformed.
    """
    file = release.find(family, variant, source)
    if file is not None:
        rows, revision = release.read(file), file.name
    elif variant == hub.VARIANT:
        rows, revision = hub.read(family, source)
    else:
        raise DataError(
            f"{family}:{variant} needs EvalPlus's file {release.name_of(family, variant)}",
            f"Put {release.url_of(family, variant)} into the folder that --data-root names.",
        )
    tasks = tuple(map(_task, rows))
    digest = hashlib.sha256()
    for row, task in zip(rows, tasks, strict=True):
        parts = [row.task_id, row.prompt, row.entry_point, row.reference, row.atol]
        parts += [group.inputs for group in task.payload_of(Inputs).groups]
        digest.update(json.dumps(parts).encode() + b"\n")
    identity = DatasetIdentity(
        id=release.DATASETS[family].hub_id,
        config=variant,
        split="test",
        revision=revision,
        sha256=digest.hexdigest(),
        rows=len(tasks),
    )
    return Tasks(tasks=tasks, identity=identity)


def _task(row: Row) -> Problem:
    groups = tuple(
        Group(name=name, inputs=spell_inputs(inputs), calls=len(inputs))
        for name, inputs in ((BASE, row.base), (PLUS, row.plus))
    )
    return Problem(
        task_id=row.task_id,
        prompt=row.prompt,
        entry_point=row.entry_point,
        reference=row.reference,
        tests=(),
        payload=Inputs(groups=groups, atol=row.atol),
    )

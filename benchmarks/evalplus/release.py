"""The files that EvalPlus releases: one task a line, its inputs as JSON.

Source: evalplus/evalplus (v0.3.1), evalplus/data/utils.py, ``get_dataset_metadata``; evalplus/data/mbpp.py,
``mbpp_deserialize_inputs``.
"""

from __future__ import annotations

import functools
import json
import zlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from codeeval.benchmarks.evalplus.rows import Row
from codeeval.errors import DataError, UnknownName, unless_denied
from codeeval.reading import read_unpacked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codeeval.interfaces import DataSource

FOLDERS: Final = ("", "evalplus", "evalplus_release")
"""Where below the data root the files are looked for."""
RELEASE_BYTES: Final = 1 << 30
"""Longest file, decompressed."""


class Dataset(NamedTuple):
    """A family's files."""

    stem: str
    version: str
    hub_id: str
    variants: dict[str, str]
    """Variant -> what its file's name has after the stem."""


DATASETS: Final = {
    "humaneval-plus": Dataset(
        "HumanEvalPlus", "v0.1.10", "evalplus/humanevalplus",
        {"plus": "", "mini": "-Mini", "noextreme": "-NoExtreme"},
    ),
    "mbpp-plus": Dataset(
        "MbppPlus", "v0.2.0", "evalplus/mbppplus", {"plus": "", "noextreme": "-NoExtreme"}
    ),
}  # fmt: skip


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a release file."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    base_input: list[list[Any]]  # Any: arguments of a call
    plus_input: list[list[Any]] | dict[str, Any]
    """An empty object stands for no inputs (Mbpp/793)."""
    atol: float


def name_of(family: str, variant: str) -> str:
    """Name the file of a variant.

    Raises:
        UnknownName: the family has no such variant.
    """
    dataset = DATASETS[family]
    if variant not in dataset.variants:
        raise UnknownName(f"variant of {family}", variant, dataset.variants)
    return f"{dataset.stem}{dataset.variants[variant]}.jsonl"


def url_of(family: str, variant: str) -> str:
    """Return where EvalPlus offers the file."""
    dataset = DATASETS[family]
    where = f"https://github.com/evalplus/{dataset.stem.lower()}_release/releases/download"
    return f"{where}/{dataset.version}/{name_of(family, variant)}.gz"


def find(family: str, variant: str, source: DataSource) -> Path | None:
    """Look for the file of a variant below the data root, as it is released or unpacked."""
    if source.root is None:
        return None
    name = name_of(family, variant)
    places = (source.root / folder / f"{name}{end}" for folder in FOLDERS for end in (".gz", ""))
    return next((place for place in places if place.is_file()), None)


def read(file: Path) -> list[Row]:
    """Read a release file.

    Raises:
        DataError: it cannot be read, or a line is no task (names it).
    """
    try:
        text = read_unpacked(file, RELEASE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{file}: cannot be read: {error}", unless_denied(error, "Fetch it again.")
        ) from error
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(_row(msgspec.convert(json.loads(line), ReleaseRow)))
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
                raise DataError(f"{file}:{number}: {error}", "Fetch it again.") from error
    if not rows:
        raise DataError(f"{file} holds no task", "Fetch it again.")
    return rows


def _row(row: ReleaseRow) -> Row:
    plus = row.plus_input
    if isinstance(plus, dict):
        if plus:
            raise ValueError("plus_input is an object that is not empty")
        plus = []
    restore = _restorers().get(row.task_id, _same)
    return Row(
        task_id=row.task_id,
        prompt=row.prompt,
        entry_point=row.entry_point,
        reference=row.canonical_solution,
        base=[restore(call) for call in row.base_input],
        plus=[restore(call) for call in plus],
        atol=row.atol,
    )


# What JSON has turned into lists and strings. Any below: arguments of a call.
Call = list[Any]


def _same(call: Call) -> Call:
    return call


def _tuples(call: Call) -> Call:
    return [tuple(argument) for argument in call]


def _lists_of_tuples(call: Call) -> Call:
    return [[tuple(item) for item in argument] for argument in call]


def _tuples_of_tuples(call: Call) -> Call:
    return [tuple(tuple(item) for item in argument) for argument in call]


def _first_a_list_of_tuples(call: Call) -> Call:
    return [[tuple(item) for item in call[0]], call[1]]


def _second_a_tuple(call: Call) -> Call:
    return [call[0], tuple(call[1])]


def _first_a_tuple(call: Call) -> Call:
    return [tuple(call[0]), *call[1:]]


def _sets(call: Call) -> Call:
    """Of Mbpp/115; an empty list stands for an empty dict."""
    return [[set(item) if isinstance(item, list) and item else {} for item in call[0]]]


def _a_tuple_with_tuples(call: Call) -> Call:
    return [tuple(tuple(item) if isinstance(item, list) else item for item in call[0])]


def _dict_of_tuples(call: Call) -> Call:
    return [{key: tuple(value) for key, value in call[0].items()}, *call[1:]]


def _real_and_complex(call: Call) -> Call:
    return [float(call[0]), complex(call[1])]


def _one_complex(call: Call) -> Call:
    return [complex(call[0])]


def _all_tuples(call: Call) -> Call:
    return [_deep_tuple(argument) for argument in call]


# Any: as above
def _deep_tuple(value: Any) -> Any:
    return tuple(map(_deep_tuple, value)) if isinstance(value, list) else value


_RESTORE: Final = (
    (_tuples, (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630, 726,
        740, 744, 809)),
    (_lists_of_tuples, (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780)),
    (_first_a_list_of_tuples, (75, 413, 444, 753)),
    (_second_a_tuple, (106, 750)),
    (_sets, (115,)),
    (_real_and_complex, (124,)),
    (_first_a_tuple, (250, 307, 405, 446, 617, 720, 763, 808)),
    (_tuples_of_tuples, (259, 401, 445)),
    (_a_tuple_with_tuples, (278,)),
    (_dict_of_tuples, (722,)),
    (_one_complex, (252,)),
    (_all_tuples, (580, 615, 791)),
)  # fmt: skip
"""What restores the inputs of which MBPP tasks."""


@functools.cache
def _restorers() -> dict[str, Callable[[Call], Call]]:
    return {f"Mbpp/{number}": restore for restore, numbers in _RESTORE for number in numbers}

"""Rows of APPS and TACO: prompts are read at once, tests when a program is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.datasets import StoredRow, combined, file_from_hub, stored_rows
from codeeval.errors import DataError
from codeeval.interfaces import DatasetIdentity, LoadedProblems
from codeeval.types import Case, Problem, ProblemPayload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codeeval.interfaces import DataSource

APPS: Final = "codeparrot/apps"
REVISION: Final = "21e74ddf8de1a21436da12e3e653065c5213e9d1"
TACO: Final = "BAAI/TACO"


class RowTests(msgspec.Struct, frozen=True):
    """What of a row decides on solutions."""

    input_output: str | None = None
    solutions: str | None = None


class Row(RowTests, frozen=True):
    """A row of either dataset."""

    question: str = ""
    difficulty: str | None = None
    starter_code: str | None = None
    problem_id: int | None = None
    id: int | None = None
    """What files of JSON lines call ``problem_id``."""


class Named(msgspec.Struct, frozen=True):
    """What of ``input_output`` decides on the prompt."""

    fn_name: str | None = None


class Tests(msgspec.Struct, frozen=True):
    """``input_output``: pairs of inputs and outputs, of a function where one is named."""

    # Any: JSON of any kind
    inputs: list[Any]
    # Any: as above
    outputs: list[Any]
    fn_name: str | None = None


class Calls(NamedTuple):
    """Tests of a function."""

    inputs: str
    """As the sandbox reads them; behind them one call without arguments, see ``wrapping.calling``."""
    expected: str
    number: int


class Recorded(ProblemPayload, frozen=True, kw_only=True):
    """Where a problem's tests and solutions are."""

    stored: StoredRow
    function: str
    """What is called; empty where programs read standard input."""
    starter: str
    solved: bool
    """Whether there are solutions."""


def load(
    name: str,
    dataset: str,
    files: Sequence[Path],
    *,
    split: str,
    source: DataSource,
    chosen: Callable[[str], bool],
) -> LoadedProblems:
    """Read the problems of files.

    Args:
        name: what tasks are called before their number.
        dataset: id on the Hub.
        files: of its rows.
        split: of the dataset.
        source: where it comes from.
        chosen: whether problems of a level are wanted.

    Raises:
        DataError: a file cannot be read, a row is malformed, rows have no tests, or none is wanted.
    """
    found: list[tuple[Problem, bytes]] = []
    rows = without = 0
    for stored in stored_rows(files, Row, frozenset(RowTests.__struct_fields__)):
        row, number = stored.row, rows
        rows += 1
        without += row.input_output is None
        level = (row.difficulty or "").lower()
        if chosen(level):
            given = row.problem_id if row.problem_id is not None else row.id
            task_id = f"{name}/{number if given is None else given}"
            found.append((_problem(task_id, row, level, stored.where), stored.digest))
    if without:
        raise DataError(
            f"{dataset} ({split}): {without} of {rows} rows are prompts without tests, so nothing can "
            "decide on solutions",
            f"Fetch the whole dataset: hf download {dataset} --repo-type dataset",
        )
    if not found:
        raise DataError(
            f"split {split} of {dataset} has no problem of this level, of {rows}", "Omit the level."
        )
    identity = DatasetIdentity(
        id=dataset,
        config="all",
        split=split,
        revision="mirror" if source.root and (source.root / dataset).is_dir() else REVISION,
        sha256=combined([digest for _, digest in found]),
        rows=len(found),
    )
    return LoadedProblems(problems=tuple(problem for problem, _ in found), identity=identity)


def files_of(dataset: str, split: str, source: DataSource) -> Sequence[Path]:
    """Find the files of a split: below the data root, else in the Hub's cache or on the Hub.

    Raises:
        DataError: they are not there and cannot be fetched.
    """
    folder = source.root / dataset if source.root else None
    remedy = (
        f"Pass --data-root DIR (or set CODEEVAL_DATA_ROOT): a folder that holds {dataset}/{split}.jsonl, "
        f"made by: hf download {dataset} --repo-type dataset --local-dir DIR/{dataset}"
    )
    if folder and folder.is_dir():
        patterns = (f"{split}.jsonl", f"*/{split}.parquet", f"*/{split}-*.parquet", f"{split}-*.parquet")
        found = (sorted(folder.glob(pattern)) for pattern in patterns)
        files = next((each for each in found if each), [])
        if not files:
            raise DataError(f"{folder} has no rows of split {split}", remedy)
        return files
    if dataset == TACO:
        raise DataError(f"{dataset} is fetched as a whole, and is not below a data root", remedy)
    return [file_from_hub(dataset, f"{split}.jsonl", REVISION, source, remedy)]


def cases_of(problem: Problem) -> tuple[Case, ...]:
    """Return the cases of a program that reads standard input; a list stands for its lines, as officially.

    Raises:
        DataError: they cannot be read.
    """
    tests = _tests(problem)
    pairs = zip(tests.inputs, tests.outputs, strict=True)
    return tuple(Case(stdin=_text(stdin), expected=_text(expected)) for stdin, expected in pairs)


def calls_of(problem: Problem) -> Calls:
    """Return the calls of a function.

    Raises:
        DataError: they cannot be read.
    """
    tests = _tests(problem)
    return Calls(
        inputs=spell_inputs([*map(_arguments, tests.inputs), []]),
        expected=spell_inputs([each] for each in tests.outputs),
        number=len(tests.inputs),
    )


def solutions_of(problem: Problem) -> tuple[str, ...]:
    """Return the row's solutions; none where they are no list of texts."""
    text = problem.payload_of(Recorded).stored.read(RowTests).solutions
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _problem(task_id: str, row: Row, level: str, where: StoredRow) -> Problem:
    try:
        function = msgspec.json.decode(row.input_output or "{}", type=Named).fn_name or ""
    except msgspec.DecodeError:  # reported when its tests are read
        function = ""
    return Problem(
        task_id=task_id,
        prompt=row.question,
        entry_point="",
        reference="",
        tests=(),
        groups=(level,) if level else (),
        payload=Recorded(
            stored=where,
            function=function,
            starter=row.starter_code or "",
            solved=(row.solutions or "").strip() not in ("", "[]"),
        ),
    )


def _tests(problem: Problem) -> Tests:
    stored = problem.payload_of(Recorded).stored
    try:
        found = msgspec.convert(json.loads(stored.read(RowTests).input_output or "{}"), Tests)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{stored.place} ({problem.task_id}): input_output: {error}", "Fetch the dataset again."
        ) from error
    if not found.inputs or len(found.inputs) != len(found.outputs):
        raise DataError(
            f"{stored.place} ({problem.task_id}): {len(found.inputs)} inputs and {len(found.outputs)} "
            "expected outputs",
            "Fetch the dataset again.",
        )
    return found


# Any: JSON of any kind
def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


# Any: as above
def _arguments(inputs: Any) -> list[Any]:
    """Return the arguments of a call; JSON's keys of a dict that comes first were numbers."""
    arguments = list(inputs) if isinstance(inputs, list) else [inputs]
    if arguments and isinstance(arguments[0], dict):
        try:
            return [{int(key): value for key, value in arguments[0].items()}]
        except ValueError:
            return arguments
    return arguments

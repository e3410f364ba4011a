"""Which problems a release and a window of dates have, and the files that they are in.

Source: the dataset card of livecodebench/code_generation_lite; lcb_runner/runner/parser.py, ``--start_date``
and ``--end_date``; lcb_runner/runner/scenario_router.py, which sorts by question_id.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.datasets import file_from_hub
from codeeval.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.interfaces import DataSource

DATASET: Final = "livecodebench/code_generation_lite"
REVISION: Final = "main"
SIZES: Final = {"v1": 400, "v2": 511, "v3": 612, "v4": 713, "v5": 880, "v6": 1055}
"""Problems of each release. Release N has the files 1 to N."""
LATEST: Final = "v6"
_FILE: Final = re.compile(r"test(\d*)(?:-(\d+))?\.(?:jsonl|parquet)")
_DATE: Final = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it, but for the private tests, which stay on disk."""

    question_title: str
    question_content: str
    platform: str
    question_id: str
    contest_id: str
    contest_date: str
    starter_code: str
    difficulty: str
    public_test_cases: str
    metadata: str


class RowTests(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of a row."""

    public_test_cases: str
    private_test_cases: str


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What ``Row.metadata`` holds as JSON."""

    func_name: str | None = None


class Window(NamedTuple):
    """A span of contest dates; both ends belong to it."""

    first: dt.datetime | None = None
    last: dt.datetime | None = None
    text: str = ""

    def holds(self, contest_date: str) -> bool:
        """Whether a contest was in it.

        Raises:
            ValueError: the date is none.
        """
        date = dt.datetime.fromisoformat(contest_date)
        return (self.first is None or self.first <= date) and (self.last is None or date <= self.last)


def window(from_date: str, to_date: str) -> Window:
    """Read a window: days or whole months.

    A day as the end ends where it begins, as published: a contest later that day is outside.

    Raises:
        UsageError: a date that there is not, or an end before the beginning.
    """
    first = _moment(from_date, "--from") if from_date else None
    last = _moment(to_date, "--to", month_end=True) if to_date else None
    if first and last and last < first:
        raise UsageError(f"the window is empty: {from_date} is after {to_date}", "Exchange --from and --to.")
    return Window(first, last, f"{from_date or 'the first'} to {to_date or 'the last'}")


def in_window(contest_date: str, chosen: Window, place: str) -> bool:
    """Whether a row's contest was in a window.

    Raises:
        DataError: its date is none.
    """
    try:
        return chosen.holds(contest_date)
    except ValueError as error:
        raise DataError(f"{place}: contest_date: {error}", "Fetch the dataset again.") from error


def _moment(text: str, option: str, *, month_end: bool = False) -> dt.datetime:
    found = _DATE.fullmatch(text)
    form = "Write 2024-08-01, or 2024-08 for the month."
    if not found:
        raise UsageError(f"{option} {text!r} is no date", form)
    year, month = int(found[1]), int(found[2])
    try:
        if found[3]:
            return dt.datetime(year, month, int(found[3]))  # noqa: DTZ001 -- as the dataset's are
        if not month_end:
            return dt.datetime(year, month, 1)  # noqa: DTZ001 -- as above
        day = calendar.monthrange(year, month)[1]
        return dt.datetime(year, month, day, 23, 59, 59, 999_999)  # noqa: DTZ001 -- as above
    except (ValueError, calendar.IllegalMonthError) as error:
        raise UsageError(f"{option} {text!r} is no date: {error}", form) from error


def files_of(release: str, source: DataSource) -> Sequence[Path]:
    """Find the files of a release: below the data root, else in the Hub's cache or on the Hub.

    Raises:
        DataError: one is missing or cannot be fetched, or a file also holds a later release's problems.
    """
    most = int(release.removeprefix("v"))
    folder = source.root / DATASET if source.root else None
    if folder and folder.is_dir():
        return _below(folder, most)
    remedy = (
        f"Pass --data-root DIR (or set CODEEVAL_DATA_ROOT): a folder that holds {DATASET}/test.jsonl, "
        f"test2.jsonl ..., made by: hf download {DATASET} --repo-type dataset --local-dir DIR/{DATASET}"
    )
    names = [f"test{number if number > 1 else ''}.jsonl" for number in range(1, most + 1)]
    return [file_from_hub(DATASET, name, REVISION, source, remedy) for name in names]


def file_of(dataset: str, source: DataSource) -> Path:
    """Find the one file of a dataset: below the data root, else in the Hub's cache or on the Hub.

    Raises:
        DataError: it is missing or cannot be fetched.
    """
    folder = source.root / dataset if source.root else None
    remedy = (
        f"Pass --data-root DIR (or set CODEEVAL_DATA_ROOT): a folder that holds {dataset}/test.jsonl, "
        f"made by: hf download {dataset} --repo-type dataset --local-dir DIR/{dataset}"
    )
    if folder and folder.is_dir():
        found = next(
            (path for path in (folder / "test.jsonl", folder / "test.parquet") if path.is_file()), None
        )
        if found is None:
            raise DataError(f"{folder} has no test.jsonl", remedy)
        return found
    return file_from_hub(dataset, "test.jsonl", REVISION, source, remedy)


def _below(folder: Path, most: int) -> Sequence[Path]:
    """Choose files that hold the parts 1 to ``most`` and nothing else."""
    spans: dict[int, tuple[int, Path]] = {}
    for path in sorted(folder.iterdir()):
        if found := _FILE.fullmatch(path.name):
            first = int(found[1] or 1)
            spans.setdefault(first, (int(found[2] or first), path))
    files, part = [], 1
    while part <= most:
        if part not in spans:
            raise DataError(
                f"{folder} has no file with part {part} of the dataset",
                f"Fetch test{part if part > 1 else ''}.jsonl, or choose an earlier release.",
            )
        last, path = spans[part]
        if last > most:
            raise DataError(
                f"{path} holds the parts {part} to {last}, of which release v{most} has only some",
                f"Choose v{part - 1} or v{last}." if part > 1 else f"Choose v{last}.",
            )
        files.append(path)
        part = last + 1
    return files

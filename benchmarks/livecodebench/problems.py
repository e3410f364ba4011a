"""Problems of code generation, their tests on disk; what the scenarios that are about programs share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.held import Held
from codeeval.benchmarks.livecodebench import releases
from codeeval.benchmarks.livecodebench.private_tests import TestType, read_tests
from codeeval.benchmarks.livecodebench.releases import Metadata, Row, RowTests, Window
from codeeval.datasets import StoredRow, combined, stored_rows
from codeeval.errors import DataError
from codeeval.interfaces import DatasetIdentity, DataSource, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.types import Problem, ProblemPayload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.benchmarks.livecodebench.private_tests import Test

FAMILY: Final = "livecodebench"
SEVERAL_ANSWERS: Final = frozenset(
    {
        "abc311_c", "abc326_d", "abc327_b", "abc333_e", "abc343_a", "abc343_e", "abc362_c", "arc185_c",
        "find-words-containing-character", "find-the-peaks",
        "generate-binary-strings-without-adjacent-zeros",
    }
)  # fmt: skip
"""Problems with several right answers of which one is expected. Source: ERRATA.md."""
UNSOLVABLE: Final = frozenset(
    {
        "abc337_e", "abc355_e", "abc350_c", "arc189_a", "apply-operations-to-make-string-empty",
        "most-frequent-ids",
    }
)  # fmt: skip
"""Interactive problems, and problems with wrong tests. Source: ERRATA.md."""


class Contest(ProblemPayload, frozen=True, kw_only=True):
    """Where a problem's tests are, and how they give a program its input."""

    stored: StoredRow
    function: str = ""
    """What is called; empty where the program reads standard input."""
    starter: str = ""
    """The code that the prompt shows."""


def load(release: str, window: Window, source: DataSource, language: str = PYTHON.id) -> LoadedProblems:
    """Read a release's problems of a window, in the official order; their tests stay on disk.

    Args:
        release: ``v1`` to ``v6``.
        window: of the contests' dates.
        source: where the dataset is.
        language: of the solutions; in others than Python, problems whose function is called are left out.

    Raises:
        DataError: the dataset cannot be read, a row is malformed, or no problem is left.
    """
    chosen: list[tuple[Problem, bytes]] = []
    total = 0
    files = releases.files_of(release, source)
    for stored in stored_rows(files, Row, frozenset(RowTests.__struct_fields__)):
        total += 1
        if not releases.in_window(stored.row.contest_date, window, stored.where.place):
            continue
        problem = _problem(stored.row, stored.where, language)
        if language == PYTHON.id or not problem.payload_of(Contest).function:
            chosen.append((problem, stored.digest))
    if not chosen:
        raise DataError(
            f"release {release} of LiveCodeBench has no problem from {window.text}, of {total}",
            "Widen the window (--from, --to), or choose a later release: livecodebench:v6.",
        )
    chosen.sort(key=lambda pair: pair[0].task_id)
    identity = DatasetIdentity(
        id=releases.DATASET,
        config=f"release_{release}",
        split="test",
        revision="mirror" if source.root and (source.root / releases.DATASET).is_dir() else releases.REVISION,
        sha256=combined([digest for _, digest in chosen]),
        rows=len(chosen),
    )
    return LoadedProblems(problems=tuple(problem for problem, _ in chosen), identity=identity)


def tests_reader() -> Held[tuple[Test, ...]]:
    """Make what reads the tests of problems.

    It raises DataError where they cannot be read, there are none, or some are of the other kind.
    """
    return Held(_tests_of, _chars)


def public_tests_reader() -> Held[tuple[Test, ...]]:
    """Make what reads the tests that statements show; it raises DataError where they cannot be read."""
    return Held(_public_tests_of, _chars)


def _public_tests_of(problem: Problem) -> tuple[Test, ...]:
    stored = problem.payload_of(Contest).stored
    return read_tests(stored.read(RowTests).public_test_cases, "", stored.place)


def _chars(tests: tuple[Test, ...]) -> int:
    return sum(len(test.input) + len(test.output) for test in tests)


def _tests_of(problem: Problem) -> tuple[Test, ...]:
    contest = problem.payload_of(Contest)
    row = contest.stored.read(RowTests)
    tests = read_tests(row.public_test_cases, row.private_test_cases, contest.stored.place)
    if not tests:
        raise DataError(f"{contest.stored.place}: {problem.task_id} has no tests", "Fetch the dataset again.")
    wanted = TestType.FUNCTIONAL if contest.function else TestType.STDIN
    for number, test in enumerate(tests):
        if test.testtype is not wanted:
            raise DataError(
                f"{contest.stored.place}: test {number} of {problem.task_id} is {test.testtype.value}, "
                f"others are {wanted.value}",
                "Fetch the dataset again.",
            )
    return tests


def _problem(row: Row, where: StoredRow, language: str) -> Problem:
    try:
        function = msgspec.json.decode(row.metadata, type=Metadata).func_name or ""
    except msgspec.DecodeError as error:
        raise DataError(f"{where.place}: metadata: {error}", "Fetch the dataset again.") from error
    return Problem(
        task_id=f"{FAMILY}/{row.question_id}",
        prompt=row.question_content,
        entry_point=function,
        reference="",
        tests=(),
        language=language,
        groups=tuple(_groups(row)),
        payload=Contest(stored=where, function=function, starter=row.starter_code),
    )


def _groups(row: Row) -> Iterator[str]:
    yield row.difficulty
    yield row.platform
    yield f"{dt.datetime.fromisoformat(row.contest_date):%Y-%m}"
    names = {row.question_id, row.question_title}
    if names & SEVERAL_ANSWERS:
        yield "several answers"
    if names & UNSOLVABLE:
        yield "unsolvable"

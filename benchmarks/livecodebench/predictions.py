"""What code execution and test output prediction share: rows with dates, and a value that is predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from codeeval.benchmarks.common import literals, mistakes
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.livecodebench import releases
from codeeval.datasets import combined, stored_rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import DatasetIdentity, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.types import Answer, Grade, Mistake, Oracle, Program, Score, Study

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.benchmarks.livecodebench.releases import Window
    from codeeval.interfaces import DataSource
    from codeeval.types import Completion, Extraction, Problem

OFFICIAL, FIXED = "official", "fixed"
ACCURACY: Final = "accuracy"
LITERAL: Final = "literal"
_SHOWN: Final = 200


class DatedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What rows of all prediction datasets have."""

    contest_date: str
    difficulty: str


RowT = TypeVar("RowT", bound=DatedRow)


def load(
    dataset: str,
    row_type: type[RowT],
    window: Window,
    source: DataSource,
    problem: Callable[[RowT, str], Problem],
) -> LoadedProblems:
    """Read the problems of a window, in dataset order.

    Args:
        dataset: its id on the Hub.
        row_type: what each row must be.
        window: of the contests' dates.
        source: where the dataset is.
        problem: makes a problem of a row and of where that is.

    Raises:
        DataError: the dataset cannot be read, a row is malformed, or no problem is left.
    """
    problems, digests = [], []
    for stored in stored_rows([releases.file_of(dataset, source)], row_type, frozenset()):
        if releases.in_window(stored.row.contest_date, window, stored.where.place):
            problems.append(problem(stored.row, stored.where.place))
            digests.append(stored.digest)
    if not problems:
        raise DataError(f"{dataset} has no problem from {window.text}", "Widen the window (--from, --to).")
    identity = DatasetIdentity(
        id=dataset,
        config="default",
        split="test",
        revision="mirror" if source.root and (source.root / dataset).is_dir() else releases.REVISION,
        sha256=combined(digests),
        rows=len(problems),
    )
    return LoadedProblems(problems=tuple(problems), identity=identity)


def program(problem: Problem, completion: Completion, extraction: Extraction, expected: str) -> Program:
    """Make a program in which nothing decides yet."""
    found = extraction.code if extraction.rule != NO_CODE_RULE else None
    wrong = Mistake.NONE if found == expected else mistakes.mistake(completion, found, expected)
    return Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=PYTHON.id,
        image=PYTHON.image,
        extraction=extraction,
        study=Study(mistake=wrong),
    )


def graded(made: Program, expected: str, metric: str = LITERAL) -> Program:
    """Have the prediction compared here, as a literal; nothing is executed."""
    texts = (made.extraction.code,) if made.extraction.rule != NO_CODE_RULE else ()
    return msgspec.structs.replace(
        made,
        oracle=Oracle.ANSWER,
        expected=expected,
        answers=(Answer(scorer=ACCURACY, metric=metric, rule=made.extraction.rule, texts=texts),),
    )


def grade(made: Program) -> Grade:
    """Compare a predicted literal with the expected one as ``==`` does; any other metric is a refusal."""
    answer = made.answers[0]
    predicted = answer.texts[0]
    right, detail = False, f"{answer.metric}: {predicted[:_SHOWN]}"
    if answer.metric == LITERAL:
        try:
            right = literals.same(literals.read(predicted), literals.read(made.expected))
            detail = f"predicted {predicted[:_SHOWN]}, it is {made.expected[:_SHOWN]}"
        except NoLiteralError as error:
            detail = f"{error}: {predicted[:_SHOWN]}"
    return Grade(scores=(Score(scorer=ACCURACY, value=float(right)),), detail="" if right else detail)

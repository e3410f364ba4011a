"""How far what the machine printed and a row's answer agree, and what the metrics give the machine."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge import grading
from codeeval.benchmarks.surge.metrics import metric_of
from codeeval.types import Extraction, Oracle, Program

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row
    from codeeval.types import Score

ENOUGH: Final = 0.99
"""A score of the row's metric from which the texts count as the same in content."""


class Agreement(enum.StrEnum):
    """From the same characters to something else."""

    EXACT = "exact"
    WHITESPACE = "white space"
    """The same but for white space at the ends of lines and around the whole."""
    METRIC = "metric"
    """Not the same text, but the row's metric (as the scorer ``fixed`` has it) gives it 0.99 or more."""
    NO = "no"

    @property
    def identical(self) -> bool:
        """Whether there is nothing to explain."""
        return self in (Agreement.EXACT, Agreement.WHITESPACE)


def agreement_of(row: Row, output: str) -> Agreement:
    """Compare what the machine printed with a row's answer."""
    if output == row.gt:
        return Agreement.EXACT
    if grading.exact(output, row.gt):
        return Agreement.WHITESPACE
    metric = metric_of(row)
    score = grading.COMPARE[grading.FIXED][metric](output.strip(), row.gt)
    return Agreement.METRIC if score >= ENOUGH else Agreement.NO


def ceiling(row: Row, output: str) -> tuple[Score, ...]:
    """Score the machine as if it were a model that answers in a fenced block: no model can know better."""
    program = Program(
        task_id=row.task_id,
        sample=0,
        language="",
        image="",
        extraction=Extraction(rule="machine"),
        oracle=Oracle.ANSWER,
        expected=row.gt,
        answers=grading.answers_in(f"Output:\n```\n{output}\n```", metric_of(row)),
    )
    return grading.grade(program).scores

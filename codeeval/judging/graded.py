"""Judges answers that are graded, not executed: the scores decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.types import Outcome, Program, Score, Verdict

if TYPE_CHECKING:
    from codeeval.types import Grade

NO_ANSWER: Final = "none"
"""The rule of a completion in which no scorer found an answer."""
DETAIL_CHARS: Final = 500
_DIGITS: Final = 12
"""Of a score that count: what is left of 1 beyond them is the arithmetic's."""


def judge_answers(program: Program, grade: Grade | None) -> Verdict:
    """Judge one sample.

    Args:
        program: with ``Oracle.ANSWER``.
        grade: what the benchmark says of its answers; None where no scorer found any.
    """
    scores = (
        grade.scores if grade else tuple(Score(scorer=each.scorer, value=0.0) for each in program.answers)
    )
    verdict = Verdict(
        task_id=program.task_id,
        sample=program.sample,
        outcome=Outcome.NO_CODE,
        detail=grade.detail[:DETAIL_CHARS] if grade else "",
        rule=program.extraction.rule,
        wall_s=0.0,
        cpu_s=0.0,
        peak_rss_bytes=0,
        attempts=0,
        study=program.study,
        answer=grade.answer[:DETAIL_CHARS] if grade else "",
        scores=tuple(Score(scorer=each.scorer, value=_within(each.value)) for each in scores),
    )
    return graded_anew(verdict)


def _within(value: float) -> float:
    """Keep a defect of a benchmark's own from spoiling every mean, and a rounding error from a full score."""
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, round(float(value), _DIGITS)))


def graded_anew(verdict: Verdict) -> Verdict:
    """Conclude from a verdict's scores alone."""
    if verdict.rule == NO_ANSWER:
        found, detail = Outcome.NO_CODE, "no answer found in the completion"
    elif verdict.scores and verdict.scores[0].value == 1.0:
        found, detail = Outcome.PASSED, ""
    else:
        found, detail = Outcome.WRONG_ANSWER, verdict.detail or "not the answer that is expected"
    return msgspec.structs.replace(verdict, outcome=found, detail=detail)


def has_answer(program: Program) -> bool:
    """Whether some scorer found an answer."""
    return any(answer.texts for answer in program.answers)

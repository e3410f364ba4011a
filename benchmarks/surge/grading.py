"""Grades answers by two scorers: ``official`` as published, ``fixed`` so that a perfect answer gets 1."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge import answers, lean_errors, metrics
from codeeval.benchmarks.surge.metrics import Metric, clipped, correlation, last_part, numbers, relative_error
from codeeval.types import Answer, Grade, Score

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.types import Program

    Compare = Callable[[str, str], float]
    """Of an answer and the expected one."""

FIXED, OFFICIAL = "fixed", "official"
SCORERS: Final = (FIXED, OFFICIAL)
"""The main one first."""


def answers_in(text: str, metric: Metric, *, head: str = "") -> tuple[Answer, ...]:
    """Find what each scorer takes the answer to be.

    Args:
        text: the completion.
        metric: what compares the answer.
        head: what the prompt ended in, where the completion continues it.
    """
    rule, answer = answers.careful(f"{head}\n{text}" if head and text.strip() else text)
    texts = () if answer is None else (answer,)
    fixed = Answer(scorer=FIXED, metric=metric.value, rule=rule, texts=texts)
    return (fixed, _published(text, metric))


def _published(text: str, metric: Metric) -> Answer:
    if metric is Metric.ERRORS:  # eval/fl.py has an extraction that it never calls
        whole = (text,) if text.strip() else ()
        return _official(metric, answers.WHOLE if whole else answers.NONE, whole)
    found = answers.official(text)
    texts = [found.text] if found.text is not None else []
    if metric is Metric.SUDOKU:
        try:
            board = answers.official_board(text)
        except ValueError:
            return _official(metric, answers.NONE, ())
        texts += [board] if board else []
    return _official(metric, found.rule if texts else answers.NONE, tuple(texts))


def _official(metric: Metric, rule: str, texts: tuple[str, ...]) -> Answer:
    return Answer(scorer=OFFICIAL, metric=metric.value, rule=rule, texts=texts)


def grade(program: Program) -> Grade:
    """Compare what each scorer takes the answer to be with what is expected.

    The published code reads a sudoku in two ways, of which the better one counts.
    """
    expected = program.expected
    scores = []
    for answer in program.answers:
        compare = COMPARE[answer.scorer][Metric(answer.metric)]
        best = max((clipped(compare(text, expected)) for text in answer.texts), default=0.0)
        scores.append(Score(scorer=answer.scorer, value=best))
    detail = f"{program.answers[0].metric} {scores[0].value:.3f}{_why(program)}"
    return Grade(scores=tuple(scores), detail=detail)


def _why(program: Program) -> str:
    first = program.answers[0]
    if first.metric == Metric.ERRORS and all(lean_errors.parsed(text) is None for text in first.texts):
        return "; no JSON object"
    return ""


def exact(answer: str, expected: str) -> float:
    """Whether the texts are the same, but for white space at the ends of lines and around them."""
    return float(_lines(answer) == _lines(expected))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().split("\n")]


def jaccard(answer: str, expected: str) -> float:
    """Share of all lower-cased words that both texts have, a word as often as it occurs.

    As published a word counts once, so that ``0`` is all of an output of many zeros.
    """
    ours, theirs = Counter(answer.lower().split()), Counter(expected.lower().split())
    union = (ours | theirs).total()
    return (ours & theirs).total() / union if union else 1.0


def ratio(answer: str, expected: str) -> float:
    """Compare by edit similarity, white space around the texts aside.

    The same text gets 1 whatever it consists of: ``difflib`` alone overlooks characters that are frequent.
    """
    answer, expected = answer.strip(), expected.strip()
    return 1.0 if answer == expected else metrics.ratio(answer, expected)


def tolerant_numbers(text: str) -> list[float]:
    """Read numbers as published; where that fails, with all brackets, quotes and commas for white space.

    Raises:
        ValueError: what is there is no number.
    """
    try:
        return numbers(text)
    except ValueError:
        return [float(part) for part in _SEPARATORS.sub(" ", text).split()]


_SEPARATORS: Final = re.compile(r"""[\[\](){}'",;]""")


def numeric(answer: str, expected: str) -> float:
    """Compare by 1 minus the mean relative error.

    A number that is missing, one too many, and one that is not finite where it should be: each counts as
    wrong by all of it.
    """
    try:
        given, wanted = tolerant_numbers(answer), tolerant_numbers(expected)
    except ValueError:
        return 0.0
    longest = max(len(given), len(wanted))
    off = abs(len(given) - len(wanted)) + math.fsum(
        _error(one, other) for one, other in zip(given, wanted, strict=False)
    )
    return clipped(1 - off / longest) if longest else 0.0


def _error(answer: float, expected: float) -> float:
    if answer == expected or (math.isnan(answer) and math.isnan(expected)):
        return 0.0
    if not (math.isfinite(answer) and math.isfinite(expected)):
        return 1.0
    return relative_error(answer, expected)


def rank(answer: str, expected: str) -> float:
    """Compare by rank correlation times the share of numbers that should be there: both must be right."""
    try:
        given, wanted = tolerant_numbers(answer), tolerant_numbers(expected)
    except ValueError:
        return 0.0
    if given == wanted:
        return 1.0
    if len(given) != len(wanted):
        return 0.0
    common = (Counter(given) & Counter(wanted)).total()
    return correlation(given, wanted) * common / len(wanted)


def estimate(answer: str, expected: str) -> float:
    """Compare the numbers after the last colons."""
    return numeric(last_part(answer), last_part(expected))


COMPARE: Final[dict[str, dict[Metric, Compare]]] = {
    OFFICIAL: {
        Metric.EXACT: metrics.exact,
        Metric.JACCARD: metrics.jaccard,
        Metric.RATIO: metrics.ratio,
        Metric.SUDOKU: metrics.ratio,
        Metric.NUMERIC: metrics.numeric,
        Metric.RANK: metrics.rank,
        Metric.ESTIMATE: metrics.estimate,
        Metric.ERRORS: lean_errors.errors,
    },
    FIXED: {
        Metric.EXACT: exact,
        Metric.JACCARD: jaccard,
        Metric.RATIO: ratio,
        Metric.SUDOKU: ratio,
        Metric.NUMERIC: numeric,
        Metric.RANK: rank,
        Metric.ESTIMATE: estimate,
        Metric.ERRORS: lean_errors.errors_fixed,
    },
}

"""Tells a result from a run that a server rejected as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.errors import NearlyNoAnswers
from codeeval.types import FinishReason

if TYPE_CHECKING:
    from codeeval.pipeline.scoring import RunResult
    from codeeval.records import RunDirectory

MOST_REJECTED: Final = 0.9
"""Share of samples that were rejected or got no answer, from which on a run is no result."""
_REMEDIES: Final = {
    FinishReason.OVERFLOW: "Give the server a longer context, or lower --max-tokens",
    FinishReason.FILTERED: "The provider filters these prompts: choose another one, or ask it to admit them",
    FinishReason.NO_ANSWER: "Check the server's log; `codeeval models test` sends it one prompt",
}
"""By what a sample was not answered for; the most frequent reason counts."""


def nearly_no_answers(directory: RunDirectory, result: RunResult) -> NearlyNoAnswers | None:
    """Return the error of a run of which nearly all samples were rejected or got no answer.

    Args:
        directory: still open.
        result: what was made of it.
    """
    counts = {reason: result.endings.get(reason.value, 0) for reason in _REMEDIES}
    lost, there = sum(counts.values()), result.timings.completions
    if not lost or lost < MOST_REJECTED * there:
        return None
    most = max(counts, key=lambda reason: counts[reason])
    example = next((each.error for each in directory.completions() if each.finish_reason is most), "")
    error = NearlyNoAnswers(
        f"{lost} of {there} samples were rejected or got no answer: this is no result"
        + (f"; the first: {example}" if example else ""),
        f"{_REMEDIES[most]}. Name another folder (--out) for another try"
        + ("; the same command asks for these samples again." if most is FinishReason.NO_ANSWER else "."),
    )
    error.path = result.path
    return error

"""The score of a program by groups of its cases, as Kattis' default grader has it.

Source: Kattis' problem package format, legacy version, "Default Grader Specification".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, assert_never

from codeeval.types.grading import Accepts, Aggregation, CaseGroup

if TYPE_CHECKING:
    from collections.abc import Sequence


class GroupResult(NamedTuple):
    """What a group or a case came to."""

    accepted: bool
    score: float


def group_result(group: CaseGroup, right: Sequence[bool]) -> GroupResult:
    """Grade a group.

    Args:
        group: of cases.
        right: of each case, whether it is.
    """
    results: list[GroupResult] = []
    for item in group.items:
        if isinstance(item, CaseGroup):
            results.append(group_result(item, right))
        else:
            score = group.accept_score if right[item] else group.reject_score
            results.append(GroupResult(right[item], score))
        if group.breaks and not results[-1].accepted:
            break
    if group.ignores_first:
        results = results[1:2]
    return GroupResult(_accepted(group, results), _score(group, results))


def share_of_points(group: CaseGroup, right: Sequence[bool]) -> float:
    """Return the score as a share of that of a program that is right everywhere; none if it is rejected."""
    most = group_result(group, [True] * len(right)).score
    found = group_result(group, right)
    return min(1.0, max(0.0, found.score / most)) if found.accepted and most > 0 else 0.0


def _accepted(group: CaseGroup, results: Sequence[GroupResult]) -> bool:
    accepted = [each.accepted for each in results]
    match group.accepts:
        case Accepts.ALL:
            return all(accepted)
        case Accepts.ANY:
            return any(accepted) or not accepted
        case Accepts.ALWAYS:
            return True
        case never:
            assert_never(never)


def _score(group: CaseGroup, results: Sequence[GroupResult]) -> float:
    scores = [each.score for each in results]
    if not scores:
        return 0.0
    match group.aggregation:
        case Aggregation.SUM:
            return math.fsum(scores)
        case Aggregation.AVERAGE:
            return math.fsum(scores) / len(scores)
        case Aggregation.LEAST:
            return min(scores)
        case Aggregation.MOST:
            return max(scores)
        case never:
            assert_never(never)

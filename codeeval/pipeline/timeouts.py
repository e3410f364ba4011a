"""Which timeouts are executed again before they count, and how."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from codeeval.types import Outcome, StepStatus

if TYPE_CHECKING:
    from codeeval.types import Verdict

WAITING_SHARE: Final = 0.1
"""Of its wall time: a program that computed for less was waiting, and does not slow others down."""


class Repeat(enum.Enum):
    """How a program is executed again."""

    NOT = enum.auto()
    """The verdict counts: what the kernel counted as its CPU time does not depend on the load."""
    WITH_OTHERS = enum.auto()
    ALONE = enum.auto()


def repeat(verdict: Verdict) -> Repeat:
    """Say how a program is executed again after a verdict, if that is a TIMEOUT that the load may explain."""
    if verdict.outcome is not Outcome.TIMEOUT:
        return Repeat.NOT
    ended = [each.last for each in verdict.evidence] + list(verdict.cases)
    cut_off = [each for each in ended if each.status is StepStatus.WALL_LIMIT]
    if not cut_off:
        return Repeat.NOT
    waited = all(each.cpu_s < WAITING_SHARE * each.wall_s for each in cut_off)
    return Repeat.WITH_OTHERS if waited else Repeat.ALONE

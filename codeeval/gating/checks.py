"""What a gate is asked and what it answers."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Final, assert_never

import msgspec

from codeeval.comparison import (
    Contrast,
    MetricContrast,
    RunSummary,
    SettingDifference,
)

ALPHA: Final = 0.05
MAX_DROP: Final = 0.02
MAX_SANDBOX_ERRORS: Final = 0.01
METRIC: Final = "pass@1"


class Decision(enum.StrEnum):
    """The decisions of a gate, from the best to the worst."""

    BETTER = "better"
    """The candidate is better than the baseline, at the risk alpha."""
    NOT_WORSE = "not worse"
    """The candidate has dropped by less than the largest allowed drop, at the risk alpha."""
    CANNOT_TELL = "cannot tell"
    """The samples allow neither claim."""
    WORSE = "worse"
    """The candidate has dropped by more than the largest allowed drop, at the risk alpha, or is under a
    least value."""

    @property
    def exit_code(self) -> int:
        """0 pass, 1 regression, 2 cannot tell; errors are 3 and above."""
        match self:
            case Decision.BETTER | Decision.NOT_WORSE:
                return 0
            case Decision.WORSE:
                return 1
            case Decision.CANNOT_TELL:
                return 2
            case unreachable:
                assert_never(unreachable)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate to decide on."""

    candidate: Path
    baseline: Path | None = None
    """None: only least values are asked for."""
    max_drop: float = MAX_DROP
    """Largest allowed drop, a difference of shares: 0.02 is two percentage points."""
    metrics: tuple[str, ...] = (METRIC,)
    """That may not drop; each ``pass@K``, ``PART.pass@K`` or ``SCORER.score``."""
    least: dict[str, float] = {}
    """Least values by metric."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that one gate decides on."""

    checks: tuple[Check, ...]
    alpha: float = ALPHA
    max_sandbox_errors: float = MAX_SANDBOX_ERRORS
    """Share of a run's samples without a verdict above which the gate cannot tell."""


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on one metric against the baseline."""

    contrast: MetricContrast
    max_drop: float
    p_not_worse: float
    """One-sided p of: the candidate has dropped by the largest allowed drop or more."""
    p_worse: float
    """One-sided p of: the candidate has dropped by the largest allowed drop or less."""
    p_worse_adjusted: float
    """Holm's, over all metrics of all checks."""
    p_better: float
    """One-sided p of: the candidate is no better than the baseline."""
    p_better_adjusted: float
    decision: Decision
    reason: str
    """A sentence."""
    needs: str = ""
    """How many more samples or tasks a decision would take, where the gate cannot tell."""


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on one metric against a least value: the estimate decides."""

    metric: str
    least: float
    value: float
    low: float
    """Lower end of the 95% interval of the value."""
    high: float
    clear: bool
    """Whether the least value lies outside the interval, so that other tasks would decide the same."""
    decision: Decision
    reason: str


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one check."""

    benchmark: str
    candidate: RunSummary
    baseline: RunSummary | None
    differences: tuple[SettingDifference, ...]
    """Settings in which the runs differ, the model's excluded."""
    contrast: Contrast | None
    """The whole comparison; None without baseline."""
    drops: tuple[Drop, ...]
    floors: tuple[Floor, ...]
    warnings: tuple[str, ...]
    """What else a reader must know: unfinished runs, left-out tasks, other settings."""
    decision: Decision
    reason: str
    """Why, in a sentence or several."""


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a gate."""

    decision: Decision
    exit_code: int
    alpha: float
    checks: tuple[CheckResult, ...]

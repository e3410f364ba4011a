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

    @property
    def answer(self) -> Answer:
        """What it means for a release."""
        match self:
            case Decision.BETTER | Decision.NOT_WORSE:
                return Answer.GO
            case Decision.WORSE:
                return Answer.NO_GO
            case Decision.CANNOT_TELL:
                return Answer.CANNOT_TELL
            case unreachable:
                assert_never(unreachable)


class Answer(enum.StrEnum):
    """A gate's decision as a release needs it."""

    GO = "go"
    """Every critical check is shown to be not worse, and no supporting one is worse."""
    NO_GO = "no-go"
    """A critical or supporting check is worse."""
    CANNOT_TELL = "cannot tell"
    """Neither."""


class Tier(enum.StrEnum):
    """How much a check weighs."""

    CRITICAL = "critical"
    """It must be shown to be not worse."""
    SUPPORTING = "supporting"
    """It must be complete, and must not be worse; too few samples to tell do not keep it from passing."""
    ADVISORY = "advisory"
    """It is reported and decides nothing."""


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one benchmark of a suite, in place of what its check and the suite state."""

    tier: Tier | None = None
    max_drop: float | None = None
    metrics: tuple[str, ...] | None = None
    least: dict[str, float] | None = None


class OfSuite(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs of suites a check is about, and what is asked of single benchmarks."""

    model: str = ""
    """Label of the candidate's model; empty where the suite has one."""
    baseline_model: str = ""
    """Label of the baseline's model; empty: as the candidate's, or the only one there is."""
    max_drop: float | None = None
    """None: as the suite states for each benchmark."""
    metrics: tuple[str, ...] | None = None
    """None: the main score of each benchmark."""
    benchmarks: dict[str, Thresholds] = {}
    """By the benchmarks' labels."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate to decide on: a run, or a suite, which is decided on benchmark by benchmark."""

    candidate: Path
    baseline: Path | None = None
    """None: only least values are asked for."""
    max_drop: float = MAX_DROP
    """Largest allowed drop, a difference of shares: 0.02 is two percentage points."""
    metrics: tuple[str, ...] = (METRIC,)
    """That may not drop; each ``pass@K``, ``PART.pass@K`` or ``SCORER.score``."""
    least: dict[str, float] = {}
    """Least values by metric."""
    tier: Tier = Tier.CRITICAL
    benchmark: str = ""
    """Its label in the suite that the check comes from; empty where it comes from none."""
    absent: str = ""
    """Why a suite has no run to decide on here; empty where there is one."""
    of_suite: OfSuite | None = None
    """Where the paths are those of suites: which of their runs. Put into a check for each before deciding."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that one gate decides on."""

    checks: tuple[Check, ...]
    alpha: float = ALPHA
    max_sandbox_errors: float = MAX_SANDBOX_ERRORS
    """Share of a run's samples without a verdict above which the gate cannot tell."""
    history: Path | None = None
    """File that the answer is added to."""


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
    tier: Tier = Tier.CRITICAL
    incomplete: bool = False
    """Whether samples are missing that the decision needs: an unfinished run, too many failed sandboxes."""

    @property
    def counts(self) -> bool:
        """Whether the decision counts in the gate's: see ``Tier``."""
        match self.tier:
            case Tier.CRITICAL:
                return True
            case Tier.SUPPORTING:
                return self.incomplete or self.decision is not Decision.CANNOT_TELL
            case Tier.ADVISORY:
                return False
            case unreachable:
                assert_never(unreachable)


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """A check without a run to decide on."""

    benchmark: str
    tier: Tier
    reason: str


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a gate."""

    answer: Answer
    decision: Decision
    """Of all checks that are not advisory, together."""
    exit_code: int
    alpha: float
    checks: tuple[CheckResult, ...]
    absent: tuple[Absent, ...] = ()
    """Checks whose runs are missing, for example because a benchmark of a suite could not run."""

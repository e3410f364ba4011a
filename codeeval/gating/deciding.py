"""The rule that decides on a metric. A function of per-task values alone, so that it can be simulated.

The question is where the true drop lies, over tasks like these, against the largest allowed one:

- *worse*: the drop is larger, shown at the risk alpha;
- *better*: there is no drop but a gain, shown at the risk alpha;
- *not worse*: the drop is smaller, shown at the risk alpha;
- *cannot tell*: the samples show none of these.

A gate over several metrics and benchmarks claims that *all* of them are not worse. That claim is wrong
with probability at most alpha if each part is tested at alpha (Berger 1982: intersection-union test),
so these p-values are not adjusted. It blocks if *any* is worse, so those p-values are adjusted by
Holm: however many metrics there are, a candidate that has dropped by no more than what is allowed is
blocked as worse with probability at most alpha.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codeeval import statistics
from codeeval.gating.checks import Decision, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.gating.checks import Absent, CheckResult


class Evidence(NamedTuple):
    """One-sided p-values of one metric, each against what the decision of its name claims."""

    not_worse: float
    worse: float
    better: float


def evidence(baseline: Sequence[float], candidate: Sequence[float], max_drop: float) -> Evidence:
    """Test one metric's values on the same tasks, in the same order.

    Raises:
        ValueError: no task, not equally many, or a drop that is not in [0, 1).
    """
    if not 0 <= max_drop < 1:
        raise ValueError(f"no drop: {max_drop}")
    # "Worse by more than the drop" is "not worse" of the runs exchanged, with the margin negated.
    return Evidence(
        not_worse=statistics.non_inferiority(baseline, candidate, max_drop),
        worse=statistics.non_inferiority(candidate, baseline, -max_drop),
        better=statistics.non_inferiority(baseline, candidate, 0.0),
    )


def decide(found: Sequence[Evidence], alpha: float) -> list[Decision]:
    """Decide on all metrics of a gate together.

    Args:
        found: one a metric, over all benchmarks.
        alpha: risk of calling any of them worse that is not, and of passing if any is.
    """
    worse = statistics.holm([each.worse for each in found])
    better = statistics.holm([each.better for each in found])
    return [
        _decision(each, p_worse, p_better, alpha)
        for each, p_worse, p_better in zip(found, worse, better, strict=True)
    ]


def _decision(found: Evidence, p_worse: float, p_better: float, alpha: float) -> Decision:
    if p_worse <= alpha:
        return Decision.WORSE
    if p_better <= alpha:
        return Decision.BETTER
    if found.not_worse <= alpha:
        return Decision.NOT_WORSE
    return Decision.CANNOT_TELL


def overall(decisions: Sequence[Decision]) -> Decision:
    """Sum up: any worse is worse, else any doubt is doubt; better needs one better and none in doubt."""
    for decision in (Decision.WORSE, Decision.CANNOT_TELL, Decision.BETTER):
        if decision in decisions:
            return decision
    return Decision.NOT_WORSE


def conclude(checks: Sequence[CheckResult], absent: Sequence[Absent] = ()) -> Decision:
    """Sum up checks by their tiers: see ``Tier``.

    A supporting check that the samples leave undecided does not count; one that is incomplete keeps the whole
    undecided, for what is missing may be what failed.
    """
    decisions = [each.decision for each in checks if each.counts]
    decisions += [Decision.CANNOT_TELL for each in absent if each.tier is not Tier.ADVISORY]
    return overall(decisions)

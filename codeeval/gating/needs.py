"""How much more data a decision would take, where a gate cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval import statistics
from codeeval.formatting import points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.comparison import MetricContrast, Run
    from codeeval.metrics import TaskCounts

POWER: Final = 0.8
CLOSE: Final = 0.25
"""Share of the allowed drop: closer differences would need absurdly many samples to be distinguished."""
MOST: Final = 100_000
"""Samples or tasks beyond which a number is no advice."""


def what_it_takes(
    pairs: Mapping[str, tuple[TaskCounts, TaskCounts]],
    found: MetricContrast,
    max_drop: float,
    alpha: float,
    candidate: Run,
) -> str:
    """Return how many more samples or tasks would decide four times in five, if the difference seen is true.

    Source: Miller 2024 (arXiv 2411.00640), equation 9; see ``statistics.samples_needed``.
    """
    away = abs(found.difference + max_drop)
    if away < max(CLOSE * max_drop, 0.0025):
        return (
            f"the difference seen, {points(found.difference)}, is about the drop allowed: no sensible number "
            "of samples distinguishes the two; allow more or less"
        )
    kept = [pair for pair in pairs.values() if min(pair[0].judged, pair[1].judged) >= 1]
    before, after = (
        [statistics.Count(pair[side].judged, pair[side].passed) for pair in kept] for side in (0, 1)
    )
    pooled = statistics.spread_of([*before, *after])
    drift = statistics.paired_spread_of(before, after).drift
    samples = min(each.samples for each in (*before, *after))
    tasks = len(kept)
    settings = {
        "rate": pooled.rate,
        "between": pooled.between,
        "drift": drift,
        "alpha": alpha,
        "power": POWER,
    }
    needed = statistics.samples_needed(tasks, away, sides=1, **settings)
    if candidate.config.sampling.temperature > 0 and needed and samples < needed <= MOST:
        return (
            f"needs about {needed - samples:,} more samples of each task in both runs "
            f"({needed:,} in place of {samples:,})"
        )
    wanted = statistics.tasks_needed(samples, away, sides=1, **settings)
    if tasks < wanted <= MOST:
        return f"needs about {wanted - tasks:,} more tasks ({wanted:,} in place of {tasks:,})"
    return f"needs more than {tasks:,} tasks, or a larger allowed drop"

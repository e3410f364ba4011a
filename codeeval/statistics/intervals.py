"""Intervals of a score. Tasks are the unit: the samples of one task are not independent of each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.statistics.bounded import tilted_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL: Final = 0.95
SEED: Final = 0
"""Of random numbers where none is given: the same data give the same result."""

_Z: Final = 1.959963984540054
"""0.975 quantile of the normal distribution."""


class Interval(NamedTuple):
    """A two-sided interval and how it was made."""

    low: float
    high: float
    method: str
    """``tilted``, ``wilson`` or ``tango``."""


def mean_interval(values: Sequence[float], *, level: float = LEVEL) -> Interval:
    """Return the interval of the mean of per-task values, each in [0, 1].

    It holds every true mean that the values do not contradict; see ``tilted_ends``. In 2,000 simulated
    runs of 164 tasks, of one and of 20 samples, it covered the true score 95 to 96 times in 100 for scores of
    0.1 to 0.95, and 98 times for a score of 0.02. The BCa bootstrap is as wide for middling scores and
    misses weak models: at 0.02 with 20 samples it covers the true score 93 times, with 50 tasks 86 times.

    Where all values are equal (one task, all passed, none passed) they show no spread, which is
    ignorance and not certainty: there it is the Wilson interval of as many trials as there are tasks.
    That is conservative, for among values in [0, 1] with a given mean those of a coin vary most.

    Args:
        values: one a task, at least one.
        level: of the interval.

    Raises:
        ValueError: there is no value.

    Source: see ``tilted_ends``.
    """
    if not values:
        raise ValueError("no interval without a value")
    if min(values) == max(values):
        return wilson_interval(values[0] * len(values), len(values), level=level)
    return Interval(*tilted_ends(values, (0.0, 1.0), level), "tilted")


def wilson_interval(successes: float, trials: float, *, level: float = LEVEL) -> Interval:
    """Return the Wilson score interval of a proportion: the closed form for one sample a task.

    Raises:
        ValueError: not 0 <= successes <= trials, or no trials.

    Source: Wilson 1927; Brown, Cai and DasGupta 2001, equation 4.
    """
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"no proportion: {successes} of {trials}")
    z = normal_quantile((1 + level) / 2)
    share = successes / trials
    spread = z * math.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    centre = share + z**2 / (2 * trials)
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return Interval(max(0.0, low), min(1.0, high), "wilson")


def normal_quantile(share: float) -> float:
    """Return the value that a standard normal variable falls below with probability ``share``."""
    if share == (1 + LEVEL) / 2:
        return _Z
    from statistics import NormalDist  # noqa: PLC0415 -- costs 15 ms that most commands need not pay

    return NormalDist().inv_cdf(share)

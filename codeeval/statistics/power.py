"""How small a difference between two runs can be seen, and how many samples or tasks it would take.

Two runs on the same tasks differ by ``d``, the mean over tasks of the differences. Its variance has a
part that more samples shrink and a part that only more tasks do:

    Var d = (drift + within / samples_a + within / samples_b) / tasks

``within`` is the variance of one sample given its task, E[p (1 - p)]; ``drift`` is the variance over
tasks of the true differences, 0 where a change moves all tasks alike.
Source: Miller 2024, "Adding Error Bars to Evals" (arXiv 2411.00640), sections 3.1 and 5, equation 9.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from codeeval.statistics.intervals import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.statistics.counts import Count


class Spread(NamedTuple):
    """Where the variance of single samples comes from."""

    rate: float
    """Mean pass rate."""
    between: float
    """Variance of the true pass rates between tasks."""
    within: float
    """Mean variance of one sample given its task: rate (1 - rate) - between."""


class PairedSpread(NamedTuple):
    """Where the variance of the differences between two runs comes from."""

    within: float
    """Variance of one sample given its task, averaged over both runs."""
    drift: float
    """Variance over tasks of the true differences."""


def minimum_detectable_effect(
    tasks: int,
    samples: int,
    *,
    rate: float = 0.5,
    between: float | None = None,
    drift: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 2,
) -> float:
    """Return the smallest true difference in pass@1 that a paired comparison of two runs will show.

    (z_(1 - alpha / sides) + z_power) sqrt((drift + 2 within / samples) / tasks), with within =
    rate (1 - rate) - between. For example 0.028 for 164 tasks of 20 samples at a rate of one half.

    Args:
        tasks: in both runs.
        samples: a task, in each run.
        rate: mean pass rate.
        between: variance of the true pass rates between tasks, at most rate (1 - rate). Without it a
            third of that: all rates equally frequent, where the mean is one half.
        drift: variance over tasks of the true differences: 0 sees a change that moves all tasks alike.
        alpha: chance of seeing a difference where there is none.
        power: chance of seeing a difference of the returned size.
        sides: 2 for "they differ", 1 for "the candidate is worse" or "is not worse".

    Raises:
        ValueError: an argument is out of its range.

    Source: Miller 2024 (arXiv 2411.00640), equation 9.
    """
    if tasks < 1 or samples < 1:
        raise ValueError(f"no comparison of {tasks} tasks with {samples} samples")
    variance = (drift + 2 * _within(rate, between) / samples) / tasks
    return _reach(alpha, power, sides) * math.sqrt(variance)


def samples_needed(
    tasks: int,
    effect: float,
    *,
    rate: float = 0.5,
    between: float | None = None,
    drift: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 2,
) -> int | None:
    """Return how many samples a task, in each run, show a true difference of ``effect``.

    Args:
        tasks: in both runs.
        effect: the difference, over 0; for a gate the margin, or what it leaves to the difference seen.
        rate: as ``minimum_detectable_effect``, like all further arguments.
        between: as there.
        drift: as there.
        alpha: as there.
        power: as there.
        sides: as there.

    Returns:
        The number, or None where no number is enough because the tasks are too few.

    Raises:
        ValueError: an argument is out of its range.

    Source: Miller 2024 (arXiv 2411.00640), equation 9, solved for the samples.
    """
    if tasks < 1 or effect <= 0:
        raise ValueError(f"no comparison of {tasks} tasks with a difference of {effect}")
    left = tasks * (effect / _reach(alpha, power, sides)) ** 2 - drift
    if left <= 0:
        return None
    return max(1, math.ceil(2 * _within(rate, between) / left))


def tasks_needed(
    samples: int,
    effect: float,
    *,
    rate: float = 0.5,
    between: float | None = None,
    drift: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 2,
) -> int:
    """Return how many tasks show a true difference of ``effect``; arguments as ``samples_needed``.

    Raises:
        ValueError: an argument is out of its range.

    Source: Miller 2024 (arXiv 2411.00640), equation 9.
    """
    if samples < 1 or effect <= 0:
        raise ValueError(f"no comparison of {samples} samples with a difference of {effect}")
    variance = drift + 2 * _within(rate, between) / samples
    return max(1, math.ceil(variance * (_reach(alpha, power, sides) / effect) ** 2))


def spread_of(counts: Sequence[Count]) -> Spread:
    """Estimate from a run where its variance comes from.

    Within a task c (n - c) / (n (n - 1)), averaged; between tasks what the variance of the pass rates
    has beyond that. Tasks of one sample do not separate the two: if there are no others, the
    split is the one that ``minimum_detectable_effect`` assumes.

    Raises:
        ValueError: there is no task with a sample.

    Source: Miller 2024 (arXiv 2411.00640), section 3.1; the unbiased estimates of a one-way layout
    (Searle, Casella and McCulloch 1992, section 3.6).
    """
    judged = [count for count in counts if count.samples]
    if not judged:
        raise ValueError("no task with a sample")
    rates = [count.passed / count.samples for count in judged]
    rate = math.fsum(rates) / len(rates)
    repeated = [count for count in judged if count.samples > 1]
    if not repeated:
        return Spread(rate, rate * (1 - rate) / 3, rate * (1 - rate) * 2 / 3)
    within = math.fsum(map(_variance_within, repeated)) / len(repeated)
    noise = math.fsum(within / count.samples for count in judged) / len(judged)
    # of a few tasks the unbiased estimate may be more than any rates of this mean have
    between = min(max(0.0, _variance(rates) - noise), rate * (1 - rate))
    return Spread(rate, between, within)


def paired_spread_of(a: Sequence[Count], b: Sequence[Count]) -> PairedSpread:
    """Estimate from two runs on the same tasks where the variance of their differences comes from.

    With one sample a task the parts cannot be separated: all of it is taken for ``within``, so that
    a number of samples needed is a lower bound.

    Raises:
        ValueError: no task, not equally many, or a task without a sample.

    Source: as ``spread_of``, applied to the differences.
    """
    if not a or len(a) != len(b) or not all(count.samples for count in (*a, *b)):
        raise ValueError(f"no pairs: {len(a)} and {len(b)} tasks, each with samples")
    apart = [y.passed / y.samples - x.passed / x.samples for x, y in zip(a, b, strict=True)]
    repeated = [count for count in (*a, *b) if count.samples > 1]
    shares = math.fsum(1 / x.samples + 1 / y.samples for x, y in zip(a, b, strict=True)) / len(a)
    if not repeated:
        return PairedSpread(within=math.fsum(each**2 for each in apart) / len(apart) / shares, drift=0.0)
    within = math.fsum(map(_variance_within, repeated)) / len(repeated)
    return PairedSpread(within=within, drift=max(0.0, _variance(apart) - within * shares))


def _within(rate: float, between: float | None) -> float:
    whole = rate * (1 - rate)
    if not 0 <= rate <= 1 or not 0 <= (between or 0.0) <= whole + 1e-9:
        raise ValueError(f"no pass rates of mean {rate} and variance {between}")
    return whole * 2 / 3 if between is None else max(0.0, whole - between)


def _reach(alpha: float, power: float, sides: int) -> float:
    """Return how many standard errors a difference must be to be seen."""
    if not 0 < alpha < 1 or not 0 < power < 1 or sides not in (1, 2):
        raise ValueError(f"no test: alpha {alpha}, power {power}, {sides} sides")
    return max(0.0, normal_quantile(1 - alpha / sides) + normal_quantile(power))


def _variance_within(count: Count) -> float:
    return count.passed * (count.samples - count.passed) / (count.samples * (count.samples - 1))


def _variance(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)

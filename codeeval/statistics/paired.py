"""Two runs on the same tasks: how far apart they are, and whether that can be chance.

Everything works on the differences task by task (candidate minus baseline), because the difficulty of
a task, which is most of the spread between tasks, cancels there.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.statistics.bounded import p_of_mean_at_most, tilted_ends
from codeeval.statistics.intervals import (
    LEVEL,
    SEED,
    Interval,
    normal_quantile,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


RESAMPLES: Final = 10_000
"""Random flips of the sampled test."""
_FINEST: Final = 1_000
"""Largest denominator at which values count as fractions of whole samples."""
_MOST_ADDITIONS: Final = 50_000_000
"""Work up to which the permutation test is exact: tasks times possible sums, some 0.1 s."""
_SLACK: Final = 1e-9
"""Sums this close count as equal: they differ in the order of addition."""
_ROUNDING: Final = 1e-12
"""Error of a difference of two fractions."""
_DRAWS_AT_ONCE: Final = 1 << 20
"""Signs drawn in one step: bounds memory."""


class Difference(NamedTuple):
    """The mean over tasks of candidate minus baseline, with what is known of it."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided: how often chance alone gives a difference at least this large."""
    method: str
    """How the interval was made: ``tilted``, or ``tango`` where every value is 0 or 1 or no task differs."""
    test: str
    """How ``p`` was made: ``mcnemar``, ``permutation``, or ``permutation, sampled``."""


def mcnemar_exact(gained: int, lost: int) -> float:
    """Return the two-sided exact p-value of a paired comparison of one sample a task.

    Of the tasks on which two runs differ, each is equally likely gained or lost if the runs are
    equally good: p = min(1, 2 P(X <= min(gained, lost))), X binomial of gained + lost and 1/2.

    Args:
        gained: tasks that only the candidate passed.
        lost: tasks that only the baseline passed.

    Raises:
        ValueError: a count is negative.

    Source: McNemar 1947 in its exact form; Miller 2024 (arXiv 2411.00640), section 4.2, on pairing.
    """
    if gained < 0 or lost < 0:
        raise ValueError(f"no counts of tasks: {gained} gained, {lost} lost")
    ways = term = 1
    for i in range(min(gained, lost)):
        term = term * (gained + lost - i) // (i + 1)
        ways += term
    return min(1.0, 2 * ways / (1 << (gained + lost)))


def paired_difference(
    a: Sequence[float],
    b: Sequence[float],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Difference:
    """Compare two runs by their values on the same tasks, in the same order, each in [0, 1].

    Where every value is 0 or 1 (one sample a task) the interval is Tango's and the test McNemar's.
    Otherwise the interval holds all true differences that the tasks do not contradict
    (``tilted_ends``), and the test flips the signs of the differences: were the runs equally good,
    each task's difference could as well be the other way round. The test goes through all flips where
    the values are fractions of up to 1,000 samples (by adding up the distribution of their sum), and
    through ``resamples`` random ones elsewhere. For values of 0 and 1 it is McNemar's exactly.

    Args:
        a: the baseline, one value a task.
        b: the candidate.
        level: of the interval.
        resamples: of the sampled test.
        seed: the same arguments give the same result.

    Raises:
        ValueError: no task, or not equally many.

    Source: Miller 2024 (arXiv 2411.00640), section 4.2; Fisher 1935 for the permutation test; Phipson
    and Smyth 2010 for the p-value of a sampled one, (1 + hits) / (1 + flips).
    """
    apart = differences(a, b)
    value = math.fsum(apart) / len(apart)
    gained, lost = math.fsum(d for d in apart if d > 0), -math.fsum(d for d in apart if d < 0)
    if all(each in (0, 1) for each in (*a, *b)):
        interval = tango_interval(gained, lost, len(apart), level=level)
        p, test = mcnemar_exact(round(gained), round(lost)), "mcnemar"
    else:
        if max(apart) - min(apart) <= _ROUNDING:
            # no spread to go by; of differences with these sums those of one sample vary most
            interval = tango_interval(gained, lost, len(apart), level=level)
        else:
            interval = Interval(*tilted_ends(apart, _reach(apart, value), level), "tilted")
        p, test = sign_flips(apart, resamples, seed)
    return Difference(value, interval.low, interval.high, p, interval.method, test)


def _reach(apart: Sequence[float], mean: float) -> tuple[float, float]:
    """Return how far a task that was not seen may differ: half as far again as the furthest that was.

    With hundreds of samples a task, differences are small; that an unseen task may differ by 1 would
    make the interval twice too wide (it always covered the true difference in 400 runs of 164 tasks of 200
    samples, this one 96 times in 100).
    """
    furthest = 1.5 * max(abs(each - mean) for each in apart)
    return max(-1.0, mean - furthest), min(1.0, mean + furthest)


def tango_interval(gained: float, lost: float, tasks: int, *, level: float = LEVEL) -> Interval:
    """Return Tango's score interval of (gained - lost) / tasks: all differences that a test would keep.

    Unlike the interval from the standard error it has a width where nothing was gained or lost, and
    holds its level for few tasks and rates near 0 or 1.

    Raises:
        ValueError: there is no task, or more were gained and lost than there are.

    Source: Tango 1998, "Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design", equations 6 to 9.
    """
    if tasks < 1 or gained < 0 or lost < 0 or gained + lost > tasks + _SLACK:
        raise ValueError(f"no comparison: {gained} gained and {lost} lost of {tasks}")
    z = normal_quantile((1 + level) / 2)
    value = (gained - lost) / tasks

    def edge(sign: int) -> float:
        inside, outside = value, float(sign)
        for _ in range(60):
            middle = (inside + outside) / 2
            if abs(_score(gained, lost, tasks, middle)) <= z:
                inside = middle
            else:
                outside = middle
        return inside

    return Interval(edge(-1), edge(1), "tango")


def _score(gained: float, lost: float, tasks: int, delta: float) -> float:
    """Return the score statistic of the hypothesis that the true difference is ``delta``."""
    linear = -gained - lost + (2 * tasks - gained + lost) * delta
    constant = -lost * delta * (1 - delta)
    root = math.sqrt(max(0.0, linear**2 - 8 * tasks * constant))
    rate_lost = (root - linear) / (4 * tasks)
    variance = tasks * (2 * rate_lost + delta * (1 - delta))
    gap = gained - lost - tasks * delta
    if variance <= 0:
        return 0.0 if abs(gap) < _SLACK else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def holm(ps: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in the order given.

    Rejecting what is at most alpha after adjustment makes a false claim anywhere among them with
    probability at most alpha, however they depend on each other.

    Raises:
        ValueError: a p-value is not in [0, 1].

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    if not all(0 <= p <= 1 for p in ps):
        raise ValueError(f"not p-values: {list(ps)}")
    adjusted = [0.0] * len(ps)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = largest
    return adjusted


def non_inferiority(
    a: Sequence[float], b: Sequence[float], margin: float, *, resamples: int = RESAMPLES, seed: int = SEED
) -> float:
    """Return p of the hypothesis that the candidate is worse than the baseline by ``margin`` or more.

    One-sided: p at most alpha shows, at that risk, that the drop is smaller than the margin. With
    margin 0 it shows that the candidate is better; with a and b exchanged and the margin negated, that
    the drop is larger than the margin. A true drop of just the margin is called smaller at most alpha
    of the time; see ``p_of_mean_at_most`` for how this holds with few tasks and extreme rates too.

    Args:
        a: the baseline, one value a task, each in [0, 1].
        b: the candidate, the same tasks in the same order.
        margin: in the unit of the values: 0.02 is two percentage points. In (-1, 1).
        resamples: of the bootstrap that p comes from.
        seed: the same arguments give the same p.

    Raises:
        ValueError: no task, not equally many, or no such margin.

    Source: Tango 1998, section 2, for the hypotheses; see ``p_of_mean_at_most``.
    """
    if not -1 < margin < 1:
        raise ValueError(f"no margin: {margin}")
    return p_of_mean_at_most(differences(a, b), -margin, resamples=resamples, seed=seed)


def differences(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Return candidate minus baseline, task by task.

    Raises:
        ValueError: no task, or not equally many.
    """
    if not a or len(a) != len(b):
        raise ValueError(f"no pairs: {len(a)} and {len(b)} tasks")
    return [after - before for before, after in zip(a, b, strict=True)]


def sign_flips(apart: Sequence[float], resamples: int, seed: int) -> tuple[float, str]:
    """Return p of the permutation test, and its name."""
    steps = _whole_steps(apart)
    if steps is not None:
        return _all_flips(steps), "permutation"
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    sizes = np.asarray([each for each in apart if each])
    observed = abs(math.fsum(apart)) - _SLACK
    generator = np.random.default_rng(seed)
    hits = 0
    rows = max(1, _DRAWS_AT_ONCE // len(sizes))
    for start in range(0, resamples, rows):
        signs = generator.integers(2, size=(min(rows, resamples - start), len(sizes))) * 2.0 - 1
        hits += int(np.count_nonzero(np.abs(signs @ sizes) >= observed))
    return (1 + hits) / (1 + resamples), "permutation, sampled"


def _whole_steps(apart: Sequence[float]) -> list[int] | None:
    """Return the differences in their smallest common unit, or None where that is too fine."""
    changed = [each for each in apart if abs(each) > _SLACK]
    parts = [Fraction(each).limit_denominator(_FINEST) for each in changed]
    if any(abs(float(part) - each) > _ROUNDING for part, each in zip(parts, changed, strict=True)):
        return None
    unit = math.lcm(*(part.denominator for part in parts))
    steps = [part.numerator * (unit // part.denominator) for part in parts]
    return steps if len(steps) * sum(map(abs, steps)) <= _MOST_ADDITIONS else None


def _all_flips(steps: Sequence[int]) -> float:
    """Return the share of all choices of signs whose sum is at least as far from 0 as the one given."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    total = sum(map(abs, steps))
    chances = np.zeros(total + 1)
    """By the sum of the steps whose sign is positive."""
    chances[0] = 1.0
    for size in map(abs, steps):
        chances[size:] = chances[size:] + chances[: total + 1 - size]
        chances /= 2
    sums = 2 * np.arange(total + 1) - total
    return min(1.0, float(chances[np.abs(sums) >= abs(sum(steps))].sum()))

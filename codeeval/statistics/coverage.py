"""How coverage (the share of tasks that at least one of k samples solves) grows with k, extrapolated.

Measured up to the number of samples (unbiased pass@k); beyond that two models continue, each with the
error that the choice of tasks leaves:

- an exponentiated power law, coverage(k) = exp(a k^b) with a, b < 0;
- pass rates that are Beta distributed over tasks, coverage(k) = 1 - B(alpha, beta + k) / B(alpha, beta).

Both end at 1, which tasks that no number of samples solves contradict: an extrapolation by more than
a factor of ten or so is a guess by either. Where the two disagree, believe neither.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.statistics.fits import fit_beta_binomial, fit_power_law
from codeeval.statistics.intervals import LEVEL, SEED, mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from codeeval.statistics.counts import Count

FURTHEST: Final = 10_000
RESAMPLES: Final = 500
"""Of the tasks; each is fitted anew. The ends of an interval move by some 2% of its width."""

_A_DECADE: Final = 10
"""Points a decade of k, where there are as many whole numbers."""
_FEWEST_POINTS: Final = 3
"""Points that a fit of two parameters needs."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter and its 95% interval."""

    value: float
    low: float
    high: float


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Coverage by k samples a task and its 95% interval, all in [0, 1]."""

    k: int
    value: float
    low: float
    high: float


class PowerLaw(msgspec.Struct, frozen=True, kw_only=True):
    """log coverage(k) = a k^b."""

    a: Estimate
    b: Estimate
    error: float
    """Root mean square of the fitted minus the measured points."""
    curve: tuple[Point, ...]


class BetaBinomial(msgspec.Struct, frozen=True, kw_only=True):
    """Pass rates drawn from Beta(alpha, beta)."""

    alpha: Estimate
    """Below 1, how slowly the hard tail gives in: 1 - coverage falls as k^-alpha."""
    beta: Estimate
    error: float
    """Root mean square of the fitted minus the measured points."""
    curve: tuple[Point, ...]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The measured curve and the fits of two models."""

    measured: tuple[Point, ...]
    """k from 1 to the smallest number of samples that a task has."""
    power_law: PowerLaw | None
    """None where a fit is undetermined: fewer than three points, or all or none passed."""
    beta_binomial: BetaBinomial | None
    """None where no task has two samples, or all or none passed."""


def coverage(
    counts: Sequence[Count], *, furthest: int = FURTHEST, resamples: int = RESAMPLES, seed: int = SEED
) -> Coverage:
    """Return the coverage curve of a run, its fits, and their course up to ``furthest`` samples.

    Intervals hold 95%: of measured points as ``mean_interval`` makes them, of parameters and fitted
    curves as percentiles over tasks drawn anew, each draw fitted anew.

    Args:
        counts: one a task; tasks without a sample are excluded.
        furthest: largest k of the fitted curves.
        resamples: of the tasks.
        seed: the same arguments give the same result.

    Raises:
        ValueError: no task has a sample.

    Source: Brown et al. 2024, "Large Language Monkeys" (arXiv 2407.21787), section 3.1, for coverage
    and the power law; Schaeffer et al. 2025, "How Do Large Language Monkeys Get Their Power (Laws)?"
    (arXiv 2502.17578), section 5, for the distributional fit.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    judged = [count for count in counts if count.samples]
    if not judged:
        raise ValueError("no task with a sample")
    unique = sorted(set(judged))
    groups = np.asarray([unique.index(count) for count in judged])
    ks = grid(min(count.samples for count in judged))
    table = pass_table(unique, ks)
    measured = []
    for k, column in zip(ks, table.T, strict=True):
        values = [float(value) for value in column[groups]]
        interval = mean_interval(values)
        value = math.fsum(values) / len(values)
        measured.append(Point(k=k, value=value, low=interval.low, high=interval.high))
    passed = sum(count.passed for count in judged)
    if passed in (0, sum(count.samples for count in judged)):
        return Coverage(measured=tuple(measured), power_law=None, beta_binomial=None)
    shares = _shares(groups, len(unique), resamples, seed)
    far = sorted({*ks, *grid(furthest)})
    return Coverage(
        measured=tuple(measured),
        power_law=_power_law(shares @ table, ks, far) if len(ks) >= _FEWEST_POINTS else None,
        beta_binomial=_beta_binomial(shares, unique, table, ks, far) if judged_twice(unique) else None,
    )


def judged_twice(counts: Sequence[Count]) -> bool:
    """Whether some task has two samples: without, its pass rate cannot be distinguished from chance."""
    return any(count.samples > 1 for count in counts)


def grid(last: int) -> list[int]:
    """Return whole numbers from 1 to ``last``, evenly spaced by ratio once there are enough."""
    found, k = {1, last}, 1.0
    while k < last:
        found.add(round(k))
        k *= 10 ** (1 / _A_DECADE)
    return sorted(found)


def pass_table(counts: Sequence[Count], ks: Sequence[int]) -> NDArray[np.float64]:
    """Return unbiased pass@k, a row a task and a column a k; k is at most the task's samples.

    Source: Chen et al. 2021 (arXiv 2107.03374), equation 1: 1 - prod_(j < k) (n - c - j) / (n - j), the
    product as a running sum of logarithms, so that all k cost what the largest does.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    table = np.ones((len(counts), len(ks)))
    columns = np.asarray(ks) - 1
    for row, (samples, passed) in zip(table, counts, strict=True):
        steps = np.arange(min(ks[-1], samples - passed), dtype=np.float64)
        sums = np.cumsum(np.log1p(-passed / (samples - steps)))
        inside = columns < len(sums)
        row[inside] = -np.expm1(sums[columns[inside]])
    return table


def _shares(groups: NDArray[np.int64], kinds: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """Return the share of each kind of task: the first row as observed, then tasks drawn anew."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    observed = np.bincount(groups, minlength=kinds) / len(groups)
    drawn = np.random.default_rng(seed).multinomial(len(groups), observed, size=resamples) / len(groups)
    return np.vstack((observed, drawn))


def _power_law(curves: NDArray[np.float64], ks: Sequence[int], far: Sequence[int]) -> PowerLaw:
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    # a draw in which all or none passed has no slope: its curve is what it is
    flat = (curves[:, 0] >= 1) | (curves[:, -1] <= 0)
    fits = fit_power_law(curves[~flat], np.asarray(ks, dtype=np.float64))

    def at(points: Sequence[int]) -> NDArray[np.float64]:
        values = np.repeat(curves[:, :1], len(points), axis=1)
        k = np.asarray(points, dtype=np.float64)
        values[~flat] = np.exp(-np.exp(fits[:, :1] + fits[:, 1:] * np.log(k)))
        return values

    return PowerLaw(
        a=_estimate(-np.exp(fits[:, 0])),
        b=_estimate(fits[:, 1]),
        error=_error(at(ks)[0], curves[0]),
        curve=_curve(at, far),
    )


def _beta_binomial(
    shares: NDArray[np.float64],
    unique: Sequence[Count],
    table: NDArray[np.float64],
    ks: Sequence[int],
    far: Sequence[int],
) -> BetaBinomial:
    import numpy as np  # noqa: PLC0415 -- costs 500 ms with scipy that most commands need not pay
    from scipy.special import betaln  # noqa: PLC0415 -- as above

    fits = fit_beta_binomial(shares, np.asarray(unique, dtype=np.float64))
    alpha, beta = fits[:, :1], fits[:, 1:]

    def at(points: Sequence[int]) -> NDArray[np.float64]:
        k = np.asarray(points, dtype=np.float64)
        # of many equal tasks alpha and beta are large and the difference rounds to either side of 0
        values: NDArray[np.float64] = -np.expm1(betaln(alpha, beta + k) - betaln(alpha, beta))
        return np.clip(values, 0.0, 1.0)

    return BetaBinomial(
        alpha=_estimate(alpha[:, 0]),
        beta=_estimate(beta[:, 0]),
        error=_error(at(ks)[0], shares[0] @ table),
        curve=_curve(at, far),
    )


def _estimate(values: NDArray[np.float64]) -> Estimate:
    """Sum up a parameter: the first value is of the tasks as observed, the others of tasks drawn anew."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    low, high = (
        np.quantile(values[1:], ((1 - LEVEL) / 2, (1 + LEVEL) / 2)) if len(values) > 1 else values[[0, 0]]
    )
    return Estimate(value=float(values[0]), low=float(low), high=float(high))


def _curve(at: Callable[[Sequence[int]], NDArray[np.float64]], ks: Sequence[int]) -> tuple[Point, ...]:
    points = []
    for k, column in zip(ks, at(ks).T, strict=True):
        found = _estimate(column)
        points.append(Point(k=k, value=found.value, low=found.low, high=found.high))
    return tuple(points)


def _error(fitted: NDArray[np.float64], measured: NDArray[np.float64]) -> float:
    return float(((fitted - measured) ** 2).mean() ** 0.5)

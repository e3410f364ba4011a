"""Intervals for the mean of few and skewed values, bounded on both sides.

A t test and the bootstrap fail where a score rests on few tasks: 163 tasks without a change and one
lost look certain, although it may be that one task in fifty is lost. Here a mean is held against
the data in the likeliest distribution that has it: sought among all on the observed values and, as
its unseen part, the furthest value there can be.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_SLACK: Final = 1e-9
"""Means this close count as equal: they differ in the order of addition."""
_HALVINGS: Final = 60
_STEPS: Final = 60
_CLOSE: Final = 1e-9
_TINY: Final = 1e-300
"""In place of a variance or a share of zero."""
_EPSILON: Final = 2.0**-53
_NEAR: Final = 1e-3
"""Distance from the mean, in standard errors, at which the chance is one half and its formula 0 / 0."""
_AT_ONCE: Final = 31
"""Means tried at once between two that enclose the end of an interval."""
_ROUNDS: Final = 4
"""Times that the gap is cut to a 32nd: to a millionth of what it was."""


class Sample(NamedTuple):
    """Values, each distinct one once."""

    values: NDArray[np.float64]
    shares: NDArray[np.float64]
    """How large a part of the values each is."""
    size: int
    mean: float


def sample_of(values: Sequence[float]) -> Sample:
    """Return a sample of values, at least one, so that those which repeat cost nothing."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    seen = sorted(Counter(values).items())
    return Sample(
        np.asarray([value for value, _ in seen]),
        np.asarray([times for _, times in seen]) / len(values),
        len(values),
        math.fsum(values) / len(values),
    )


def p_of_mean_at_most(values: Sequence[float], bound: float, *, resamples: int, seed: int) -> float:
    """Return the one-sided p of the hypothesis that values in [-1, 1] have a true mean of at most ``bound``.

    How often samples from the likeliest distribution of mean ``bound`` have a mean as high as the one
    seen. Called smaller than 0.05 at most one time in 20 in simulations of 10 to 500 tasks, of one and
    of several samples, with losses rare and common, where a t test errs up to four times as often at
    164 tasks and nearly always at 10.

    Args:
        values: differences task by task, at least one.
        bound: in (-1, 1).
        resamples: from the likeliest distribution; p is at least 1 / (1 + resamples).
        seed: the same arguments give the same p.

    Source: Owen 2001, "Empirical Likelihood", sections 2.4 and 2.9 (likelihood on the sample, the mean
    held); Lloyd 2008, "Exact p-values for discrete models obtained by estimation and maximization", for
    p-values under the estimated null distribution; DiCiccio and Romano 1990 for resampling from it.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    sample = sample_of(values)
    # the unseen value that makes the bound likelier: the worst where the mean is above it
    extreme = -1.0 if sample.mean > bound else 1.0
    weights = likeliest(sample, np.asarray([bound]), extreme)[0]
    generator = np.random.default_rng(seed)
    draws = generator.multinomial(sample.size, weights, size=resamples)
    sums = draws @ np.append(sample.values, extreme)
    hits = int(np.count_nonzero(sums >= (sample.mean - _SLACK) * sample.size))
    return (1 + hits) / (1 + resamples)


def likeliest(sample: Sample, means: NDArray[np.float64], extreme: float) -> NDArray[np.float64]:
    """Return the likeliest weights of the observed values and, last, of ``extreme``; a row for each mean.

    The weight of a value v seen in a share s is s / (1 + t (v - mean)); what is left belongs to the
    extreme, once t has gone as far as 1 / (mean - extreme).

    Args:
        sample: the observed values.
        means: that the distributions shall have, between the observed one and the extreme.
        extreme: the furthest value there can be.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    apart = sample.values - means[:, None]
    furthest = 1 / (means - extreme)
    inside, outside = np.zeros_like(means), furthest
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        pull = (sample.shares * apart / (1 + middle[:, None] * apart)).sum(axis=1)
        # the pull falls in t: towards the root from either side
        before = (pull > 0) == (furthest > 0)
        inside, outside = np.where(before, middle, inside), np.where(before, outside, middle)
    weights = sample.shares / (1 + inside[:, None] * apart)
    left = np.maximum(0.0, 1 - weights.sum(axis=1))
    whole = np.column_stack((weights, left))
    normalised: NDArray[np.float64] = whole / whole.sum(axis=1, keepdims=True)
    return normalised


class Ends(NamedTuple):
    """Lower and upper end of an interval."""

    low: float
    high: float


def tilted_ends(values: Sequence[float], bounds: tuple[float, float], level: float) -> Ends:
    """Return all true means, within ``bounds``, that the values do not contradict.

    A mean is contradicted if a sample from the likeliest distribution that has it is as far off as the
    one seen with a chance of less than (1 - level) / 2. The chance comes from the saddlepoint
    approximation, so there is no randomness and no resampling; where the values hardly vary, from the
    binomial distribution of the furthest value.

    Args:
        values: not all equal.
        bounds: smallest and largest possible value.
        level: of the interval.

    Source: DiCiccio and Romano 1990, "Nonparametric confidence limits by resampling methods and least
    favorable families"; Lugannani and Rice 1980 for the chance; see also the module.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    sample = sample_of(values)
    ends = []
    for extreme in bounds:
        outside, inside = extreme, sample.mean
        for _ in range(_ROUNDS):
            if abs(outside - inside) < _CLOSE:
                break  # means of closer floats cannot be told apart
            tried = np.linspace(outside, inside, _AT_ONCE + 2)[1:-1]
            kept = chances(sample, tried, extreme) > (1 - level) / 2
            first = int(np.argmax(kept)) if kept.any() else _AT_ONCE
            outside = float(tried[first - 1]) if first else outside
            inside = float(tried[first]) if first < _AT_ONCE else inside
        ends.append((outside + inside) / 2)
    return Ends(*ends)


def chances(sample: Sample, means: NDArray[np.float64], extreme: float) -> NDArray[np.float64]:
    """Return, for each true mean, the chance of a sample's mean as far from it as the one seen, or further.

    Args:
        sample: what was seen; values not all equal.
        means: true means, between the one seen and the extreme.
        extreme: the smallest or the largest possible value.

    Source: Lugannani and Rice 1980, "Saddle point approximation for the distribution of the sum of
    independent random variables", for the tail of a mean.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    weights = likeliest(sample, means, extreme)
    with np.errstate(divide="ignore"):
        logs = np.log(weights)
    apart = np.append(sample.values, extreme) - sample.mean
    tilt = np.zeros_like(means)
    for _ in range(_STEPS):
        tilted, _ = _tilted(logs, tilt, apart)
        slope = (tilted * apart).sum(axis=1)
        bend = (tilted * apart**2).sum(axis=1) - slope**2
        # steps at most double the tilt, which may have far to go
        reach = 1 + np.abs(tilt)
        step = np.clip(-slope / np.maximum(bend, _TINY), -reach, reach)
        tilt += step
        if (np.abs(step) < _CLOSE * reach).all():
            break
    tilted, logs_of_sum = _tilted(logs, tilt, apart)
    root = np.sqrt(np.maximum(0.0, -2 * sample.size * logs_of_sum))
    width = np.abs(tilt) * np.sqrt(sample.size * (tilted * apart**2).sum(axis=1))
    near = root < _NEAR
    root, width = np.where(near, 1.0, root), np.where(near, 1.0, np.maximum(width, _TINY))
    beyond = np.asarray([math.erfc(each / math.sqrt(2)) / 2 for each in root])
    tail = beyond + np.exp(-(root**2) / 2) / math.sqrt(2 * math.pi) * (1 / width - 1 / root)
    found: NDArray[np.float64] = np.where(
        near, 0.5, np.minimum(tail, _few_extremes(sample, weights, extreme))
    )
    return found


def _few_extremes(sample: Sample, weights: NDArray[np.float64], extreme: float) -> NDArray[np.float64]:
    """Return how likely no more values are ``extreme`` than a mean as far from it as the one seen allows.

    It bounds the chance of such a mean, and is the better of the two where the values hardly vary.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    opposite = sample.values.max() if extreme < sample.mean else sample.values.min()
    most = int(sample.size * (opposite - sample.mean) / (opposite - extreme) + _SLACK)
    share = weights[:, -1] + weights[:, :-1][:, sample.values == extreme].sum(axis=1)
    share = np.clip(share, _TINY, 1 - _EPSILON)[:, None]
    counts = np.arange(most + 1)
    ways = [
        math.lgamma(sample.size + 1) - math.lgamma(n + 1) - math.lgamma(sample.size - n + 1) for n in counts
    ]
    logs = np.asarray(ways) + counts * np.log(share) + (sample.size - counts) * np.log1p(-share)
    found: NDArray[np.float64] = np.minimum(1.0, np.exp(logs).sum(axis=1))
    return found


def _tilted(
    logs: NDArray[np.float64], tilt: NDArray[np.float64], apart: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights times exp(tilt apart), normalised, and the logarithm of their sum."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    exponents = logs + tilt[:, None] * apart
    largest = exponents.max(axis=1, keepdims=True)
    raised = np.exp(exponents - largest)
    total = raised.sum(axis=1, keepdims=True)
    return raised / total, (np.log(total) + largest)[:, 0]

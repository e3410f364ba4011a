"""Two runs that share no task: whether their scores can differ by chance alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from codeeval.statistics.intervals import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES: Final = 10_000
_DRAWS_AT_ONCE: Final = 1 << 20
"""Values shuffled in one step: bounds memory."""
_SLACK: Final = 1e-9
"""Differences this close count as equal: they differ in the order of addition."""


def unpaired_p(
    a: Sequence[float], b: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> float:
    """Return the two-sided p-value of equal means of two runs on different tasks, one value a task.

    Were the runs equally good, each task's value could as well be in the other run: the test deals all values
    out anew at random, and counts how often the means are at least as far apart. Nothing of a task's
    difficulty cancels, so it finds far less than a paired test does.

    Args:
        a: values of one run's tasks.
        b: values of the other's.
        resamples: random deals.
        seed: the same arguments give the same result.

    Raises:
        ValueError: a run has no value.

    Source: Fisher 1935 for the permutation test; Phipson and Smyth 2010 for (1 + hits) / (1 + deals).
    """
    if not a or not b:
        raise ValueError("no test without a value")
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    pooled = np.asarray([*a, *b])
    observed = abs(math.fsum(a) / len(a) - math.fsum(b) / len(b)) - _SLACK
    generator = np.random.default_rng(seed)
    hits = 0
    rows = max(1, _DRAWS_AT_ONCE // len(pooled))
    for start in range(0, resamples, rows):
        dealt = generator.permuted(np.tile(pooled, (min(rows, resamples - start), 1)), axis=1)
        apart = dealt[:, : len(a)].mean(axis=1) - dealt[:, len(a) :].mean(axis=1)
        hits += int(np.count_nonzero(np.abs(apart) >= observed))
    return (1 + hits) / (1 + resamples)

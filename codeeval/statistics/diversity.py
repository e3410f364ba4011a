"""How different the samples of a task are: a model that repeats itself gains nothing from more of them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


class Diversity(msgspec.Struct, frozen=True, kw_only=True):
    """The different ones among a task's samples."""

    samples: int
    distinct: int
    """How many different keys there are."""
    effective: float
    """How many equally frequent keys would repeat as often: 1 / sum of squared shares, 1 to ``distinct``."""
    repeat: float
    """The chance that two samples, drawn without putting back, have the same key; 0 for one sample."""


def diversity(keys: Sequence[Hashable]) -> Diversity:
    """Count the different samples of one task.

    Args:
        keys: of each sample, what makes two the same: the program, or how it behaved. At least one.

    Raises:
        ValueError: there is no sample.

    Source: Simpson 1949, "Measurement of Diversity", for ``repeat`` (unbiased); Hill 1973, "Diversity
    and Evenness", for ``effective`` (the number of order 2).
    """
    if not keys:
        raise ValueError("no diversity without a sample")
    samples, sizes = len(keys), Counter(keys).values()
    return Diversity(
        samples=samples,
        distinct=len(sizes),
        effective=samples**2 / sum(size**2 for size in sizes),
        repeat=sum(size * (size - 1) for size in sizes) / max(1, samples * (samples - 1)),
    )


def expected_distinct(keys: Sequence[Hashable], k: int) -> float:
    """Return how many different ones k of the samples hold on average: sum of 1 - C(n - g, k) / C(n, k).

    Tasks and runs with unequal numbers of samples compare at the same k.

    Args:
        keys: as ``diversity``; g of the n samples have the same one.
        k: samples to draw, at most as many as there are.

    Raises:
        ValueError: no such k.

    Source: Hurlbert 1971, "The Nonconcept of Species Diversity", equation 5 (rarefaction).
    """
    n = len(keys)
    if not 1 <= k <= n:
        raise ValueError(f"{k} of {n} samples cannot be drawn")
    sizes = Counter(Counter(keys).values())
    return math.fsum(times * (1 - _all_missed(n, size, k)) for size, times in sizes.items())


def _all_missed(n: int, size: int, k: int) -> float:
    """Return C(n - size, k) / C(n, k): the chance that k of n miss all of some; symmetric in the two."""
    fewer, more = min(size, k), max(size, k)
    return math.prod((n - more - i) / (n - i) for i in range(min(fewer, n - more + 1)))

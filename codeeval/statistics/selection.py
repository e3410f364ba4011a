"""What choosing among several samples achieves: all right, the majority's, the best scored."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.statistics.intervals import SEED

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray

DRAWS: Final = 10_000
_MOST_WORK: Final = 4_000_000
"""k^2 times kinds of groups times the largest of them, up to which a majority is exact: some 0.3 s."""
_CELLS_AT_ONCE: Final = 1 << 20
"""Votes drawn in one step: bounds memory."""


class Majority(NamedTuple):
    """The chance that the most common answer among k samples is right."""

    value: float
    method: str
    """``exact``, or ``monte carlo`` with a standard error of at most 0.005."""


def pass_hat_k(n: int, c: int, k: int) -> float:
    """Return the unbiased estimate of pass^k from c passes in n samples: C(c, k) / C(n, k).

    The chance that all of k samples pass, which is what a user needs who draws once and relies on it.

    Raises:
        ValueError: not 0 <= c <= n or not 1 <= k <= n.

    Source: Yao et al. 2024, "tau-bench" (arXiv 2406.12045), section 4.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass^{k} is not defined for {c} of {n} samples")
    return math.prod((c - i) / (n - i) for i in range(k)) if c >= k else 0.0


def majority_at_k(
    keys: Sequence[Hashable | None],
    right: Sequence[bool],
    k: int,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Majority:
    """Return the chance that the most common answer among k of the samples, drawn at random, is right.

    Samples with the same key give the same answer; the first of them decides whether it is right. Those
    without a key have no vote, and where none of the k has one, nothing is right. Ties are broken at
    random. Exact where the work is small, from ``draws`` draws with a fixed seed
    elsewhere.

    Args:
        keys: of each sample, what makes two answers the same; None where it has no answer.
        right: whether the sample is right.
        k: samples that vote, at most as many as there are.
        draws: of the Monte Carlo.
        seed: of the Monte Carlo.

    Raises:
        ValueError: not equally many keys and verdicts, or no such k.

    Source: Wang et al. 2023, "Self-Consistency" (arXiv 2203.11171); maj@k of Lewkowycz et al. 2022
    (arXiv 2206.14858), averaged over all choices of k samples.
    """
    if len(keys) != len(right) or not 1 <= k <= len(keys):
        raise ValueError(f"maj@{k} is not defined for {len(keys)} answers and {len(right)} verdicts")
    correct: dict[Hashable, bool] = {}
    for key, passed in zip(keys, right, strict=True):
        correct.setdefault(key, passed)
    voters = Counter(key for key in keys if key is not None)
    groups = [(size, correct[key]) for key, size in voters.items()]
    silent = len(keys) - voters.total()
    if not any(passed for _, passed in groups):
        return Majority(0.0, "exact")
    if silent < k and all(passed for _, passed in groups):
        return Majority(1.0, "exact")
    work = k * k * len(set(voters.values())) * min(k, max(size for size, _ in groups))
    if work <= _MOST_WORK:
        return Majority(_exact_majority(groups, k, silent), "exact")
    return Majority(_drawn_majority(groups, k, draws, seed, silent), "monte carlo")


def _exact_majority(groups: Sequence[tuple[int, bool]], k: int, silent: int) -> float:
    """Add up, over the winner's number of votes t, the chance that a right group is a winner.

    Each sample votes by itself with a chance of k in n, and k votes in all are then required: what is asked
    for, with numbers that no n makes too large or too small. A group is a polynomial in x whose coefficients
    are its chances to cast so many votes: up to t - 1, and t with a weight v. A winner among j others that
    tie wins with 1 / (j + 1), which is the integral of v^j over [0, 1]; Gauss-Legendre quadrature gives it
    exactly. Groups of one size are one polynomial to a power.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    n = silent + sum(size for size, _ in groups)
    alike = Counter(size for size, _ in groups)
    right = Counter(size for size, passed in groups if passed)
    abstaining = [_binomial(silent, votes, k, n) for votes in range(min(silent, k) + 1)]
    chance = 0.0
    for t in range(1, min(k, max(alike)) + 1):
        nodes, node_weights = np.polynomial.legendre.leggauss(k // t // 2 + 1)
        ways = np.zeros((len(nodes), k + 1))
        """Of all groups so far to cast so many votes, a row a node."""
        ways[:, : len(abstaining)] = abstaining
        wins = np.zeros_like(ways)
        """The same with one of the right groups as winner."""
        for size, members in alike.items():
            most = min(size, t)
            factor = np.zeros_like(ways)
            factor[:, : most + 1] = [_binomial(size, votes, k, n) for votes in range(most + 1)]
            winning = factor[:, t].copy() if most == t else np.zeros(len(nodes))
            if most == t:
                factor[:, t] *= (nodes + 1) / 2
            others = _power(factor, members - 1)
            rest = _multiplied(ways, others)
            wins = _multiplied(_multiplied(wins, others), factor)
            wins[:, t:] += right[size] * rest[:, : k + 1 - t] * winning[:, None]
            ways = _multiplied(rest, factor)
        chance += float(node_weights @ wins[:, k]) / 2
    return min(1.0, max(0.0, chance / _binomial(n, k, k, n)))


def _binomial(size: int, votes: int, k: int, n: int) -> float:
    """Return the chance that so many of a group vote, if each does with a chance of k in n + 1."""
    log = math.lgamma(size + 1) - math.lgamma(votes + 1) - math.lgamma(size - votes + 1)
    return math.exp(log + votes * math.log(k / (n + 1)) + (size - votes) * math.log1p(-k / (n + 1)))


def _power(rows: NDArray[np.float64], exponent: int) -> NDArray[np.float64]:
    """Raise polynomials to a power, row by row, without terms past the last column; no term is negative."""
    import numpy as np  # noqa: PLC0415 -- as above

    result = np.zeros_like(rows)
    result[:, 0] = 1.0
    while exponent:
        if exponent & 1:
            result = _multiplied(result, rows)
        exponent >>= 1
        if exponent:
            rows = _multiplied(rows, rows)
    return result


def _multiplied(rows: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply polynomials row by row, without terms past the last column of ``rows``."""
    import numpy as np  # noqa: PLC0415 -- as above

    result = rows * factor[:, :1]
    for power in np.flatnonzero(np.any(factor[:, 1:], axis=0)) + 1:
        result[:, power:] += rows[:, : rows.shape[1] - power] * factor[:, power : power + 1]
    return result


def _drawn_majority(
    groups: Sequence[tuple[int, bool]], k: int, draws: int, seed: int, silent: int = 0
) -> float:
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    sizes = [*(size for size, _ in groups), silent]
    right = np.asarray([passed for _, passed in groups], dtype=np.float64)
    generator = np.random.default_rng(seed)
    rows = max(1, _CELLS_AT_ONCE // len(groups))
    total = 0.0
    for start in range(0, draws, rows):
        votes = generator.multivariate_hypergeometric(sizes, k, size=min(rows, draws - start))
        votes = votes[:, :-1]
        winners = (votes == votes.max(axis=1, keepdims=True)) & (votes > 0)
        total += float(((winners @ right) / np.maximum(1, winners.sum(axis=1))).sum())
    return total / draws


def best_of_n(scores: Sequence[float], right: Sequence[bool], n: int) -> float:
    """Return the chance that the best scored of n samples, drawn at random, is right.

    Sorted by score, the sample of rank i is the best of n with probability C(i - 1, n - 1) / C(N, n).
    Samples of equal score share their ranks' probability, as if ties were broken at random.

    Args:
        scores: of each sample, higher is better.
        right: whether the sample is right.
        n: samples to choose from, at most as many as there are.

    Raises:
        ValueError: not equally many scores and verdicts, a score that is no number, or no such n.

    Source: Nakano et al. 2021, "WebGPT" (arXiv 2112.09332), appendix I: the unbiased estimate of
    best-of-n from N samples; Cobbe et al. 2021 (arXiv 2110.14168) for selection by a verifier.
    """
    if len(scores) != len(right) or not 1 <= n <= len(scores):
        raise ValueError(f"best of {n} is not defined for {len(scores)} scores and {len(right)} verdicts")
    if any(math.isnan(score) for score in scores):
        raise ValueError("a score is not a number")
    tied: dict[float, list[bool]] = {}
    for score, passed in zip(scores, right, strict=True):
        tied.setdefault(score, []).append(passed)
    whole = math.comb(len(scores), n)
    below, chance = 0, 0.0
    for score in sorted(tied):
        members = tied[score]
        best = math.comb(below + len(members), n) - math.comb(below, n)
        chance += best / whole * (sum(members) / len(members))
        below += len(members)
    return min(1.0, chance)

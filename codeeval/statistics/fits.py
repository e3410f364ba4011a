"""Two fits, each of many data sets at once: the observed tasks and all their resamples, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROUNDS: Final = 60
_CLOSE: Final = 1e-9
"""Steps of the parameters, which are logarithms or exponents, that count as none."""
_FLAT: Final = 1e-9
"""Curvature of a log likelihood, a task, that counts as none."""
_LOWEST: Final = -14.0
_HIGHEST: Final = 14.0
"""Bounds of log(alpha + beta). Without spread beyond chance the likelihood rises for ever as both grow;
where all samples of a task agree, as both shrink: the coverage then no longer changes."""
_FURTHEST_MEAN: Final = 30.0
"""Bound of log(alpha / beta), for draws of tasks in which all or none passed."""


def fit_power_law(curves: NDArray[np.float64], ks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit coverage(k) = exp(-exp(u + b log k)) by least squares and return (u, b) of each row.

    a of the power law is -exp(u). Starts at the straight line through log(-log coverage), and
    continues with damped Gauss-Newton steps (Levenberg and Marquardt).

    Args:
        curves: coverage, a row a data set, a column a k; no row is all 0 or all 1.
        ks: 1 and up, at least two.

    Source: Brown et al. 2024 (arXiv 2407.21787), section 3.1.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    x = np.log(ks)
    bent = np.log(-np.log(np.clip(curves, 1e-9, 1 - 1e-9)))
    slope = ((x - x.mean()) * bent).sum(axis=1) / ((x - x.mean()) ** 2).sum()
    u, b = bent.mean(axis=1) - slope * x.mean(), slope
    damping = np.full(len(curves), 1e-3)

    def residuals(u: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-np.exp(np.clip(u[:, None] + b[:, None] * x, -50, 50))) - curves

    gap = residuals(u, b)
    for _ in range(_ROUNDS):
        steepness = np.exp(np.clip(u[:, None] + b[:, None] * x, -50, 50))
        by_u = -steepness * (gap + curves)
        by_b = by_u * x
        uu, ub, bb = (by_u**2).sum(1), (by_u * by_b).sum(1), (by_b**2).sum(1)
        step_u, step_b = _solve(
            uu * (1 + damping) + 1e-15,
            ub,
            bb * (1 + damping) + 1e-15,
            -(by_u * gap).sum(1),
            -(by_b * gap).sum(1),
        )
        new_u, new_b = u + np.clip(step_u, -2, 2), b + np.clip(step_b, -1, 1)
        new_gap = residuals(new_u, new_b)
        better = (new_gap**2).sum(1) <= (gap**2).sum(1)
        u, b = np.where(better, new_u, u), np.where(better, new_b, b)
        gap = np.where(better[:, None], new_gap, gap)
        damping = np.clip(np.where(better, damping / 5, damping * 5), 1e-12, 1e12)
        if max(np.abs(step_u).max(), np.abs(step_b).max()) < _CLOSE:
            break
    return np.stack((u, b), axis=1)


def fit_beta_binomial(shares: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return alpha and beta of the most likely Beta-binomial distribution for each row.

    Newton's method on logit(alpha / (alpha + beta)) and log(alpha + beta), the first row from its
    moments, the others from the first row's fit. Where the likelihood is not concave the step is bent
    until it goes uphill.

    Args:
        shares: how large a part of the tasks is of each kind, a row a data set.
        counts: samples and passes of each kind; not all passed, not all failed.

    Source: Griffiths 1973 for the likelihood; Schaeffer et al. 2025 (arXiv 2502.17578), section 5.
    """
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    first = _newton(shares[:1], counts, _moments(shares[0], counts)[None, :])
    fits = np.vstack((first, _newton(shares[1:], counts, np.repeat(first, len(shares) - 1, axis=0))))
    return _alpha_beta(fits)


def _newton(
    shares: NDArray[np.float64], counts: NDArray[np.float64], fits: NDArray[np.float64]
) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    going = np.arange(len(shares))
    for _ in range(_ROUNDS):
        if not len(going):
            break
        slope, curve = _derivatives(shares[going], counts, fits[going])
        # at a bound that the likelihood pushes against, only the mean moves
        held = np.abs(fits[going, 1] - (_HIGHEST + _LOWEST) / 2) >= (_HIGHEST - _LOWEST) / 2
        held &= slope[1] * fits[going, 1] > 0
        cross = np.where(held, 0.0, curve[1])
        half, turn = (curve[0] + curve[2]) / 2, np.hypot((curve[0] - curve[2]) / 2, cross)
        bend = np.where(half + turn > -_FLAT, half + turn * 1.1 + _FLAT, 0.0)
        moves = _solve(bend - curve[0], -cross, bend - curve[2], slope[0], np.where(held, 0.0, slope[1]))
        moved = fits[going] + np.clip(np.stack(moves, axis=1), -1.0, 1.0)
        moved = np.clip(moved, (-_FURTHEST_MEAN, _LOWEST), (_FURTHEST_MEAN, _HIGHEST))
        still = np.abs(moved - fits[going]).max(axis=1) < _CLOSE
        fits[going] = moved
        going = going[~still]
    return fits


def _derivatives(
    shares: NDArray[np.float64], counts: NDArray[np.float64], fits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return gradient and curvature (11, 12, 22) of the log likelihood in the two parameters."""
    import numpy as np  # noqa: PLC0415 -- costs 500 ms with scipy that most commands need not pay
    from scipy.special import digamma, zeta  # noqa: PLC0415 -- as above

    samples, passed = counts.T
    alpha, beta = (each[:, None] for each in _alpha_beta(fits).T)
    whole = alpha + beta
    both = digamma(whole) - digamma(samples + whole)
    by_alpha = (shares * (digamma(passed + alpha) - digamma(alpha) + both)).sum(1)
    by_beta = (shares * (digamma(samples - passed + beta) - digamma(beta) + both)).sum(1)
    # zeta(2, x) is the trigamma function
    ab = (shares * (zeta(2, whole) - zeta(2, samples + whole))).sum(1)
    aa = (shares * (zeta(2, passed + alpha) - zeta(2, alpha))).sum(1) + ab
    bb = (shares * (zeta(2, samples - passed + beta) - zeta(2, beta))).sum(1) + ab
    a, b = alpha[:, 0], beta[:, 0]
    width = a * b / (a + b)
    slope_mean, slope_size = width * (by_alpha - by_beta), a * by_alpha + b * by_beta
    return np.stack((slope_mean, slope_size)), np.stack(
        (
            width**2 * (aa - 2 * ab + bb) + slope_mean * (b - a) / (a + b),
            slope_mean + width * (a * aa + (b - a) * ab - b * bb),
            a * a * aa + 2 * a * b * ab + b * b * bb + slope_size,
        )
    )


def _alpha_beta(fits: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    odds, size = np.exp(fits).T
    return np.stack((size * odds / (1 + odds), size / (1 + odds)), axis=1)


def _moments(share: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the parameters that the mean and the spread of the pass rates suggest."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    rates = counts[:, 1] / counts[:, 0]
    mean = float(share @ rates)
    spread = float(share @ (rates - mean) ** 2) / (mean * (1 - mean))
    return np.log([mean / (1 - mean), min(1e4, max(1e-3, 1 / max(spread, 1e-6) - 1))])


def _solve(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    c: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve [[a, b], [b, c]] z = (x, y) for every row."""
    import numpy as np  # noqa: PLC0415 -- costs 100 ms that most commands need not pay

    determinant = a * c - b * b
    determinant = np.where(np.abs(determinant) < 1e-300, 1e-300, determinant)
    return (c * x - b * y) / determinant, (a * y - b * x) / determinant

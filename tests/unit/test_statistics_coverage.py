"""Coverage curves: against pass@k, general optimisers and known parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import betaln

from codeeval.metrics import pass_at_k
from codeeval.statistics import Count, coverage
from codeeval.statistics.coverage import grid, pass_table
from codeeval.statistics.fits import fit_beta_binomial, fit_power_law


def simulated(alpha: float, beta: float, samples: int, tasks: int, seed: int = 0) -> list[Count]:
    generator = np.random.default_rng(seed)
    rates = generator.beta(alpha, beta, tasks)
    return [Count(samples, int(passed)) for passed in generator.binomial(samples, rates)]


def true_coverage(alpha: float, beta: float, k: int) -> float:
    return float(1 - np.exp(betaln(alpha, beta + k) - betaln(alpha, beta)))


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_curve_is_pass_at_k(count: tuple[int, int]) -> None:
    samples, passed = count
    ks = range(1, samples + 1)
    expected = [pass_at_k(samples, passed, k) for k in ks]
    assert list(pass_table([Count(samples, passed)], ks)[0]) == pytest.approx(expected, abs=1e-13)


def test_ten_thousand_samples_lose_no_digits() -> None:
    table = pass_table([Count(10_000, 1), Count(10_000, 9_999)], [1, 5_000, 10_000])
    assert table[0] == pytest.approx([1e-4, 0.5, 1.0], rel=1e-11)
    assert table[1] == pytest.approx([0.9999, 1.0, 1.0], rel=1e-12)


def test_the_grid_is_dense_where_numbers_are_few() -> None:
    assert grid(1) == [1]
    assert grid(10) == [1, 2, 3, 4, 5, 6, 8, 10]
    assert grid(10_000)[-1] == 10_000
    assert len(grid(10_000)) < 45


def test_the_power_law_is_recovered_from_its_own_curve() -> None:
    ks = np.asarray(grid(1000), dtype=float)
    laws = [(-2.0, -0.4), (-5.0, -0.15), (-0.3, -1.1)]
    curves = np.exp([a * ks**b for a, b in laws])
    found = fit_power_law(curves, ks)
    assert -np.exp(found[:, 0]) == pytest.approx([a for a, _ in laws], rel=1e-6)
    assert found[:, 1] == pytest.approx([b for _, b in laws], rel=1e-6)


def test_the_power_law_is_the_least_squares_one() -> None:
    ks = np.asarray(grid(100), dtype=float)
    generator = np.random.default_rng(3)
    curve = np.clip(np.exp(-2 * ks**-0.4) + generator.normal(0, 0.01, len(ks)), 0.01, 0.99)
    (a, b), _ = optimize.curve_fit(lambda k, a, b: np.exp(a * k**b), ks, curve, p0=(-1, -0.5))
    found = fit_power_law(curve[None, :], ks)[0]
    assert (-math.exp(found[0]), found[1]) == pytest.approx((a, b), rel=1e-5)


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 2.0), (1.0, 1.0), (4.0, 1.5)])
def test_the_beta_binomial_is_the_likeliest_one(alpha: float, beta: float) -> None:
    counts = simulated(alpha, beta, 20, 200)
    n, c = np.asarray(counts).T

    def unlikely(logs: np.ndarray) -> float:
        return -float(stats.betabinom.logpmf(c, n, *np.exp(logs)).sum())

    best = np.exp(optimize.minimize(unlikely, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7}).x)
    shares = np.full((1, len(counts)), 1 / len(counts))
    assert fit_beta_binomial(shares, np.asarray(counts, dtype=float))[0] == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 2.0), (0.2, 0.8), (1.0, 1.0)])
def test_known_parameters_are_recovered(alpha: float, beta: float) -> None:
    found = coverage(simulated(alpha, beta, 50, 5_000), resamples=20).beta_binomial
    assert found is not None
    assert (found.alpha.value, found.beta.value) == pytest.approx((alpha, beta), rel=0.07)
    assert found.curve[-1].k == 10_000
    assert found.curve[-1].value == pytest.approx(true_coverage(alpha, beta, 10_000), abs=0.02)
    assert found.error < 0.01


@pytest.mark.slow
def test_extrapolation_intervals_have_their_stated_coverage() -> None:
    runs, held_curve, held_alpha = 150, 0, 0
    for seed in range(runs):
        found = coverage(
            simulated(0.4, 2.0, 20, 164, seed), furthest=1000, resamples=100, seed=seed
        ).beta_binomial
        assert found is not None
        last = found.curve[-1]
        held_curve += last.low <= true_coverage(0.4, 2.0, 1000) <= last.high
        held_alpha += found.alpha.low <= 0.4 <= found.alpha.high
    # of percentiles over 100 resamples; 150 runs at 0.95 have a standard error of 0.018
    assert held_curve / runs >= 0.88
    assert held_alpha / runs >= 0.88


def test_measured_points_are_those_of_the_metrics() -> None:
    counts = simulated(0.5, 1.0, 10, 50)
    found = coverage(counts, resamples=50)
    assert [point.k for point in found.measured] == [1, 2, 3, 4, 5, 6, 8, 10]
    for point in found.measured:
        assert point.value == pytest.approx(np.mean([pass_at_k(*count, point.k) for count in counts]))
        assert point.low <= point.value <= point.high


def test_tasks_with_fewer_samples_end_the_measured_curve() -> None:
    found = coverage([Count(10, 3), Count(4, 1), Count(0, 0)], resamples=20)
    assert found.measured[-1].k == 4


def test_curves_rise_within_their_intervals() -> None:
    found = coverage(simulated(0.3, 2.0, 30, 60), resamples=100)
    for model in (found.power_law, found.beta_binomial):
        assert model is not None
        values = [point.value for point in model.curve]
        assert values == sorted(values)
        assert all(0 <= p.low <= p.value + 1e-9 and p.value <= p.high + 1e-9 <= 1 + 2e-9 for p in model.curve)


@pytest.mark.parametrize("passed", [0, 5])
def test_all_or_none_passed_fits_nothing(passed: int) -> None:
    found = coverage([Count(5, passed)] * 10)
    assert found.measured[0].value == passed / 5
    assert found.power_law is None
    assert found.beta_binomial is None


def test_one_sample_a_task_fits_nothing() -> None:
    found = coverage([Count(1, 1), Count(1, 0)])
    assert found.power_law is None
    assert found.beta_binomial is None


def test_tasks_that_always_or_never_pass_stay_so() -> None:
    found = coverage([Count(5, 5)] * 20 + [Count(5, 0)] * 10, resamples=200).beta_binomial
    assert found is not None
    last = found.curve[-1]
    assert last.value == pytest.approx(2 / 3, abs=1e-3)
    assert (last.low, last.high) == pytest.approx((0.5, 0.83), abs=0.05)


def test_identical_tasks_are_fitted() -> None:
    found = coverage([Count(10, 5)] * 30, resamples=20).beta_binomial
    assert found is not None
    assert found.curve[1].value == pytest.approx(0.75, abs=1e-3)


def test_no_sample_has_no_coverage() -> None:
    with pytest.raises(ValueError, match="task"):
        coverage([Count(0, 0)])


@hypothesis_settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.integers(1, 8).flatmap(lambda n: st.builds(Count, st.just(n), st.integers(0, n))),
        min_size=1,
        max_size=8,
    )
)
def test_any_run_has_a_curve_without_nan(counts: list[Count]) -> None:
    found = coverage(counts, furthest=100, resamples=20)
    models = [model for model in (found.power_law, found.beta_binomial) if model]
    for point in [*found.measured, *(point for model in models for point in model.curve)]:
        assert 0 <= point.low <= point.high <= 1 + 1e-9
        assert math.isfinite(point.value)


def test_the_same_arguments_give_the_same_curve() -> None:
    counts = simulated(0.3, 2.0, 20, 30)
    assert coverage(counts, resamples=30) == coverage(counts, resamples=30)

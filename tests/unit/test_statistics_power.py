"""What can be seen: by hand, both ways round, and in simulated runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.statistics import (
    Count,
    minimum_detectable_effect,
    non_inferiority,
    paired_spread_of,
    samples_needed,
    spread_of,
    tasks_needed,
)
from codeeval.statistics.paired import differences, sign_flips


def test_164_tasks_of_20_samples_show_nearly_3_points() -> None:
    # (1.96 + 0.8416) sqrt(2 / 6 / 20 / 164), rates between 0 and 1 equally frequent: within = 1/6
    assert minimum_detectable_effect(164, 20) == pytest.approx(0.0282, abs=5e-5)
    assert minimum_detectable_effect(164, 20, between=0.075) == pytest.approx(0.0289, abs=1e-4)
    assert minimum_detectable_effect(164, 1, sides=1) == pytest.approx(0.1121, abs=1e-4)


def test_agrees_with_statsmodels() -> None:
    power = pytest.importorskip("statsmodels.stats.power")
    deviation = math.sqrt(2 * 0.15 / 10 + 0.01)
    effect = minimum_detectable_effect(300, 10, between=0.1, drift=0.01)
    assert power.NormalIndPower(ddof=0).solve_power(
        effect / deviation, nobs1=300, ratio=0, alpha=0.05
    ) == pytest.approx(0.8, abs=1e-3)


@given(
    tasks=st.integers(10, 2000),
    samples=st.integers(1, 100),
    rate=st.floats(0.02, 0.98),
    drift=st.floats(0, 0.02),
    sides=st.sampled_from([1, 2]),
)
def test_the_numbers_needed_are_the_effect_the_other_way_round(
    tasks: int, samples: int, rate: float, drift: float, sides: int
) -> None:
    effect = minimum_detectable_effect(tasks, samples, rate=rate, drift=drift, sides=sides)
    slightly_more = effect * (1 + 1e-9)
    assert samples_needed(tasks, slightly_more, rate=rate, drift=drift, sides=sides) == samples
    assert tasks_needed(samples, slightly_more, rate=rate, drift=drift, sides=sides) == tasks


def test_no_number_of_samples_replaces_tasks() -> None:
    assert samples_needed(50, 0.01, drift=0.01) is None
    assert tasks_needed(20, 0.01, drift=0.01) > 50


@pytest.mark.parametrize(
    "settings",
    [{"rate": 1.5}, {"between": 0.3}, {"alpha": 0.0}, {"power": 1.0}, {"sides": 3}],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no "):
        minimum_detectable_effect(164, 20, **settings)


def test_nothing_to_compare_is_refused() -> None:
    for call in (
        lambda: minimum_detectable_effect(0, 1),
        lambda: samples_needed(10, 0.0),
        lambda: tasks_needed(0, 0.1),
        lambda: spread_of([Count(0, 0)]),
        lambda: paired_spread_of([Count(1, 1)], []),
    ):
        with pytest.raises(ValueError, match="no "):
            call()


def test_the_variance_of_a_run_is_split_by_source() -> None:
    generator = np.random.default_rng(1)
    rates = generator.beta(0.6, 1.4, 20_000)
    passed = generator.binomial(4, rates)
    found = spread_of([Count(4, int(c)) for c in passed])
    assert found.rate == pytest.approx(0.3, abs=0.01)
    assert found.between == pytest.approx(0.3 * 0.7 / 3, abs=0.003)
    assert found.within == pytest.approx(0.3 * 0.7 * 2 / 3, abs=0.003)


def test_of_two_opposite_tasks_the_spread_is_one_that_pass_rates_can_have() -> None:
    found = spread_of([Count(2, 0), Count(2, 2)])
    assert (found.rate, found.between, found.within) == (0.5, 0.25, 0.0)
    assert minimum_detectable_effect(1, 2, rate=found.rate, between=found.between) == 0.0


def test_two_runs_estimate_how_far_tasks_drifted() -> None:
    generator = np.random.default_rng(2)
    rates = generator.uniform(0.2, 0.8, 20_000)
    moved = rates + generator.choice([-0.1, 0.1], 20_000)
    before, after = ([Count(6, int(c)) for c in generator.binomial(6, each)] for each in (rates, moved))
    found = paired_spread_of(before, after)
    assert found.drift == pytest.approx(0.01, abs=0.002)
    assert found.within == pytest.approx(0.25 - 0.03 - 0.005, abs=0.005)


def test_one_sample_a_task_cannot_separate_the_variances() -> None:
    ones = [Count(1, 1), Count(1, 0), Count(1, 0), Count(1, 0)]
    found = spread_of(ones)
    assert (found.rate, found.between, found.within) == pytest.approx((0.25, 0.0625, 0.125))
    assert paired_spread_of(ones, ones[::-1]).drift == 0.0


def shifted(rates: np.ndarray, effect: float) -> np.ndarray:
    """Lower all rates alike on the logit scale, until their mean is lower by ``effect``."""
    logits = np.log(rates / (1 - rates))
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        if rates.mean() - (1 / (1 + np.exp(middle - logits))).mean() < effect:
            low = middle
        else:
            high = middle
    return 1 / (1 + np.exp(low - logits))


@pytest.mark.parametrize(
    ("tasks", "samples"),
    [(164, 4), pytest.param(400, 1, marks=pytest.mark.slow), pytest.param(164, 20, marks=pytest.mark.slow)],
)
def test_an_effect_of_the_stated_size_is_seen_as_often_as_stated(tasks: int, samples: int) -> None:
    generator = np.random.default_rng(5)
    effect = minimum_detectable_effect(tasks, samples)
    runs, seen = 400, 0
    for _ in range(runs):
        rates = generator.beta(1, 1, tasks)
        before = generator.binomial(samples, rates) / samples
        after = generator.binomial(samples, shifted(rates, effect)) / samples
        seen += sign_flips(differences(before.tolist(), after.tolist()), 2, 0)[0] <= 0.05
    assert seen / runs == pytest.approx(0.8, abs=0.05)


def test_a_gate_passes_equally_good_runs_as_often_as_stated() -> None:
    generator = np.random.default_rng(6)
    margin = minimum_detectable_effect(164, 20, sides=1)
    runs, passed = 300, 0
    for _ in range(runs):
        before, after = generator.binomial(20, generator.beta(1, 1, 164), (2, 164)) / 20
        passed += non_inferiority(before.tolist(), after.tolist(), margin, resamples=499) <= 0.05
    assert passed / runs == pytest.approx(0.8, abs=0.07)

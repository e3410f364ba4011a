"""Intervals: against hand numbers, at the edges, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from codeeval.statistics import mean_interval, wilson_interval


def test_wilson_by_hand() -> None:
    # Newcombe 1998, table I, method 3: 81 of 263 and 15 of 148
    low, high, method = wilson_interval(81, 263)
    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148)[:2] == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20)[:2] == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29)[:2] == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert method == "wilson"


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (2, 1), (-1, 3)])
def test_wilson_needs_a_proportion(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson_interval(successes, trials)


def test_bootstrap_agrees_with_theory_where_tasks_are_many() -> None:
    values = [1.0] * 300 + [0.0] * 700
    low, high, method = mean_interval(values)
    half = 1.96 * (0.3 * 0.7 / 1000) ** 0.5
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.002)
    assert method == "bootstrap"


def test_bootstrap_is_narrower_where_tasks_vary_less() -> None:
    wide, narrow = mean_interval([0.0, 1.0] * 50), mean_interval([0.4, 0.6] * 50)
    assert narrow.high - narrow.low == pytest.approx((wide.high - wide.low) / 5, rel=0.05)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([1.0], 0.2065, 1.0), ([0.0] * 164, 0.0, 0.0229), ([1.0] * 164, 0.9771, 1.0), ([0.5], 0.0546, 0.9454)],
)
def test_equal_values_are_ignorance_and_not_certainty(values: list[float], low: float, high: float) -> None:
    interval = mean_interval(values)
    assert interval[:2] == pytest.approx((low, high), abs=5e-5)
    assert interval.method == "wilson"


def test_no_values_have_no_interval() -> None:
    with pytest.raises(ValueError, match="no interval"):
        mean_interval([])


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=40))
def test_an_interval_holds_its_mean_and_stays_in_bounds(values: list[float]) -> None:
    low, high, _ = mean_interval(values, resamples=2000)
    assert 0 <= low <= math.fsum(values) / len(values) <= high <= 1
    assert mean_interval(values, resamples=2000)[:2] == (low, high), "the same every time"


def test_many_tasks_are_resampled_in_parts() -> None:
    values = list(np.random.default_rng(1).random(3000))
    low, high, _ = mean_interval(values, resamples=1000)
    half = 1.96 * np.std(values) / 3000**0.5
    assert (low, high) == pytest.approx((np.mean(values) - half, np.mean(values) + half), abs=half / 8)


@pytest.mark.parametrize(
    ("tasks", "rate", "n"),
    [(20, 0.1, 1), (164, 0.02, 1), (164, 0.3, 1), (164, 0.95, 1), (164, 0.02, 10), (164, 0.5, 10)],
)
def test_intervals_hold_the_truth_19_times_in_20(tasks: int, rate: float, n: int) -> None:
    # tasks differ in difficulty: their pass rates are Beta distributed around the benchmark's
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        rates = generator.beta(2 * rate, 2 * (1 - rate), tasks)
        values = list(generator.binomial(n, rates) / n)
        low, high, _ = mean_interval(values, resamples=400)
        held += low <= rate <= high
    # 400 trials at 0.95 have a standard error of 0.011; few values are possible near 0
    assert 0.915 <= held / 400 <= 0.995


def test_intervals_are_as_narrow_as_they_can_be() -> None:
    values = [1.0] * 8 + [0.0] * 156
    ours, wilson = mean_interval(values), wilson_interval(8, 164)
    assert ours.high - ours.low == pytest.approx(wilson.high - wilson.low, rel=0.05)


def test_the_samples_of_one_task_are_not_counted_as_independent() -> None:
    # 10 tasks of 100 samples each, all alike within a task: worth 10 samples, not 1000
    values = [1.0, 0.0] * 5
    assert mean_interval(values).low < 0.3
    assert mean_interval(values).high > 0.7

"""Intervals: against hand numbers, at the edges, and how often they contain the true value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats

from codeeval.statistics import (
    mean_interval,
    wilson_interval,
)
from codeeval.statistics.bounded import chances, likeliest, sample_of


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
    with pytest.raises(ValueError, match=f"{successes} of {trials}"):
        wilson_interval(successes, trials)


def test_wilson_at_other_levels_is_scipys() -> None:
    expected = stats.binomtest(15, 148).proportion_ci(0.9, method="wilson")
    assert wilson_interval(15, 148, level=0.9)[:2] == pytest.approx(tuple(expected))


def test_it_agrees_with_theory_where_tasks_are_many() -> None:
    values = [1.0] * 300 + [0.0] * 700
    half = 1.96 * (0.3 * 0.7 / 1000) ** 0.5
    assert mean_interval(values)[:2] == pytest.approx((0.3 - half, 0.3 + half), abs=0.002)


def test_narrower_where_tasks_vary_less() -> None:
    wide, narrow = mean_interval([0.0, 1.0] * 50), mean_interval([0.4, 0.6] * 50)
    assert narrow.high - narrow.low == pytest.approx((wide.high - wide.low) / 5, rel=0.25)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([1.0], 0.2065, 1.0), ([0.0] * 164, 0.0, 0.0229), ([1.0] * 164, 0.9771, 1.0), ([0.5], 0.0546, 0.9454)],
)
def test_equal_values_give_no_zero_width_interval(values: list[float], low: float, high: float) -> None:
    interval = mean_interval(values)
    assert interval[:2] == pytest.approx((low, high), abs=5e-5)
    assert interval.method == "wilson"


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 2e-10])
def test_values_that_hardly_vary(gap: float) -> None:
    """pass@k at large k: what was not seen decides, by the binomial distribution."""
    unseen = 1 - 0.025 ** (1 / 164)
    assert mean_interval([1 - gap, *[1.0] * 163])[:2] == pytest.approx((1 - unseen, 1), abs=1e-3)
    assert mean_interval([gap, *[0.0] * 163])[:2] == pytest.approx((0, unseen), abs=1e-3)
    assert mean_interval([0.5 - gap, *[0.5] * 163])[:2] == pytest.approx(
        (0.5 - unseen / 2, 0.5 + unseen / 2), abs=1e-3
    )


def test_no_values_have_no_interval() -> None:
    with pytest.raises(ValueError, match="value"):
        mean_interval([])


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=40))
def test_an_interval_holds_its_mean_and_stays_in_bounds(values: list[float]) -> None:
    low, high, _ = mean_interval(values)
    assert 0 <= low <= math.fsum(values) / len(values) <= high <= 1
    assert mean_interval(values[::-1])[:2] == (low, high), "the same every time, in any order"


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.05, 0.5, 1.0]), min_size=2, max_size=30))
def test_an_interval_of_the_failures_is_the_mirror_image(values: list[float]) -> None:
    low, high, _ = mean_interval(values)
    assert mean_interval([1 - each for each in values])[:2] == pytest.approx((1 - high, 1 - low), abs=1e-5)


def test_it_agrees_with_theory_for_thousands_of_shares() -> None:
    values = list(np.random.default_rng(1).random(3000))
    half = 1.96 * np.std(values) / 3000**0.5
    expected = np.mean(values) - half, np.mean(values) + half
    assert mean_interval(values)[:2] == pytest.approx(expected, abs=half / 8)


def test_the_ends_are_where_the_chance_is_one_in_forty() -> None:
    values = [0.0] * 30 + [0.1, 0.3, 0.3, 0.6, 1.0]
    low, high, method = mean_interval(values)
    assert method == "tilted"
    assert chances(sample_of(values), np.asarray([low]), 0.0) == pytest.approx(0.025, abs=1e-4)
    assert chances(sample_of(values), np.asarray([high]), 1.0) == pytest.approx(0.025, abs=1e-4)


def test_the_chance_is_that_of_sampling_from_the_likeliest_distribution() -> None:
    values = [0.0] * 40 + [0.2, 0.4, 0.5, 0.9, 1.0] * 3
    sample = sample_of(values)
    for true, extreme in ((0.08, 0.0), (0.12, 0.0), (0.24, 1.0), (0.3, 1.0)):
        weights = likeliest(sample, np.asarray([true]), extreme)[0]
        counts = np.random.default_rng(1).multinomial(sample.size, weights, size=200_000)
        means = counts @ np.append(sample.values, extreme) / sample.size
        beyond = means >= sample.mean if extreme == 0 else means <= sample.mean
        assert chances(sample, np.asarray([true]), extreme)[0] == pytest.approx(np.mean(beyond), abs=0.01)


def held(values: list[float], rate: float) -> bool:
    """Whether the interval holds a rate, without seeking its ends."""
    sample = sample_of(values)
    if len(sample.values) == 1:
        low, high, _ = mean_interval(values)
        return low <= rate <= high
    return float(chances(sample, np.asarray([rate]), 0.0 if rate < sample.mean else 1.0)[0]) > 0.025


@pytest.mark.parametrize(
    ("tasks", "rate", "n", "most"),
    [
        # most: where few values are possible, no interval can be near 0.95 from above
        pytest.param(164, 0.02, 1, 1.0, marks=pytest.mark.slow),
        pytest.param(164, 0.1, 1, 0.97, marks=pytest.mark.slow),
        pytest.param(164, 0.5, 1, 0.97, marks=pytest.mark.slow),
        pytest.param(164, 0.02, 5, 0.985, marks=pytest.mark.slow),
        pytest.param(164, 0.02, 20, 0.985, marks=pytest.mark.slow),
        pytest.param(164, 0.1, 20, 0.96, marks=pytest.mark.slow),
        pytest.param(164, 0.5, 20, 0.96, marks=pytest.mark.slow),
        pytest.param(164, 0.95, 20, 0.975, marks=pytest.mark.slow),
        pytest.param(500, 0.1, 5, 0.96, marks=pytest.mark.slow),
        (50, 0.02, 20, 0.985),
        pytest.param(20, 0.5, 20, 0.985, marks=pytest.mark.slow),
    ],
)
def test_intervals_contain_the_true_value_95_percent_of_the_time(
    tasks: int, rate: float, n: int, most: float
) -> None:
    # tasks differ in difficulty: their pass rates are Beta distributed around the benchmark's
    generator = np.random.default_rng(7)
    runs = 2000
    rates = generator.beta(2 * rate, 2 * (1 - rate), (runs, tasks))
    share = sum(held(values, rate) for values in (generator.binomial(n, rates) / n).tolist()) / runs
    assert 0.94 <= share <= most


def test_the_interval_contains_that_of_the_shortcut() -> None:
    generator = np.random.default_rng(8)
    for _ in range(30):
        values = (generator.binomial(5, generator.beta(0.4, 1.6, 50)) / 5).tolist()
        low, high, _ = mean_interval(values)
        for rate in generator.uniform(0.1, 0.3, 5):
            if min(abs(rate - low), abs(rate - high)) > 1e-4:
                assert held(values, float(rate)) == (low <= rate <= high)


def test_intervals_are_as_narrow_as_they_can_be() -> None:
    values = [1.0] * 8 + [0.0] * 156
    ours, wilson = mean_interval(values), wilson_interval(8, 164)
    assert ours.high - ours.low == pytest.approx(wilson.high - wilson.low, rel=0.05)


def test_the_samples_of_one_task_are_not_counted_as_independent() -> None:
    # 10 tasks of 100 samples each, all alike within a task: worth 10 samples, not 1000
    values = [1.0, 0.0] * 5
    assert mean_interval(values).low < 0.3
    assert mean_interval(values).high > 0.7

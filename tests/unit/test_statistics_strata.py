"""Weighted means over benchmarks."""

from __future__ import annotations

import math
import random

import pytest

from codeeval.statistics import (
    PairedStratum,
    Stratum,
    mean_interval,
    paired_difference,
    weighted_difference,
    weighted_mean,
)


def coins(seed: int, rate: float, tasks: int) -> list[float]:
    generator = random.Random(seed)
    return [float(generator.random() < rate) for _ in range(tasks)]


def test_one_benchmark_is_itself() -> None:
    values, others = coins(1, 0.4, 60), coins(2, 0.5, 60)
    alone, own = weighted_mean([Stratum(7, values)]), mean_interval(values)
    assert alone.value == pytest.approx(sum(values) / 60)
    assert (alone.low, alone.high) == pytest.approx(own[:2])
    apart, known = weighted_difference([PairedStratum(7, values, others)]), paired_difference(values, others)
    assert (apart.value, apart.low, apart.high, apart.p) == pytest.approx(known[:4])


def test_weights_are_ratios() -> None:
    a, b = coins(1, 0.2, 40), coins(2, 0.9, 80)
    found = weighted_mean([Stratum(3, a), Stratum(1, b)])
    assert found == pytest.approx(weighted_mean([Stratum(0.75, a), Stratum(0.25, b)]))
    assert found.value == pytest.approx(0.75 * sum(a) / 40 + 0.25 * sum(b) / 80)
    below = [0.75 * (sum(a) / 40 - mean_interval(a).low), 0.25 * (sum(b) / 80 - mean_interval(b).low)]
    assert found.low == pytest.approx(found.value - math.hypot(*below))


def test_a_heavy_benchmark_of_few_tasks_decides_the_width() -> None:
    few, many = coins(1, 0.5, 10), coins(2, 0.5, 1000)
    light, heavy = ([Stratum(weight, few), Stratum(1, many)] for weight in (0.01, 100))
    narrow, wide = (found.high - found.low for found in map(weighted_mean, (light, heavy)))
    assert narrow < 0.08
    assert wide > 0.5


def test_extremes_keep_a_width_within_the_range() -> None:
    found = weighted_mean([Stratum(1, [1.0] * 20), Stratum(1, [0.0] * 20)])
    assert (found.value, 0 < found.low < 0.5 < found.high < 1) == (0.5, True)


def test_opposite_differences_cancel_and_agreeing_ones_add_up() -> None:
    worse, better = [1.0] * 8 + [0.0] * 32, [0.0] * 8 + [0.0] * 32
    pair, back = PairedStratum(1, worse, better), PairedStratum(1, better, worse)
    cancelled, doubled = weighted_difference([pair, back]), weighted_difference([pair, pair])
    assert cancelled.value == 0
    assert cancelled.low < 0 < cancelled.high
    assert cancelled.p > 0.5
    assert doubled.value == pytest.approx(-0.2)
    assert doubled.p == pytest.approx(2 / 2**16), "all sixteen changes in one direction"
    assert doubled.p < weighted_difference([pair]).p


@pytest.mark.parametrize("weights", [[], [0], [1, -1], [math.inf]])
def test_no_mean_without_weights(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        weighted_mean([Stratum(weight, [1.0]) for weight in weights])


def test_no_mean_without_values() -> None:
    with pytest.raises(ValueError, match="value"):
        weighted_mean([Stratum(1, [])])

"""Paired comparison: against scipy, statsmodels and brute force, and how often chance is called a change."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import optimize, stats

from codeeval.statistics import (
    holm,
    mcnemar_exact,
    mean_interval,
    non_inferiority,
    paired_difference,
)
from codeeval.statistics.bounded import likeliest, p_of_mean_at_most, sample_of
from codeeval.statistics.paired import tango_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RATES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: (pair[0] / 5, pair[1] / 5)),
    min_size=1,
    max_size=10,
)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (1, 0), (5, 0), (3, 10), (10, 3), (7, 7), (400, 330)])
def test_mcnemar_is_the_binomial_test(gained: int, lost: int) -> None:
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar_exact(gained, lost) == pytest.approx(expected, rel=1e-12)


def test_mcnemar_agrees_with_statsmodels() -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    for gained, lost in ((3, 11), (0, 6), (25, 40)):
        assert mcnemar_exact(gained, lost) == pytest.approx(tables.mcnemar([[9, lost], [gained, 4]]).pvalue)


def test_mcnemar_of_very_many_tasks() -> None:
    assert mcnemar_exact(5100, 4900) == pytest.approx(stats.binomtest(5100, 10_000).pvalue, rel=1e-9)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"-1 .*2 "):
        mcnemar_exact(-1, 2)
    with pytest.raises(ValueError, match=r"-1 .*2 .*5"):
        tango_interval(-1, 2, 5)


def signs_flipped(apart: Sequence[float]) -> float:
    """Return p of the permutation test by going through all flips."""
    seen = abs(math.fsum(apart)) - 1e-9
    flips = itertools.product((-1, 1), repeat=len(apart))
    sums = [math.fsum(sign * each for sign, each in zip(signs, apart, strict=True)) for signs in flips]
    return sum(abs(each) >= seen for each in sums) / len(sums)


@hypothesis_settings(max_examples=60, deadline=None)
@given(RATES)
def test_the_permutation_test_goes_through_all_flips(pairs: list[tuple[float, float]]) -> None:
    before, after = zip(*pairs, strict=True)
    found = paired_difference(before, after, resamples=200)
    assert found.p == pytest.approx(signs_flipped([b - a for a, b in pairs]), abs=1e-9)
    assert found.value == pytest.approx(np.mean(after) - np.mean(before))
    assert -1 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@hypothesis_settings(max_examples=40, deadline=None)
@given(RATES)
def test_exchanging_the_runs_turns_the_sign(pairs: list[tuple[float, float]]) -> None:
    before, after = zip(*pairs, strict=True)
    one, other = (
        paired_difference(before, after, resamples=200),
        paired_difference(after, before, resamples=200),
    )
    assert one.value == -other.value
    assert one.p == pytest.approx(other.p, abs=1e-12)


def test_sampled_flips_agree_with_all_flips() -> None:
    generator = random.Random(3)
    values = [(generator.random(), generator.random() * 0.9) for _ in range(12)]
    before, after = zip(*values, strict=True)
    found = paired_difference(before, after)
    assert found.test == "permutation, sampled"
    assert found.p == pytest.approx(signs_flipped([b - a for a, b in values]), abs=0.02)
    assert found == paired_difference(before, after), "the same every time"


def test_one_sample_a_task_is_mcnemar_and_tango() -> None:
    before = [1.0] * 40 + [0.0] * 60
    after = [1.0] * 37 + [0.0] * 3 + [1.0] * 11 + [0.0] * 49
    found = paired_difference(before, after)
    assert (found.method, found.test) == ("tango", "mcnemar")
    assert found.p == mcnemar_exact(11, 3)
    assert found[1:3] == tango_interval(11, 3, 100)[:2]
    assert found.value == pytest.approx(0.08)


def constrained_score(gained: int, lost: int, tasks: int, delta: float) -> float:
    """Return the score statistic with the nuisance rate found by searching for the likeliest one."""

    def unlikely(rate_lost: float) -> float:
        rates = rate_lost + delta, rate_lost, 1 - 2 * rate_lost - delta
        counts = gained, lost, tasks - gained - lost
        return -sum(c * math.log(max(r, 1e-300)) for c, r in zip(counts, rates, strict=True) if c)

    bounds = max(0.0, -delta), (1 - delta) / 2
    rate = optimize.minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return (gained - lost - tasks * delta) / math.sqrt(tasks * (2 * rate + delta * (1 - delta)))


@pytest.mark.parametrize(
    ("both", "gained", "lost", "neither"), [(36, 12, 2, 0), (80, 11, 3, 70), (5, 4, 4, 7)]
)
def test_tango_inverts_the_score_test(both: int, gained: int, lost: int, neither: int) -> None:
    tasks = both + gained + lost + neither
    low, high, _ = tango_interval(gained, lost, tasks)
    assert constrained_score(gained, lost, tasks, low) == pytest.approx(1.96, abs=2e-3)
    assert constrained_score(gained, lost, tasks, high) == pytest.approx(-1.96, abs=2e-3)


def test_no_observed_change_gives_no_zero_width_interval() -> None:
    for values in ([0.0] * 164, [0.35, 0.8] * 82):
        found = paired_difference(values, values)
        # Tango without a task on which the runs differ: z^2 / (n + z^2)
        assert (found.low, found.high) == pytest.approx((-0.02289, 0.02289), abs=5e-5)
        assert found.p == 1.0


@pytest.mark.parametrize(("before", "after"), [([], []), ([0.0], [0.0, 1.0])])
def test_pairs_are_needed(before: list[float], after: list[float]) -> None:
    with pytest.raises(ValueError, match=f"{len(before)} and {len(after)} "):
        paired_difference(before, after)
    with pytest.raises(ValueError, match=f"{len(before)} and {len(after)} "):
        non_inferiority(before, after, 0.02)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    with pytest.raises(ValueError, match=r"1\.5"):
        holm([0.5, 1.5])


def test_holm_agrees_with_statsmodels() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    generator = np.random.default_rng(1)
    for size in range(1, 13):
        ps = (generator.random(size) ** 3).round(2).tolist()
        assert holm(ps) == pytest.approx(list(multitest.multipletests(ps, method="holm")[1]))


def test_no_loss_seen_has_the_chance_of_not_seeing_one() -> None:
    # 163 tasks unchanged show "under 2% lost" only as well as 164 sampled tasks miss a share of 2%
    same = [0.5] * 164
    assert non_inferiority(same, same, 0.02) == pytest.approx(0.98**164, abs=0.006)
    one_lost = [*same[1:], 0.5 - 0.5]
    assert non_inferiority(same, one_lost, 0.02) > non_inferiority(same, same, 0.02)


def test_a_margin_is_needed() -> None:
    with pytest.raises(ValueError, match=r"1\.0"):
        non_inferiority([0.5], [0.5], 1.0)


def test_the_sides_of_a_drop_add_up() -> None:
    generator = np.random.default_rng(2)
    before = generator.binomial(20, 0.5, 164) / 20
    after = generator.binomial(20, 0.47, 164) / 20
    smaller = non_inferiority(before.tolist(), after.tolist(), 0.03)
    larger = non_inferiority(after.tolist(), before.tolist(), -0.03)
    assert smaller + larger == pytest.approx(1, abs=0.03)


def test_with_many_tasks_it_is_the_t_test() -> None:
    generator = np.random.default_rng(4)
    before, after = generator.binomial(10, 0.5, (2, 800)) / 10
    expected = stats.ttest_1samp(after - before, -0.01, alternative="greater").pvalue
    assert non_inferiority(before.tolist(), after.tolist(), 0.01) == pytest.approx(expected, abs=0.015)


def test_the_likeliest_distribution_is_the_likeliest() -> None:
    """Against a general optimiser, on a sample whose likeliest explanation needs an unseen loss."""
    sample = sample_of([-0.1] * 3 + [0.0] * 5 + [0.2] * 2)
    found = likeliest(sample, np.asarray([-0.15]), -1.0)[0]
    values, seen = np.asarray([-0.1, 0.0, 0.2, -1.0]), np.asarray([0.3, 0.5, 0.2, 0.0])
    assert found @ values == pytest.approx(-0.15)
    assert found.sum() == pytest.approx(1)
    best = optimize.minimize(
        lambda w: -(seen[:3] * np.log(np.maximum(w[:3], 1e-12))).sum(),
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "eq", "fun": lambda w: w @ values + 0.15},
        ],
    ).x
    assert found == pytest.approx(best, abs=2e-3)
    assert found[3] > 0.1


def losses(share: float, tasks: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Tasks unchanged but for a share that is lost altogether."""
    return lambda generator: -(generator.random(tasks) < share).astype(float)


def coins(lost: float, gained: float, tasks: int) -> Callable[[np.random.Generator], np.ndarray]:
    """One sample a task."""

    def sample(generator: np.random.Generator) -> np.ndarray:
        u = generator.random(tasks)
        return np.where(u < lost, -1.0, np.where(u < lost + gained, 1.0, 0.0))

    return sample


def forgotten(rate: float, samples: int, tasks: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Several samples a task; the candidate forgot as many tasks as make a drop of 0.02."""

    def sample(generator: np.random.Generator) -> np.ndarray:
        before = generator.beta(2 * rate, 2 * (1 - rate), tasks)
        after = np.where(generator.random(tasks) < 0.02 / rate, 0, before)
        return (generator.binomial(samples, after) - generator.binomial(samples, before)) / samples

    return sample


@pytest.mark.parametrize(
    ("sample", "margin"),
    [
        pytest.param(losses(0.02, 164), 0.02, id="one task in 50 lost", marks=pytest.mark.slow),
        pytest.param(losses(0.05, 20), 0.05, id="20 tasks, one in 20 lost"),
        pytest.param(losses(0.02, 500), 0.02, id="500 tasks, one in 50 lost", marks=pytest.mark.slow),
        pytest.param(coins(0.06, 0.04, 164), 0.02, id="one sample", marks=pytest.mark.slow),
        pytest.param(coins(0.22, 0.20, 20), 0.02, id="one sample, 20 tasks", marks=pytest.mark.slow),
        pytest.param(coins(0.10, 0.10, 164), 0.0, id="one sample, equally good", marks=pytest.mark.slow),
        pytest.param(forgotten(0.05, 5, 164), 0.02, id="weak model", marks=pytest.mark.slow),
        pytest.param(forgotten(0.5, 20, 164), 0.02, id="middling model", marks=pytest.mark.slow),
        pytest.param(forgotten(0.95, 10, 164), 0.02, id="strong model", marks=pytest.mark.slow),
    ],
)
def test_a_drop_of_the_margin_is_called_smaller_at_most_alpha_of_the_time(
    sample: Callable[[np.random.Generator], np.ndarray], margin: float
) -> None:
    generator = np.random.default_rng(9)
    runs, wrong = 1000, 0
    for seed in range(runs):
        wrong += p_of_mean_at_most(sample(generator).tolist(), -margin, resamples=499, seed=seed) <= 0.05
    # 1000 runs at 0.05 have a standard error of 0.007; a t test is wrong up to 0.17 of the time here
    assert wrong / runs <= 0.05 + 2 * 0.007


@pytest.mark.parametrize("samples", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_equally_good_runs_differ_at_most_alpha_of_the_time(samples: int) -> None:
    generator = np.random.default_rng(10)
    runs, wrong, missed = 250, 0, 0
    for _ in range(runs):
        rates = generator.beta(1, 1, 100)
        before, after = generator.binomial(samples, rates, (2, 100)) / samples
        found = paired_difference(before.tolist(), after.tolist(), resamples=2)
        wrong += found.p <= 0.05
        missed += not found.low <= 0 <= found.high
    # 250 runs at 0.05 have a standard error of 0.014
    assert wrong / runs <= 0.05 + 2 * 0.014
    assert missed / runs <= 0.06 + 2 * 0.014


def test_pairing_helps() -> None:
    generator = np.random.default_rng(12)
    rates = generator.beta(1, 1, 164)
    before, after = (generator.binomial(20, rates) / 20 for _ in range(2))
    paired, alone = paired_difference(before.tolist(), after.tolist()), mean_interval(before.tolist())
    assert paired.high - paired.low < (alone.high - alone.low) / 2

"""The gate's rule on simulated runs whose true difference is known: its risks, and its power.

A run has a true pass rate for each task, generated anew for each simulated gate; samples are generated from
those. Everything follows from the seeds. Each simulation is quick with few repeats, which `make check` runs,
and sharp with many, which only `make test` does.
"""

from __future__ import annotations

import functools
import math
from collections import Counter

import numpy as np
import pytest

from codeeval.gating import Decision, Evidence, decide, evidence

ALPHA = 0.05


@functools.cache
def judged_by(apart: tuple[tuple[float, int], ...], max_drop: float) -> Evidence:
    """The evidence depends on the differences alone, so equal ones need no second computation."""
    shifted = [(0.0 if each >= 0 else 1.0, each, times) for each, times in apart]
    before = [base for base, _, times in shifted for _ in range(times)]
    after = [base + each for base, each, times in shifted for _ in range(times)]
    return evidence(before, after, max_drop)


def simulate(
    repeats: int,
    *,
    tasks: int,
    samples: int,
    drop: float,
    max_drop: float,
    rates: tuple[float, float] = (1.0, 1.0),
    checks: int = 1,
    seed: int = 0,
) -> dict[Decision, float]:
    """Return how often each decision falls, of gates on runs whose true drop is ``drop``, any check."""
    generator = np.random.default_rng(seed)
    found: Counter[Decision] = Counter()
    for _ in range(repeats):
        every = []
        for _ in range(checks):
            true = generator.beta(*rates, size=tasks)
            lowered = true * (1 - drop / (rates[0] / sum(rates)))
            a = generator.binomial(samples, true)
            b = generator.binomial(samples, lowered)
            counted = Counter(((b - a) / samples).tolist())
            every.append(judged_by(tuple(sorted(counted.items())), max_drop))
        for decision in set(decide(every, ALPHA)):
            found[decision] += 1
    return {decision: found[decision] / repeats for decision in Decision}


def at_most(share: float, repeats: int) -> float:
    """Three standard errors above: a rate of ``share`` is exceeded one time in 700."""
    return share + 3 * math.sqrt(share * (1 - share) / repeats)


def quick_and_sharp(quick: int, sharp: int) -> pytest.MarkDecorator:
    """Run a simulation with this number of repeats; the sharp one is slow."""
    return pytest.mark.parametrize("repeats", [quick, pytest.param(sharp, marks=pytest.mark.slow)])


@pytest.mark.parametrize(
    ("tasks", "max_drop", "rates"),
    [
        pytest.param(164, 0.02, (1.0, 1.0), marks=pytest.mark.slow),
        pytest.param(164, 0.0, (1.0, 1.0), marks=pytest.mark.slow),
        (20, 0.15, (1.0, 1.0)),
        pytest.param(500, 0.05, (0.5, 2.0), marks=pytest.mark.slow),
    ],
)
def test_an_exactly_allowed_drop_is_rarely_called_worse_or_not_worse(
    tasks: int, max_drop: float, rates: tuple[float, float]
) -> None:
    found = simulate(1000, tasks=tasks, samples=1, drop=max_drop, max_drop=max_drop, rates=rates)
    assert found[Decision.WORSE] <= at_most(ALPHA, 1000)
    assert found[Decision.NOT_WORSE] + found[Decision.BETTER] <= at_most(ALPHA, 1000)
    assert found[Decision.WORSE] > 0, "a rule that never speaks is not tested by this"


@quick_and_sharp(150, 1500)
def test_no_drop_is_called_worse_or_better_at_most_alpha_of_the_time(repeats: int) -> None:
    found = simulate(repeats, tasks=164, samples=1, drop=0.0, max_drop=0.02)
    assert found[Decision.WORSE] <= ALPHA
    assert found[Decision.BETTER] <= at_most(ALPHA, repeats)


@quick_and_sharp(10, 150)
def test_several_samples_a_task_keep_the_risks_too(repeats: int) -> None:
    found = simulate(repeats, tasks=60, samples=5, drop=0.03, max_drop=0.03)
    assert found[Decision.WORSE] <= at_most(ALPHA, repeats)
    assert found[Decision.NOT_WORSE] + found[Decision.BETTER] <= at_most(ALPHA, repeats)


@quick_and_sharp(20, 500)
def test_many_benchmarks_do_not_add_up_false_alarms(repeats: int) -> None:
    found = simulate(repeats, tasks=100, samples=1, drop=0.02, max_drop=0.02, checks=6)
    assert found[Decision.WORSE] <= at_most(ALPHA, repeats)


@quick_and_sharp(50, 1000)
def test_power_is_that_of_the_normal_approximation(repeats: int) -> None:
    """A drop of 15 points against 2 allowed, 164 tasks: Miller's equation 9 gives how often it is seen."""
    drop, max_drop, tasks = 0.15, 0.02, 164
    found = simulate(repeats, tasks=tasks, samples=1, drop=drop, max_drop=max_drop)
    # of a difference of two single samples with rates p and 0.7 p, p uniform: E[p + .7 p - 1.4 p^2] - d^2
    variance = 0.5 + 0.35 - 2 * 0.7 / 3 - drop**2
    reach = (drop - max_drop) / math.sqrt(variance / tasks) - 1.6449
    expected = 0.5 * (1 + math.erf(reach / math.sqrt(2)))
    chance = 3 * math.sqrt(expected * (1 - expected) / repeats)
    assert found[Decision.WORSE] == pytest.approx(expected, abs=0.025 + chance)
    assert found[Decision.NOT_WORSE] + found[Decision.BETTER] == 0


@quick_and_sharp(3, 20)
def test_a_large_run_separates_a_good_candidate_from_a_bad_one(repeats: int) -> None:
    same = simulate(repeats, tasks=164, samples=20, drop=0.0, max_drop=0.05, seed=1)
    assert same[Decision.NOT_WORSE] + same[Decision.BETTER] >= 0.95
    bad = simulate(repeats, tasks=164, samples=20, drop=0.10, max_drop=0.05, seed=2)
    assert bad[Decision.WORSE] >= (0.8 if repeats >= 20 else 0.6)

"""Choosing among samples, and how different they are: against brute force over all choices."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from codeeval.statistics import (
    best_of_n,
    diversity,
    expected_distinct,
    majority_at_k,
    pass_hat_k,
)
from codeeval.statistics.selection import _drawn_majority

ANSWERS = st.lists(st.sampled_from("aabbcde"), min_size=1, max_size=9).map("".join)


def choices(answers: str) -> list[tuple[int, ...]]:
    """All choices of each size."""
    indices = range(len(answers))
    return [each for k in range(1, len(answers) + 1) for each in itertools.combinations(indices, k)]


@pytest.mark.parametrize(("n", "c"), [(6, 0), (6, 1), (6, 4), (6, 6)])
def test_pass_hat_k_is_the_share_of_choices_that_all_pass(n: int, c: int) -> None:
    for k in range(1, n + 1):
        chosen = list(itertools.combinations(range(n), k))
        assert pass_hat_k(n, c, k) == pytest.approx(sum(max(each) < c for each in chosen) / len(chosen))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, 1, 0), (3, 1, 4), (3, -1, 1)])
def test_pass_hat_k_needs_samples(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match=rf"\^{k} .*{c} of {n} "):
        pass_hat_k(n, c, k)


@hypothesis_settings(max_examples=60, deadline=None)
@given(ANSWERS, st.sets(st.sampled_from("abcd")))
def test_the_majority_is_that_of_all_choices(answers: str, right: set[str]) -> None:
    """``e`` stands for a sample without an answer, which has no vote."""
    wins: dict[int, list[float]] = {}
    for chosen in choices(answers):
        votes = Counter(answers[i] for i in chosen if answers[i] != "e")
        winners = [answer for answer in votes if votes[answer] == max(votes.values())]
        share = sum(each in right for each in winners) / max(1, len(winners))
        wins.setdefault(len(chosen), []).append(share)
    keys = [None if answer == "e" else answer for answer in answers]
    for k, each in wins.items():
        found = majority_at_k(keys, [answer in right for answer in answers], k)
        assert found.value == pytest.approx(sum(each) / len(each), abs=1e-12)
        assert found.method == "exact"


def test_a_sampled_majority_agrees_with_the_exact_one() -> None:
    groups = [(9, False), (7, True), (5, False), (5, True), (4, False)]
    keys = [index for index, (size, _) in enumerate(groups) for _ in range(size)]
    right = [groups[key][1] for key in keys]
    exact = majority_at_k(keys, right, 7)
    assert _drawn_majority(groups, 7, 10_000, 0) == pytest.approx(exact.value, abs=0.015)
    exact = majority_at_k([*keys, *[None] * 20], right + [False] * 20, 7)
    assert _drawn_majority(groups, 7, 10_000, 0, 20) == pytest.approx(exact.value, abs=0.015)


def test_a_large_majority_is_sampled_and_marked() -> None:
    keys = [size for size in range(1, 81) for _ in range(size)]
    right = [key % 2 == 0 for key in keys]
    found = majority_at_k(keys, right, 60, draws=200)
    assert found.method == "monte carlo"
    assert found.value == pytest.approx(0.5, abs=0.1)
    assert found == majority_at_k(keys, right, 60, draws=200)


@pytest.mark.parametrize("size", [1, 2])
def test_thousands_of_answers_that_differ_are_exact(size: int) -> None:
    keys = list(range(3_000)) * size
    found = majority_at_k(keys, [key % 3 == 0 for key in keys], 50)
    assert found.method == "exact"
    assert found.value == pytest.approx(1 / 3, abs=1e-9), "no answer is more frequent than another"


def test_hundreds_of_samples_do_not_overflow() -> None:
    keys = [0] * 500 + [1] * 499
    right = [key == 0 for key in keys]
    assert majority_at_k(keys, right, 101).value == pytest.approx(0.5, abs=0.03)
    assert majority_at_k(keys, right, 999).value == pytest.approx(1)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=8))
def test_the_best_is_that_of_all_choices(samples: list[tuple[int, bool]]) -> None:
    scores, right = [score for score, _ in samples], [passed for _, passed in samples]
    for n in range(1, len(samples) + 1):
        shares = []
        for chosen in itertools.combinations(samples, n):
            best = [passed for score, passed in chosen if score == max(each for each, _ in chosen)]
            shares.append(sum(best) / len(best))
        assert best_of_n(scores, right, n) == pytest.approx(sum(shares) / len(shares))


def test_selection_needs_samples() -> None:
    for call, facts in (
        (lambda: best_of_n([1.0], [True], 2), r"2 .*1 .*1 "),
        (lambda: best_of_n([1.0], [True, False], 1), r"1 .*1 .*2 "),
        (lambda: best_of_n([float("nan")], [True], 1), "number"),
        (lambda: majority_at_k("ab", [True], 1), r"maj@1 .*2 .*1 "),
        (lambda: majority_at_k("ab", [True, False], 3), r"maj@3 .*2 .*2 "),
        (lambda: expected_distinct("ab", 3), "3 of 2 "),
        (lambda: diversity([]), "sample"),
    ):
        with pytest.raises(ValueError, match=facts):
            call()


@hypothesis_settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_rarefaction_is_the_mean_over_all_choices(answers: str) -> None:
    found: dict[int, list[int]] = {}
    for chosen in choices(answers):
        found.setdefault(len(chosen), []).append(len({answers[i] for i in chosen}))
    for k, each in found.items():
        assert expected_distinct(answers, k) == pytest.approx(np.mean(each))


def test_diversity_by_hand() -> None:
    found = diversity("aaabbc")
    assert (found.samples, found.distinct) == (6, 3)
    assert found.effective == pytest.approx(36 / 14)
    assert found.repeat == pytest.approx((3 * 2 + 2 * 1) / 30)
    alike, alone = diversity("aaaa"), diversity("a")
    assert (alike.distinct, alike.effective, alike.repeat) == (1, 1.0, 1.0)
    assert (alone.distinct, alone.effective, alone.repeat) == (1, 1.0, 0.0)

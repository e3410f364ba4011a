"""Which samples a report shows whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from codeeval.reports.selection import choose
from codeeval.types import Outcome

P, W, T = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.TIMEOUT


def test_failing_samples_come_first_and_each_way_of_failing_early() -> None:
    assert choose([[P, W, W, T, P]], 10) == [[1, 3, 2, 0, 4]]


def test_every_task_shows_one_before_any_shows_two() -> None:
    assert choose([[W, W, W], [P, P, P]], 2) == [[0], [0]]


def test_failing_samples_go_before_passed_ones_of_other_tasks() -> None:
    assert choose([[W, W, W], [P, P, P]], 4) == [[0, 1, 2], [0]]


def test_samples_without_a_verdict_come_last() -> None:
    assert choose([[None, P, W]], 3) == [[2, 1, 0]]


outcomes = st.lists(st.lists(st.sampled_from([*Outcome, None]), max_size=8), max_size=8)


@settings(deadline=None)
@given(outcomes, st.integers(0, 70))
def test_the_budget_is_used_up_and_never_passed(tasks: list[list[Outcome | None]], budget: int) -> None:
    chosen = choose(tasks, budget)
    assert sum(map(len, chosen)) == min(budget, sum(map(len, tasks)))
    for found, own in zip(chosen, tasks, strict=True):
        assert len(set(found)) == len(found) <= len(own)

"""Which samples a report shows whole, where a run has more than a page can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence


def choose(tasks: Sequence[Sequence[Outcome | None]], budget: int) -> list[list[int]]:
    """Choose samples of each task: one of every task, then failing ones, then the rest, evenly over tasks.

    Of a task's failing samples those come first that fail in a way not chosen yet.

    Args:
        tasks: outcomes of each task's samples; None where there is no verdict.
        budget: how many to choose in all.

    Returns:
        Of each task the numbers of its chosen samples, in the order in which to show them.
    """
    wishes: list[tuple[int, int, int, int]] = []
    for task, outcomes in enumerate(tasks):
        for place, sample in enumerate(_failing_first(outcomes)):
            stage = 0 if place == 0 else 1 if _failed(outcomes[sample]) else 2
            wishes.append((stage, place, task, sample))
    wishes.sort()
    chosen: list[list[int]] = [[] for _ in tasks]
    for _, _, task, sample in wishes[:budget]:
        chosen[task].append(sample)
    return chosen


def _failing_first(outcomes: Sequence[Outcome | None]) -> list[int]:
    seen: dict[Outcome | None, int] = {}
    ranks = []
    for sample, outcome in enumerate(outcomes):
        turn = seen[outcome] = seen.get(outcome, -1) + 1
        ranks.append((not _failed(outcome), outcome is None, turn, sample))
    return [sample for *_, sample in sorted(ranks)]


def _failed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome is not Outcome.PASSED

"""n@k: whether one of the first n submissions passes, where these were chosen from k candidates.

Source: Li et al. 2022, "Competition-Level Code Generation with AlphaCode" (arXiv:2203.07814), section 2.2.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from codeeval.metrics.means import PassValues
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable


class Submissions:
    """What the submissions of each task came to, in their order.

    Args:
        candidates: from how many they were chosen.
    """

    def __init__(self, candidates: int) -> None:
        self._candidates = candidates
        self._tasks: dict[str, dict[int, Outcome]] = {}
        self._left_out: Counter[str] = Counter()

    def add(self, task_id: str, number: int, outcome: Outcome) -> None:
        """Take what submission ``number`` came to."""
        self._tasks.setdefault(task_id, {})[number] = outcome

    def leave_out(self, task_id: str) -> None:
        """Count a submission without a verdict."""
        self._tasks.setdefault(task_id, {})
        self._left_out[task_id] += 1

    def values(self, ns: Iterable[int]) -> dict[str, PassValues]:
        """Return each task's n@k for these n and for all submissions, the most first.

        A task of which none of the first n passes, and some have no verdict, is in the bounds alone.
        """
        fewest = min((len(each) + self._left_out[task] for task, each in self._tasks.items()), default=0)
        wanted = sorted({*(n for n in ns if n <= fewest), *([fewest] if fewest else [])}, reverse=True)
        found = {f"{n}@{self._candidates}": self._value(n) for n in wanted}
        return {name: values for name, values in found.items() if values.values}

    def _value(self, n: int) -> PassValues:
        result = PassValues([], [], [])
        for outcomes in self._tasks.values():
            first = [outcomes.get(number) for number in range(n)]
            passed = Outcome.PASSED in first
            decided = passed or not {None, Outcome.SANDBOX_ERROR}.intersection(first)
            if decided:
                result.values.append(float(passed))
            result.worst.append(float(passed))
            result.best.append(float(passed or not decided))
        return result

"""What strategies that generate several candidates and select one have in common."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import msgspec

from codeeval.strategies.base import StrategyBase
from codeeval.strategies.parameters import refuse_greedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.strategies.trials import Trial
    from codeeval.types import Completion, Sampling


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters; a strategy narrows the bounds."""

    n: int = 5
    """Candidates a sample."""


class SelectionStrategy(StrategyBase[Candidates], abc.ABC):
    """Generates ``n`` candidates, runs trials of all on the prompt's examples, and selects one."""

    needs_trials = True
    selects_only = True

    @property
    def max_generations(self) -> int:
        """Candidates a sample."""
        return self._parameters.n

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any model will do
        """Refuse greedy sampling.

        Raises:
            UsageError: the temperature is 0.
        """
        refuse_greedy(self.name, sampling)

    async def solve(self, attempt: Attempt) -> Completion:
        """Generate, run trials, select."""
        candidates = await attempt.generate("candidate", count=self._parameters.n)
        return attempt.select(candidates[self.best(await attempt.run_trials(candidates))])

    @abc.abstractmethod
    def best(self, trials: Sequence[Trial]) -> int:
        """Return the index of the candidate to select."""

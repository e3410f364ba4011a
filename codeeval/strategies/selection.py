"""What strategies that generate several candidates and select one have in common."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import msgspec

from codeeval.strategies.parameters import parameter_texts, read_parameters, refuse_greedy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.strategies.trials import Trial
    from codeeval.types import Completion, Sampling


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters; a strategy narrows the bounds."""

    n: int = 5
    """Candidates a sample."""


class SelectionStrategy(abc.ABC):
    """Generates ``n`` candidates, runs trials of all on the prompt's examples, and selects one."""

    name: ClassVar[str]
    parameter_type: ClassVar[type[Candidates]]
    template_hash = ""
    needs_trials = True
    selects_only = True

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = read_parameters(self.name, self.parameter_type, parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """All of them."""
        return parameter_texts(self._parameters)

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

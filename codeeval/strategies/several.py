"""What strategies that draw several times and keep one draw have in common."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import msgspec

from codeeval.strategies.parameters import need_variety, read_parameters, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.strategies.values import Trial
    from codeeval.types import Completion, Sampling


class Draws(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set; a strategy narrows the bounds."""

    n: int = 5
    """Draws a sample."""


class KeepsOne(abc.ABC):
    """Draws ``n`` times, tries all draws on the prompt's examples, and keeps the one that is chosen."""

    name: ClassVar[str]
    wanted: ClassVar[type[Draws]]
    """What can be set."""
    template_hash = ""
    needs_trials = True
    replays = True

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._given = read_parameters(self.name, self.wanted, parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """All of them."""
        return spelled(self._given)

    @property
    def draws(self) -> int:
        """Most draws a sample."""
        return self._given.n

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any model will do
        """Refuse greedy sampling.

        Raises:
            UsageError: the temperature is 0.
        """
        need_variety(self.name, sampling)

    async def solve(self, attempt: Attempt) -> Completion:
        """Draw, try out, choose."""
        draws = await attempt.draw("draw", count=self._given.n)
        return attempt.finish(draws[self.chosen(await attempt.try_all(draws))])

    @abc.abstractmethod
    def chosen(self, trials: Sequence[Trial]) -> int:
        """Return the place of the draw that is kept."""

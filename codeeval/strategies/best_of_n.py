"""``best-of-n``: draw n times, keep the draw whose program does best on the examples of the prompt.

Source: the filtering of Li et al. 2022, "Competition-Level Code Generation with AlphaCode", section 4.5, by
the tests that the problem statement shows; CodeT (Chen et al. 2022) filters by tests of the model's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from codeeval.strategies.parameters import need_variety, read_parameters, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.types import Completion, Sampling


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set."""

    n: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 5
    """Draws a sample."""


class BestOfN:
    """Of n draws, the first of those that pass most examples."""

    name = "best-of-n"
    template_hash = ""
    needs_trials = True
    replays = True

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._given = read_parameters(self.name, Parameters, parameters)

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
        trials = await attempt.try_all(draws)
        best = max(range(len(draws)), key=lambda place: (trials[place].rank, -place))
        return attempt.finish(draws[best])

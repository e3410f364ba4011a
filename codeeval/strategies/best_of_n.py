"""``best-of-n``: draw n times, keep the draw whose program does best on the examples of the prompt.

Source: the filtering of Li et al. 2022, "Competition-Level Code Generation with AlphaCode", section 4.5, by
the tests that the problem statement shows; CodeT (Chen et al. 2022) filters by tests of the model's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from codeeval.strategies.several import Draws, KeepsOne

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.values import Trial


class Parameters(Draws, frozen=True, kw_only=True):
    """What can be set."""

    n: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 5
    """Draws a sample."""


class BestOfN(KeepsOne):
    """Of n draws, the first of those that pass most examples."""

    name = "best-of-n"
    wanted = Parameters

    def chosen(self, trials: Sequence[Trial]) -> int:
        """Return the place of the first of the best."""
        return max(range(len(trials)), key=lambda place: (trials[place].rank, -place))

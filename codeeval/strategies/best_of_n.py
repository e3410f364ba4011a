"""``best-of-n``: generate n candidates, select the one whose program does best on the prompt's examples.

Source: the filtering of Li et al. 2022, "Competition-Level Code Generation with AlphaCode", section 4.5, by
the tests that the problem statement shows; CodeT (Chen et al. 2022) filters by tests of the model's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from codeeval.strategies.selection import Candidates, SelectionStrategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.trials import Trial


class Parameters(Candidates, frozen=True, kw_only=True):
    """The parameters."""

    n: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 5
    """Candidates a sample."""


class BestOfN(SelectionStrategy):
    """Of n candidates, the first of those that pass most examples."""

    name = "best-of-n"
    parameter_type = Parameters

    def best(self, trials: Sequence[Trial]) -> int:
        """Return the index of the first of the best."""
        return max(range(len(trials)), key=lambda index: (trials[index].rank, -index))

"""``majority``: generate n candidates, select one whose program does what most of the others do.

Programs are clustered by what they return on the inputs of the prompt's examples, right or wrong. Where the
prompt shows no example, programs of the same text, comments and layout aside, are one cluster.

Source: Shi et al. 2022, "Natural Language to Code Translation with Execution" (MBR-EXEC), and the clusters of
AlphaCode (Li et al. 2022, section 4.6) and CodeT (Chen et al. 2022), both by behaviour on inputs.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Annotated

import msgspec

from codeeval.strategies.selection import Candidates, SelectionStrategy
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.trials import Trial


class Parameters(Candidates, frozen=True, kw_only=True):
    """The parameters."""

    n: Annotated[int, msgspec.Meta(ge=3, le=1000)] = 5
    """Candidates a sample."""


class Majority(SelectionStrategy):
    """Of n candidates, the first of the largest cluster; of equally large ones, of the earliest."""

    name = "majority"
    parameter_type = Parameters

    def best(self, trials: Sequence[Trial]) -> int:
        """Return the first index of the largest cluster."""
        clusters: dict[tuple[str, ...], list[int]] = {}
        for index, trial in enumerate(trials):
            clusters.setdefault(behaviour(trial), []).append(index)
        voting = {key: indices for key, indices in clusters.items() if key} or clusters
        return max(voting.values(), key=lambda indices: (len(indices), -indices[0]))[0]


def behaviour(trial: Trial) -> tuple[str, ...]:
    """Return what puts a program into a cluster; empty where it has no vote.

    A program that returns nothing on any example, that does not run, or of which nothing is known has none.
    """
    if trial.examples:
        if not any(result.returned for result in trial.results):
            return ()
        return tuple(
            _without_addresses(result.actual) if not result.passed else "as shown" for result in trial.results
        )
    return (normalised(trial.code),) if trial.outcome is Outcome.PASSED else ()


def _without_addresses(text: str) -> str:
    """Remove addresses, which differ from one process to the next."""
    return re.sub(r"\b0x[0-9a-f]+", "0x", text)


def normalised(code: str) -> str:
    """Return a program's text without comments and layout; without blanks where it is not Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.unparse(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(code.split())

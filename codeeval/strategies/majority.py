"""``majority``: draw n times, keep a draw whose program does what most of the others do.

Programs are put together by what they return on the inputs of the prompt's examples; whether that is what the
examples say does not count. Where the prompt shows no example, programs of the same text, comments and layout
aside, are put together.

Source: Shi et al. 2022, "Natural Language to Code Translation with Execution" (MBR-EXEC), and the clusters of
AlphaCode (Li et al. 2022, section 4.6) and CodeT (Chen et al. 2022), both by behaviour on inputs.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Annotated

import msgspec

from codeeval.strategies.several import Draws, KeepsOne
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.values import Trial


class Parameters(Draws, frozen=True, kw_only=True):
    """What can be set."""

    n: Annotated[int, msgspec.Meta(ge=3, le=1000)] = 5
    """Draws a sample."""


class Majority(KeepsOne):
    """Of n draws, the first of the largest cluster; of equally large ones, of the one drawn first."""

    name = "majority"
    wanted = Parameters

    def chosen(self, trials: Sequence[Trial]) -> int:
        """Return the first place of the largest cluster."""
        clusters: dict[tuple[str, ...], list[int]] = {}
        for place, trial in enumerate(trials):
            clusters.setdefault(behaviour(trial), []).append(place)
        voting = {key: places for key, places in clusters.items() if key} or clusters
        return max(voting.values(), key=lambda places: (len(places), -places[0]))[0]


def behaviour(trial: Trial) -> tuple[str, ...]:
    """Return what puts a program together with others; empty where it has no vote.

    A program that returns nothing on any example, that does not run, or of which nothing is known has none.
    """
    if trial.examples:
        if not any(result.returned for result in trial.results):
            return ()
        return tuple(_plain(result.said) if not result.passed else "as shown" for result in trial.results)
    return (normalised(trial.code),) if trial.outcome is Outcome.PASSED else ()


def _plain(said: str) -> str:
    """Leave out addresses, which differ from one process to the next."""
    return re.sub(r"\b0x[0-9a-f]+", "0x", said)


def normalised(code: str) -> str:
    """Return a program's text without comments and layout; without blanks where it is not Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.unparse(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(code.split())

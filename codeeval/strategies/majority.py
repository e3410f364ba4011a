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

from codeeval.strategies.parameters import need_variety, read_parameters, spelled
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.strategies.values import Trial
    from codeeval.types import Completion, Sampling


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set."""

    n: Annotated[int, msgspec.Meta(ge=3, le=1000)] = 5
    """Draws a sample."""


class Majority:
    """Of n draws, the first of the largest cluster; of equally large ones, of the one drawn first."""

    name = "majority"
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
        """Draw, try out, count."""
        draws = await attempt.draw("draw", count=self._given.n)
        clusters: dict[tuple[str, ...], list[int]] = {}
        for place, trial in enumerate(await attempt.try_all(draws)):
            clusters.setdefault(behaviour(trial), []).append(place)
        voting = {key: places for key, places in clusters.items() if key} or clusters
        largest = max(voting.values(), key=lambda places: (len(places), -places[0]))
        return attempt.finish(draws[largest[0]])


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

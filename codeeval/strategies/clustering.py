"""``clustering``: of k candidates, submit one from each of the largest clusters that behave alike.

Candidates that fail an example of the prompt are dropped. Those that are left are run on inputs made by
mutating the examples', and programs that print the same on all of them are a cluster.

Source: Li et al. 2022, "Competition-Level Code Generation with AlphaCode" (arXiv:2203.07814), sections 4.5
and 4.6. There a model that was trained for it makes the inputs.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Annotated

import msgspec

from codeeval.strategies.base import StrategyBase
from codeeval.strategies.input_mutation import mutated
from codeeval.strategies.majority import normalised
from codeeval.strategies.parameters import refuse_greedy
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt, Candidate
    from codeeval.strategies.trials import Trial
    from codeeval.types import Completion, Sampling


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    k: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 100
    """Candidates a task."""
    inputs: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    """Most inputs that they are run on."""


class Clustering(StrategyBase[Parameters]):
    """Submits from the clusters in turn, the largest first."""

    name = "clustering"
    parameter_type = Parameters
    needs_trials = True
    selects_only = True

    @property
    def max_generations(self) -> int:
        """Candidates a task, whatever the number of submissions."""
        return self._parameters.k

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any model will do
        """Refuse greedy sampling.

        Raises:
            UsageError: the temperature is 0.
        """
        refuse_greedy(self.name, sampling)

    async def solve(self, attempt: Attempt) -> Completion:
        """Make the first submission."""
        return (await self.submit(attempt, range(1)))[0]

    async def submit(self, attempt: Attempt, samples: range) -> list[Completion]:
        """Generate, filter, cluster, and choose; nothing is submitted where too few are left."""
        candidates = await attempt.generate("candidate", count=self._parameters.k)
        trials = await attempt.run_trials(candidates)
        kept = [index for index, trial in enumerate(trials) if passes_examples(trial)]
        inputs = mutated(attempt.inputs, self._parameters.inputs)
        behaviours = await self._behaviours(attempt, [candidates[index] for index in kept], inputs)
        keys = [
            behaviour or (normalised(trials[index].code),)
            for index, behaviour in zip(kept, behaviours, strict=True)
        ]
        order = [kept[place] for place in in_turn(keys)]
        chosen = [candidates[order[sample]] if sample < len(order) else None for sample in samples]
        return attempt.submit(chosen, samples, candidates[0])

    @staticmethod
    async def _behaviours(
        attempt: Attempt, candidates: Sequence[Candidate], inputs: Sequence[str]
    ) -> list[tuple[str, ...]]:
        """Run the candidates on the inputs; those of the same text once."""
        of_text: dict[str, Candidate] = {}
        for candidate in candidates:
            of_text.setdefault(candidate.completion.text, candidate)
        found = await asyncio.gather(*(attempt.behaviour(each, inputs) for each in of_text.values()))
        by_text = dict(zip(of_text, found, strict=True))
        return [by_text[candidate.completion.text] for candidate in candidates]


def passes_examples(trial: Trial) -> bool:
    """Whether nothing speaks against submitting a candidate: it passes all examples that there are."""
    if trial.examples and trial.outcome is not Outcome.SANDBOX_ERROR:
        return trial.outcome is Outcome.PASSED
    return trial.outcome not in (Outcome.NO_CODE, Outcome.COMPILE_ERROR)


def in_turn(keys: Sequence[tuple[str, ...]]) -> list[int]:
    """Order candidates: the first of each cluster, from the largest to the smallest, then the second of each.

    Args:
        keys: equal for candidates of one cluster. Of equally large clusters that of the earliest comes first.
    """
    clusters: dict[tuple[str, ...], list[int]] = {}
    for index, key in enumerate(keys):
        clusters.setdefault(key, []).append(index)
    largest_first = sorted(clusters.values(), key=lambda indices: (-len(indices), indices[0]))
    rounds = itertools.zip_longest(*largest_first)
    return [index for each in rounds for index in each if index is not None]

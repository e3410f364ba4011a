"""A model whose every sample a strategy makes of several draws of another model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import UsageError
from codeeval.strategies.attempt import Attempt

if TYPE_CHECKING:
    from codeeval.interfaces import Model, ModelInfo
    from codeeval.strategies.values import Strategy, Trial, Trials
    from codeeval.types import Completion, Problem, Prompt, Sampling


class StrategyModel:
    """Satisfies ``Model``, so that records, resume and several samples a task work as with any other.

    Draw ``d`` of sample ``i`` is sample ``i * strategy.draws + d`` of the model behind: each has a seed of
    its own, and the cache knows it again.

    Args:
        model: draws.
        strategy: decides what is drawn and what is kept.
    """

    def __init__(self, model: Model, strategy: Strategy) -> None:
        self.model = model
        self.strategy = strategy
        self._trials: Trials | None = None
        self._slots = asyncio.Semaphore(max(1, model.info.concurrency))

    @property
    def info(self) -> ModelInfo:
        """The model's, one sample a request: a sample takes several of its requests."""
        return msgspec.structs.replace(self.model.info, max_n=1)

    def bind_trials(self, trials: Trials) -> None:
        """Take what tries out draws; the pipeline calls this when the sandboxes are there."""
        self._trials = trials

    def available(self, task_id: str) -> int | None:
        """How many samples the draws of a replayed file make; None: any number."""
        held = self.model.available(task_id)
        return None if held is None else held // self.strategy.draws

    async def complete(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        """Make the samples, one after another.

        Raises:
            ModelError: the model cannot go on.
            SandboxError: no sandbox works any more.
            UsageError: the strategy needs trials and there is no sandbox.
        """
        if self.strategy.needs_trials and self._trials is None:
            raise no_sandbox(self.strategy)
        return [await self._make(prompt, sampling, sample, problem) for sample in samples]

    async def _make(self, prompt: Prompt, sampling: Sampling, sample: int, problem: Problem) -> Completion:
        first = sample * self.strategy.draws

        async def ask(prompt: Prompt, sampling: Sampling, numbers: range) -> list[Completion]:
            wanted = range(first + numbers.start, first + numbers.stop)
            async with self._slots:
                return await self.model.complete(prompt, sampling, wanted, problem)

        async def try_out(completion: Completion) -> Trial:
            if self._trials is None:
                raise no_sandbox(self.strategy)
            return await self._trials(problem, completion)

        attempt = Attempt(
            prompt,
            sampling,
            sample,
            most_at_once=self.model.info.max_n,
            ask=ask,
            try_out=try_out,
        )
        return await self.strategy.solve(attempt)

    async def aclose(self) -> None:
        """Free what the model holds."""
        await self.model.aclose()


def no_sandbox(strategy: Strategy) -> UsageError:
    """Say that a strategy cannot do without a sandbox."""
    return UsageError(
        f"the strategy {strategy.name} executes what it draws, and here is no sandbox",
        "Use `codeeval run`, on a machine that has one.",
    )

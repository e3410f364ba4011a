"""Samples that a strategy makes, each of several completions of a model or a source."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from codeeval.errors import UsageError
from codeeval.interfaces import CompletionSource
from codeeval.strategies.attempt import Attempt
from codeeval.strategies.strategy import ChoosesSubmissions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark, Model, ModelInfo
    from codeeval.strategies.strategy import Strategy
    from codeeval.strategies.trials import Probes, RunTrial, Trial
    from codeeval.types import Completion, Problem, Prompt, Sampling

_SOURCE_CONCURRENCY: Final = 16
"""Samples in the making over a source: reading costs nothing, but their trials run in the sandboxes."""


class StrategySampler:
    """Makes each sample with a strategy.

    Completion ``g`` of sample ``i`` is sample ``i * strategy.max_generations + g`` of the model or source:
    each has a seed of its own, and the completion cache finds it again. Submissions share the first
    ``strategy.max_generations``.

    Args:
        model: generates, or has, the completions.
        strategy: decides what is generated and what is selected.
        benchmark: renders the prompts.
        sampling: of the run.
        run_trial: runs trials; None where there is no sandbox.
        probes: runs candidates on inputs; None where the strategy has none.

    Raises:
        UsageError: the strategy needs trials and there is no sandbox.
    """

    def __init__(
        self,
        model: Model | CompletionSource,
        strategy: Strategy,
        benchmark: Benchmark,
        sampling: Sampling,
        run_trial: RunTrial | None,
        *,
        probes: Probes | None = None,
    ) -> None:
        if strategy.needs_trials and run_trial is None:
            raise no_sandbox(strategy)
        self._model = model
        self._strategy = strategy
        self._benchmark = benchmark
        self._sampling = sampling
        self._run_trial = run_trial
        self._probes = probes
        self._slots = asyncio.Semaphore(max(1, model.info.concurrency))

    @property
    def info(self) -> ModelInfo:
        """Of the model or source."""
        return self._model.info

    @property
    def max_n(self) -> int:
        """One, for a sample takes several requests; all submissions of a task."""
        return self._strategy.max_generations if isinstance(self._strategy, ChoosesSubmissions) else 1

    @property
    def concurrency(self) -> int:
        """Samples in the making at once."""
        source = isinstance(self._model, CompletionSource)
        return _SOURCE_CONCURRENCY if source else self._model.info.concurrency

    async def sample(self, problem: Problem, samples: range) -> list[Completion]:
        """Make the samples, one after another.

        Raises:
            ModelError: the model fails.
            SandboxError: no sandbox works any more.
        """
        prompt = self._benchmark.prompt(problem)
        if isinstance(self._strategy, ChoosesSubmissions):
            return await self._strategy.submit(self._attempt(problem, prompt, samples.start, 0), samples)
        each = self._strategy.max_generations
        return [
            await self._strategy.solve(self._attempt(problem, prompt, sample, sample * each))
            for sample in samples
        ]

    def _attempt(self, problem: Problem, prompt: Prompt, sample: int, first: int) -> Attempt:
        probes = self._probes

        async def generate(prompt: Prompt, sampling: Sampling, numbers: range) -> list[Completion]:
            samples = range(first + numbers.start, first + numbers.stop)
            async with self._slots:
                if isinstance(self._model, CompletionSource):
                    return await self._model.completions(problem, samples)
                return await self._model.complete(prompt, sampling, samples)

        async def run_trial(completion: Completion) -> Trial:
            if self._run_trial is None:
                raise no_sandbox(self._strategy)
            return await self._run_trial(problem, completion)

        async def behaviour(completion: Completion, inputs: Sequence[str]) -> tuple[str, ...]:
            return await probes.behaviour(problem, completion, inputs) if probes else ()

        return Attempt(
            prompt,
            self._sampling,
            sample,
            max_n=self._model.info.max_n,
            generate=generate,
            run_trial=run_trial,
            inputs=probes.inputs(problem) if probes else (),
            behaviour=behaviour,
        )


def no_sandbox(strategy: Strategy) -> UsageError:
    """Make the error of a strategy that needs a sandbox where there is none."""
    return UsageError(
        f"the strategy {strategy.name} executes its candidates, and there is no sandbox here",
        "Use `codeeval run`, on a machine that has one.",
    )

"""Where the completions of a task's samples come from: a model, a source, or a strategy over either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from codeeval.interfaces import CompletionSource

if TYPE_CHECKING:
    from codeeval.interfaces import Benchmark, Model, ModelInfo
    from codeeval.types import Completion, Problem, Sampling


class Sampler(Protocol):
    """Gives the completions of a task's samples."""

    @property
    def info(self) -> ModelInfo:
        """Of the model or source."""
        ...

    @property
    def max_n(self) -> int:
        """Most samples that one call gives."""
        ...

    @property
    def concurrency(self) -> int:
        """Calls in flight."""
        ...

    async def sample(self, problem: Problem, samples: range) -> list[Completion]:
        """Return the samples with these indices, ``len(samples) <= max_n``.

        Raises:
            PromptRefused: the model rejects the task's prompt.
            BudgetSpent: no further request fits into the budget.
            ModelError: the model fails.
            DataError: the source lacks them, or cannot be read.
        """
        ...


class ModelSampler:
    """A model with the benchmark's prompts.

    Args:
        model: generates the completions.
        benchmark: renders the prompts.
        sampling: of the run.
    """

    def __init__(self, model: Model, benchmark: Benchmark, sampling: Sampling) -> None:
        self._model = model
        self._benchmark = benchmark
        self._sampling = sampling

    @property
    def info(self) -> ModelInfo:
        """Of the model."""
        return self._model.info

    @property
    def max_n(self) -> int:
        """As the model's."""
        return self._model.info.max_n

    @property
    def concurrency(self) -> int:
        """As the model's."""
        return self._model.info.concurrency

    async def sample(self, problem: Problem, samples: range) -> list[Completion]:
        """Generate the samples."""
        return await self._model.complete(self._benchmark.prompt(problem), self._sampling, samples)


class SourceSampler:
    """A source of completions; nothing is prompted."""

    def __init__(self, source: CompletionSource) -> None:
        self._source = source

    @property
    def info(self) -> ModelInfo:
        """Of the source."""
        return self._source.info

    @property
    def max_n(self) -> int:
        """As the source's."""
        return self._source.info.max_n

    @property
    def concurrency(self) -> int:
        """As the source's."""
        return self._source.info.concurrency

    async def sample(self, problem: Problem, samples: range) -> list[Completion]:
        """Return the samples that exist."""
        return await self._source.completions(problem, samples)


def plain_sampler(model: Model | CompletionSource, benchmark: Benchmark, sampling: Sampling) -> Sampler:
    """Return the sampler of a model or source without a strategy."""
    if isinstance(model, CompletionSource):
        return SourceSampler(model)
    return ModelSampler(model, benchmark, sampling)

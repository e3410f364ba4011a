"""A model that looks into the completion cache before it draws."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import StorageError
from codeeval.models.serving.cache import completion_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.interfaces import Model, ModelInfo
    from codeeval.models.serving.cache import CompletionCache
    from codeeval.types import Completion, Problem, Prompt, Sampling


class CachedModel:
    """A model over its completions of earlier runs. A cache that fails is left alone, and the run goes on.

    Args:
        model: draws what the cache has not.
        cache: closed with the model.
        note: is told, once, where the cache fails.
    """

    def __init__(self, model: Model, cache: CompletionCache, note: Callable[[str], None]) -> None:
        self.inner = model
        self._cache: CompletionCache | None = cache
        self._note = note

    @property
    def info(self) -> ModelInfo:
        """That of the model."""
        return self.inner.info

    def available(self, task_id: str) -> int | None:
        """As the model says."""
        return self.inner.available(task_id)

    async def complete(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        """Draw the samples that are not known, keep them, and return all in order.

        Raises:
            ModelError: as the model does.
        """
        known = {c.sample: c for c in self.recall(prompt, sampling, samples)}
        runs = list(_runs([sample for sample in samples if sample not in known]))
        tasks = [asyncio.ensure_future(self._draw(prompt, sampling, run, problem)) for run in runs]
        try:
            for drawn in await asyncio.gather(*tasks):
                known |= {completion.sample: completion for completion in drawn}
        finally:
            for task in tasks:
                task.cancel()
        return [known[sample] for sample in samples if sample in known]

    async def _draw(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        drawn = await self.inner.complete(prompt, sampling, samples, problem)
        self.keep(prompt, sampling, drawn)
        return drawn

    def recall(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Return those of the samples that the cache has."""
        found = []
        try:
            for sample in samples:
                if self._cache is None:
                    break
                kept = self._cache.get(completion_key(self.info, prompt, sampling, sample))
                if kept is not None:
                    usage = msgspec.structs.replace(kept.usage, cached=True)
                    found.append(
                        msgspec.structs.replace(kept, task_id=prompt.task_id, sample=sample, usage=usage)
                    )
        except StorageError as error:
            self._give_up(error)
        return found

    def keep(self, prompt: Prompt, sampling: Sampling, completions: list[Completion]) -> None:
        """Put completions of one prompt into the cache."""
        if self._cache is None:
            return
        info = self.info
        entries = [(completion_key(info, prompt, sampling, c.sample), c) for c in completions]
        try:
            self._cache.put(info.spec, entries)
        except StorageError as error:
            self._give_up(error)

    def _give_up(self, error: StorageError) -> None:
        if self._cache is not None:
            self._note(f"the completion cache is not used any more: {error.message}")
            self._cache.close()
            self._cache = None

    async def aclose(self) -> None:
        """Close the cache and the model."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None
        await self.inner.aclose()


def _runs(samples: list[int]) -> list[range]:
    """Join neighbours: ``[0, 1, 4]`` gives ``[range(0, 2), range(4, 5)]``."""
    runs = []
    for _, group in itertools.groupby(enumerate(samples), lambda pair: pair[1] - pair[0]):
        members = [sample for _, sample in group]
        runs.append(range(members[0], members[-1] + 1))
    return runs

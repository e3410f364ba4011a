"""A model that looks into the completion cache before it generates."""

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
    from codeeval.types import Completion, Prompt, Sampling


class CachedModel:
    """A model with its completions of earlier runs. A cache that fails is no longer used; the run continues.

    Args:
        model: generates what the cache lacks.
        cache: closed with the model.
        notes: receives a line, once, where the cache fails.
    """

    def __init__(self, model: Model, cache: CompletionCache, notes: Callable[[str], None]) -> None:
        self.inner = model
        self._cache: CompletionCache | None = cache
        self._notes = notes

    @property
    def info(self) -> ModelInfo:
        """That of the model."""
        return self.inner.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples that the cache lacks, keep them, and return all in order.

        Raises:
            ModelError: as the model does.
        """
        known = {c.sample: c for c in self.lookup(prompt, sampling, samples)}
        runs = list(_runs([sample for sample in samples if sample not in known]))
        tasks = [asyncio.ensure_future(self._generate(prompt, sampling, run)) for run in runs]
        try:
            for generated in await asyncio.gather(*tasks):
                known |= {completion.sample: completion for completion in generated}
        finally:
            for task in tasks:
                task.cancel()
        return [known[sample] for sample in samples if sample in known]

    async def _generate(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        generated = await self.inner.complete(prompt, sampling, samples)
        self.store(prompt, sampling, generated)
        return generated

    def lookup(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
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

    def store(self, prompt: Prompt, sampling: Sampling, completions: list[Completion]) -> None:
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
            self._notes(f"the completion cache is not used any more: {error.message}")
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

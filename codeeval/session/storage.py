"""The completion cache, and the weights of models that run in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codeeval.config import load_settings
from codeeval.models.pull import list_models, pull
from codeeval.models.serving.cache import CompletionCache, ModelShare, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.models.pull import Listing


class CacheStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache holds."""

    path: Path
    completions: int
    size_bytes: int
    """Of the file."""
    models: list[ModelShare]


class PruneResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed."""

    completions: int | None
    """None where the whole file went."""
    freed_bytes: int


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is ready."""

    name: str
    path: Path


def cache_stats() -> CacheStats:
    """Return what the completion cache holds.

    Raises:
        StorageError: it cannot be read.
    """
    with CompletionCache(load_settings().cache_dir) as cache:
        shares = cache.shares()
        return CacheStats(
            path=cache.path,
            completions=sum(share.completions for share in shares),
            size_bytes=cache.path.stat().st_size,
            models=shares,
        )


def clear_cache() -> PruneResult:
    """Delete the whole completion cache, also a damaged one."""
    return PruneResult(completions=None, freed_bytes=remove(load_settings().cache_dir))


def prune_cache(
    *, unused_days: float | None = None, model: str | None = None, max_bytes: int | None = None
) -> PruneResult:
    """Remove completions that match all that is given.

    Args:
        unused_days: those that no run has used for so long.
        model: those of this spec.
        max_bytes: keep the last used, at most so much.

    Raises:
        StorageError: the cache cannot be changed.
    """
    with CompletionCache(load_settings().cache_dir) as cache:
        pruned = cache.prune(unused_days=unused_days, model=model, max_bytes=max_bytes)
    return PruneResult(completions=pruned.completions, freed_bytes=pruned.freed_bytes)


def pull_model(name: str, progress: Callable[[int, int], None] | None = None) -> Pulled:
    """Fetch a model's weights, and verify their checksum.

    Raises:
        UnknownName: no such model.
        ModelError: they cannot be fetched, or their checksum is wrong.
    """
    return Pulled(name=name, path=pull(name, load_settings().cache_dir, progress))


def pullable_models() -> Sequence[Listing]:
    """Return the models that can be pulled, and where those that are installed are."""
    return list_models(load_settings().cache_dir)

"""The caches of completions and executions, and the weights of models that run in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codeeval.config import load_settings
from codeeval.errors import UsageError
from codeeval.keeping import KeptRecords, remove
from codeeval.models.pull import list_models, pull
from codeeval.models.serving.cache import FORM, CompletionCache, ModelShare
from codeeval.pipeline import execution_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.models.pull import Listing


class ImageShare(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of the executions in one image."""

    image: str
    executions: int
    size_bytes: int
    """Of the records, without the file's own structure."""
    last_used: int
    """Unix time."""


class ExecutionStats(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of executions."""

    path: Path
    executions: int
    size_bytes: int
    """Of the file."""
    images: list[ImageShare]


class CacheStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache holds."""

    path: Path
    completions: int
    size_bytes: int
    """Of the file."""
    models: list[ModelShare]
    execution_cache: ExecutionStats


class PruneResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed."""

    completions: int | None
    """None where the whole file went."""
    executions: int | None
    """As ``completions``."""
    freed_bytes: int


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is ready."""

    name: str
    path: Path


def cache_stats() -> CacheStats:
    """Return what the caches hold.

    Raises:
        StorageError: one of them cannot be read.
    """
    folder = load_settings().cache_dir
    with CompletionCache(folder) as cache, _executions(folder) as executions:
        shares, kept = cache.shares(), executions.shares()
        return CacheStats(
            path=cache.path,
            completions=sum(share.completions for share in shares),
            size_bytes=cache.path.stat().st_size,
            models=shares,
            execution_cache=ExecutionStats(
                path=executions.path,
                executions=sum(share.records for share in kept),
                size_bytes=executions.path.stat().st_size,
                images=[
                    ImageShare(
                        image=share.group,
                        executions=share.records,
                        size_bytes=share.size_bytes,
                        last_used=share.last_used,
                    )
                    for share in kept
                ],
            ),
        )


def clear_cache() -> PruneResult:
    """Delete both caches whole, also a damaged one."""
    folder = load_settings().cache_dir
    files = (folder / FORM.file, folder / execution_cache.FOLDER / execution_cache.FORM.file)
    return PruneResult(completions=None, executions=None, freed_bytes=sum(map(remove, files)))


def prune_cache(
    *,
    unused_days: float | None = None,
    model: str | None = None,
    image: str | None = None,
    max_bytes: int | None = None,
) -> PruneResult:
    """Remove what matches all that is given.

    Args:
        unused_days: what no run has used for so long.
        model: completions of this spec, and no executions.
        image: executions in this image, and no completions.
        max_bytes: keep the last used, at most so much of completions and as much of executions.

    Raises:
        UsageError: a model and an image.
        StorageError: a cache cannot be changed.
    """
    if model is not None and image is not None:
        raise UsageError("nothing is both of a model and of an image", "Name one of them.")
    folder = load_settings().cache_dir
    completions = executions = freed = 0
    if image is None:
        with CompletionCache(folder) as cache:
            pruned = cache.prune(unused_days=unused_days, model=model, max_bytes=max_bytes)
        completions, freed = pruned.records, pruned.freed_bytes
    if model is None:
        with _executions(folder) as kept:
            pruned = kept.prune(unused_days=unused_days, group=image, max_bytes=max_bytes)
        executions, freed = pruned.records, freed + pruned.freed_bytes
    return PruneResult(completions=completions, executions=executions, freed_bytes=freed)


def _executions(folder: Path) -> KeptRecords:
    return KeptRecords(folder / execution_cache.FOLDER, execution_cache.FORM)


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

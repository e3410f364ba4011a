"""Completions kept by content, in one file in the user's cache folder, shared by all runs.

An entry is found by a hash of everything that determines a completion (``completion_key``): the model with
its revision and details, the prompt's content, the sampling, and the sample's index. Because the index is
part of it, sampled completions are kept like greedy ones: the second sample of a prompt is not the first one
again. But two runs with the same settings get the same samples; one that must be independent of earlier ones
needs ``--no-cache``, or another seed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Self

import msgspec

from codeeval.keeping import Form, KeptRecords
from codeeval.models.serving.prices import uses_provider
from codeeval.types import Completion, FinishReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.interfaces import ModelInfo, ModelSpec
    from codeeval.keeping import Removed
    from codeeval.types import Prompt, Sampling

FORM: Final = Form("completions.sqlite3", 1, "completions", "model", "--no-cache")
_PINNED: Final = frozenset({"local", "hf", "vllm"})
"""Backends whose details name the weights: a file's hash, or a revision."""


class ModelShare(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache contains of one model."""

    model: str
    completions: int
    size_bytes: int
    """Of the records, without the file's own structure."""
    last_used: int
    """Unix time."""


def cacheable(spec: ModelSpec) -> bool:
    """Whether a model's name identifies its weights, so that its completions are kept by default.

    Weights of this machine are identified by hash or revision, a provider's by name. A server of one's own
    may serve another checkpoint under the same name tomorrow: kept only with ``--cache``.
    """
    return spec.backend in _PINNED or uses_provider(spec)


def completion_key(info: ModelInfo, prompt: Prompt, sampling: Sampling, sample: int) -> bytes:
    """Hash everything that determines a completion."""
    sent = msgspec.structs.replace(prompt, task_id="", template_hash="")  # what the model does not see
    content = (FORM.format, info.spec, info.details, sent, sampling, sample)
    return hashlib.sha256(_encode(content)).digest()


def _encode(value: object) -> bytes:
    encoder = msgspec.json.Encoder(order="deterministic")
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:  # a lone surrogate, which datasets do hold
        return repr(msgspec.to_builtins(value, order="deterministic")).encode("utf-8", "surrogatepass")


class CompletionCache:
    """The completions in one folder.

    Raises:
        StorageError: the file cannot be opened, is damaged, or was written by another version.
    """

    def __init__(self, folder: Path) -> None:
        self._kept = KeptRecords(folder, FORM)
        self.path = self._kept.path
        self._decode = msgspec.json.Decoder(Completion).decode

    def get(self, key: bytes) -> Completion | None:
        """Return the completion of this key, or None; its ``task_id`` and ``sample`` are the first run's.

        Raises:
            StorageError: the file cannot be read.
        """
        record = self._kept.get(key)
        try:
            return None if record is None else self._decode(record)
        except msgspec.MsgspecError:
            return None

    def put(self, model: str, entries: Sequence[tuple[bytes, Completion]]) -> None:
        """Keep completions, all or none; what another run has kept meanwhile is not replaced.

        Raises:
            StorageError: the file cannot be written.
        """
        reusable = [
            (key, msgspec.json.encode(completion)) for key, completion in entries if _reusable(completion)
        ]
        self._kept.put(model, reusable)

    def shares(self) -> list[ModelShare]:
        """Return the cache's contents by model, the largest first.

        Raises:
            StorageError: the file cannot be read.
        """
        return [
            ModelShare(model=each.group, completions=each.records, size_bytes=each.size_bytes,
                       last_used=each.last_used)
            for each in self._kept.shares()
        ]  # fmt: skip

    def prune(
        self, *, unused_days: float | None = None, model: str | None = None, max_bytes: int | None = None
    ) -> Removed:
        """Remove what was not used for so long, is of this model, or is too much; oldest use first.

        Raises:
            StorageError: the file cannot be written.
        """
        return self._kept.prune(unused_days=unused_days, group=model, max_bytes=max_bytes)

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reusable(completion: Completion) -> bool:
    """An empty text for no stated reason may be the server's mistake: it is generated again."""
    return (
        bool(completion.text or completion.reasoning) or completion.finish_reason is not FinishReason.UNKNOWN
    )

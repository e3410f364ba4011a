"""What a backend offers whose provider processes many requests at once: ``--batch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from codeeval.types import Completion, Prompt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from codeeval.interfaces.model import ModelInfo
    from codeeval.types import Sampling


class BatchItem(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a batch: samples ``first`` to ``first + count - 1`` of a prompt."""

    id: str
    """Begins with the batch's token; letters, digits and hyphens, at most 64."""
    prompt: Prompt
    first: int
    count: int


class BatchStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a provider is with a batch."""

    ended: bool
    """Whether there will be no more results than there are."""
    done: int = 0
    total: int = 0
    error: str = ""
    """Why the batch as a whole failed, in the provider's words."""


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one item: completions, a refusal of this prompt, or an error."""

    id: str
    completions: tuple[Completion, ...] = ()
    """In order, at most as many as were requested."""
    refused: str = ""
    overflow: bool = False
    """Whether it was refused for its length."""
    error: str = ""


@runtime_checkable
class SupportsBatches(Protocol):
    """A model whose provider also processes many requests at once, within a day and at a lower price."""

    max_batch_items: int
    max_batch_bytes: int

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        ...

    async def submit_batch(self, items: Sequence[BatchItem], sampling: Sampling, token: str) -> str:
        """Hand a batch over and return the provider's id of it; ``token`` marks it, see ``find_batch``.

        Raises:
            ModelError: refused, or no response: ``find_batch`` finds out whether there is a batch now.
        """
        ...

    async def find_batch(self, token: str, count: int, since_s: float) -> str | None:
        """Find a batch that was submitted, but whose id got lost with the response.

        Args:
            token: its mark.
            count: its number of items.
            since_s: Unix time before which it cannot have been submitted.
        """
        ...

    async def poll_batch(self, batch_id: str) -> BatchStatus:
        """Return how far a batch is.

        Raises:
            ModelError: there is no such batch, or the provider does not respond.
        """
        ...

    def batch_results(
        self, batch_id: str, items: Mapping[str, BatchItem], sampling: Sampling
    ) -> AsyncIterator[BatchResult]:
        """Yield the results of a batch that has ended, in any order; items may be missing, and ids unknown.

        Raises:
            ModelError: they cannot be read.
        """
        ...

"""A model with a budget.

Before a request is sent, the most that it can cost is reserved: the prompt, and every token that it may
generate. Where that exceeds what is left, it waits for requests in flight, which mostly cost less than was
reserved for them; where none is in flight, the budget is exhausted. So the limit holds even with hundreds of
requests in flight, and is not reached exactly.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from codeeval.errors import BudgetSpent
from codeeval.models.serving.pacing import prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.interfaces import Model, ModelInfo, Price
    from codeeval.types import Completion, Prompt, Sampling, Usage

_SAFETY: Final = 2.0
"""Factor by which a prompt may have more tokens than estimated."""


def cost_usd(price: Price, usages: Iterable[Usage]) -> float:
    """Add up what completions cost; those from the cache cost nothing."""
    return sum(
        price.cost_usd(usage.prompt_tokens, usage.completion_tokens, batch=usage.batch)
        for usage in usages
        if not usage.cached
    )


class Budget:
    """What a run may cost, and what it has cost. Use it from one event loop.

    Args:
        price: of the model.
        max_usd: the limit.
    """

    def __init__(self, price: Price, max_usd: float) -> None:
        self.price = price
        self._max_usd = max_usd
        self._spent_usd = 0.0
        self._reserved_usd = 0.0
        self._released = asyncio.Event()

    def start(self, usages: Iterable[Usage]) -> None:
        """Count what the run's completions have cost so far."""
        self._spent_usd = cost_usd(self.price, usages)

    def spend(self, usages: Iterable[Usage]) -> None:
        """Count what new completions cost."""
        self._spent_usd += cost_usd(self.price, usages)

    def max_cost_usd(self, prompt: Prompt, sampling: Sampling, samples: int, *, batch: bool = False) -> float:
        """Return what samples of a prompt can cost at most."""
        generated = sampling.max_tokens + (sampling.reasoning_tokens or 0)
        read = _SAFETY * prompt_tokens(prompt)
        return samples * self.price.cost_usd(read, generated, batch=batch)

    def fits(self, usd: float) -> bool:
        """Whether so much more may be spent, beside what is reserved."""
        return self._spent_usd + self._reserved_usd + usd <= self._max_usd

    async def reserve(self, usd: float) -> None:
        """Reserve what a request can cost; ``release`` it afterwards.

        Raises:
            BudgetSpent: it does not fit, and nothing is in flight that could leave a remainder.
        """
        while not self.fits(usd):
            if self._reserved_usd <= 0:
                raise self.exhausted(usd)
            self._released.clear()
            await self._released.wait()
        self._reserved_usd += usd

    def release(self, usd: float) -> None:
        """Give back what was reserved."""
        self._reserved_usd -= usd
        if self._reserved_usd < 1e-12:  # rounding must not look like a request in flight
            self._reserved_usd = 0.0
        self._released.set()

    def exhausted(self, usd: float) -> BudgetSpent:
        """Make the error of a budget that ``usd`` more would exceed."""
        return BudgetSpent(
            f"${self._spent_usd:.4f} of ${self._max_usd:.4f} is spent, and the next request may cost "
            f"${usd:.4f}",
            "Completed samples are kept. The same command with a higher --max-cost resumes.",
        )


class BudgetedModel:
    """A model whose requests must fit into a budget."""

    def __init__(self, model: Model, budget: Budget) -> None:
        self.inner = model
        self.budget = budget

    @property
    def info(self) -> ModelInfo:
        """That of the model."""
        return self.inner.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples if the budget allows.

        Raises:
            BudgetSpent: it does not.
            ModelError: as the model does.
        """
        reserved_usd = self.budget.max_cost_usd(prompt, sampling, len(samples))
        await self.budget.reserve(reserved_usd)
        try:
            completions = await self.inner.complete(prompt, sampling, samples)
            self.budget.spend(completion.usage for completion in completions)
        finally:
            self.budget.release(reserved_usd)
        return completions

    async def aclose(self) -> None:
        """Close the model."""
        await self.inner.aclose()

"""A model that may cost so much and no more.

Before a request is sent, what it can cost at most is set aside: the prompt, and every token that it may
write. Where that does not fit into what is left, it waits for requests in flight, which mostly cost less than
was set aside for them; where none is in flight, the budget is spent. So the limit is kept even with hundreds
of requests in flight, and is not reached exactly.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from codeeval.errors import BudgetSpent
from codeeval.models.serving.pacing import prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.interfaces import Model, ModelInfo, Price
    from codeeval.types import Completion, Problem, Prompt, Sampling, Usage

_SAFETY: Final = 2.0
"""By how much a prompt may have more tokens than was guessed."""


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
        most_usd: the limit.
    """

    def __init__(self, price: Price, most_usd: float) -> None:
        self.price = price
        self._most_usd = most_usd
        self._spent_usd = 0.0
        self._reserved_usd = 0.0
        self._news = asyncio.Event()

    def start(self, usages: Iterable[Usage]) -> None:
        """Count what the run's completions have cost so far."""
        self._spent_usd = cost_usd(self.price, usages)

    def spend(self, usages: Iterable[Usage]) -> None:
        """Count what new completions cost."""
        self._spent_usd += cost_usd(self.price, usages)

    def highest_usd(self, prompt: Prompt, sampling: Sampling, samples: int, *, batch: bool = False) -> float:
        """Return what samples of a prompt can cost at most."""
        written = sampling.max_tokens + (sampling.reasoning_tokens or 0)
        read = _SAFETY * prompt_tokens(prompt)
        return samples * self.price.cost_usd(read, written, batch=batch)

    def fits(self, usd: float) -> bool:
        """Whether so much more may be spent, beside what is set aside."""
        return self._spent_usd + self._reserved_usd + usd <= self._most_usd

    async def reserve(self, usd: float) -> None:
        """Set aside what a request can cost; ``release`` it afterwards.

        Raises:
            BudgetSpent: it does not fit, and nothing is in flight that could leave something over.
        """
        while not self.fits(usd):
            if self._reserved_usd <= 0:
                raise self.spent(usd)
            self._news.clear()
            await self._news.wait()
        self._reserved_usd += usd

    def release(self, usd: float) -> None:
        """Give back what was set aside."""
        self._reserved_usd -= usd
        if self._reserved_usd < 1e-12:  # rounding must not look like a request in flight
            self._reserved_usd = 0.0
        self._news.set()

    def spent(self, usd: float) -> BudgetSpent:
        """Make the error that says so: ``usd`` is what was to be spent next."""
        return BudgetSpent(
            f"${self._spent_usd:.4f} of ${self._most_usd:.4f} is spent, and the next request may cost "
            f"${usd:.4f}",
            "What was drawn is kept. The same command with a higher --max-cost goes on from here.",
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

    def available(self, task_id: str) -> int | None:
        """As the model says."""
        return self.inner.available(task_id)

    async def complete(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        """Draw the samples if they can be paid for.

        Raises:
            BudgetSpent: they cannot.
            ModelError: as the model does.
        """
        highest_usd = self.budget.highest_usd(prompt, sampling, len(samples))
        await self.budget.reserve(highest_usd)
        try:
            completions = await self.inner.complete(prompt, sampling, samples, problem)
            self.budget.spend(completion.usage for completion in completions)
        finally:
            self.budget.release(highest_usd)
        return completions

    async def aclose(self) -> None:
        """Close the model."""
        await self.inner.aclose()

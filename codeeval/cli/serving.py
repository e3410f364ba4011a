"""Puts between a run and its model what the user wants there: the completion cache, a budget, batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codeeval import registry
from codeeval.config import load_settings
from codeeval.errors import StorageError, UsageError
from codeeval.interfaces.batches import SupportsBatches
from codeeval.models.serving.budget import Budget, BudgetedModel
from codeeval.models.serving.cache import CompletionCache, cacheable
from codeeval.models.serving.cached_model import CachedModel
from codeeval.models.serving.prices import asks_provider, find_price
from codeeval.pipeline.batching import Batching

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.cli.options import ModelChoice
    from codeeval.cli.output import Output
    from codeeval.interfaces import Model, ModelSpec, Price
    from codeeval.types import Completion


class Served(NamedTuple):
    """A model as a run uses it."""

    model: Model
    price: Price | None
    budget: Budget | None
    batching: Batching | None
    """Where completions are drawn through the provider's batch API."""

    def count_costs(self, completions: Iterable[Completion]) -> None:
        """Count what a run's completions have cost so far, where there is a budget."""
        if self.budget is not None:
            self.budget.start(completion.usage for completion in completions)


def serve(spec: ModelSpec, serving: ModelChoice | None, output: Output) -> Served:
    """Make the model that a spec names.

    Args:
        spec: with everything that the settings say.
        serving: the user's choices; None for models that replay.
        output: is told of a price that is not known, and of a cache that cannot be used.

    Raises:
        UsageError: a choice that this model does not allow.
        ModelError: the model is missing.
    """
    backend = registry.model_factory(spec.backend)(spec)
    if serving is None:
        return Served(backend, None, None, None)
    price = find_price(spec, backend.info.spec, serving.prices or load_settings().prices)
    if price is None and asks_provider(spec):
        output.note(f"no price of {backend.info.spec} is known, so no cost is told; --prices FILE gives one")
    budget = _budget(backend, price, serving)
    model: Model = backend if budget is None else BudgetedModel(backend, budget)
    cached = _cached(model, spec, serving, output)
    model = cached or model
    batching = None
    if serving.batch:
        if not isinstance(backend, SupportsBatches):
            raise UsageError(
                f"{spec.backend}: knows no batches", "Leave out --batch; openai: and anthropic: have it."
            )
        batching = Batching(model, backend, cached, budget)
    return Served(model, price, budget, batching)


def _budget(backend: Model, price: Price | None, serving: ModelChoice) -> Budget | None:
    if serving.max_cost is None:
        return None
    if price is None:
        raise UsageError(
            f"--max-cost needs the price of {backend.info.spec}, which is not known",
            "Give it with --prices FILE, input and output in dollars for a million tokens:\n"
            f'[[sources]]\n[sources.models]\n"{backend.info.spec}" = [2.50, 10.00]',
        )
    return Budget(price, serving.max_cost)


def _cached(model: Model, spec: ModelSpec, serving: ModelChoice, output: Output) -> CachedModel | None:
    settings = load_settings()
    if settings.cache not in {"auto", "off"}:
        raise UsageError(f"CODEEVAL_CACHE (in a TOML file: cache) is {settings.cache!r}", "Say auto or off.")
    wanted = serving.cache
    if wanted is None:
        wanted = settings.cache != "off" and cacheable(spec)
    if not wanted:
        return None
    try:
        return CachedModel(model, CompletionCache(settings.cache_dir), output.note)
    except StorageError as error:
        output.note(f"the completion cache is not used: {error.message}. {error.remedy}")
        return None

"""Makes the model of a run from its spec string: with cache, budget and batches where these are asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

import msgspec

from codeeval import registry
from codeeval.config import load_settings, quieten
from codeeval.errors import StorageError, UnknownName, UsageError
from codeeval.interfaces import SupportsBatches
from codeeval.models.serving.budget import Budget, BudgetedModel
from codeeval.models.serving.cache import CompletionCache, cacheable
from codeeval.models.serving.cached_model import CachedModel
from codeeval.models.serving.prices import asks_provider, find_price
from codeeval.models.spec import parse_spec
from codeeval.pipeline.batching import Batching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from codeeval.config import Settings
    from codeeval.interfaces import Model, ModelInfo, ModelSpec, Price
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import ModelOptions, SamplingOptions

    AnyModel = str | Model
    """A spec string, or a model."""
    from codeeval.types import Completion, Problem, PromptStyle, Sampling

SHOWN_SKIPPED_LINES: Final = 10


@runtime_checkable
class NeedsReferences(Protocol):
    """A model that answers with what the benchmark knows to be right."""

    def bind(self, reference: Callable[[Problem], Completion]) -> None:
        """Take the benchmark's ``reference``."""
        ...


@runtime_checkable
class HasTasks(Protocol):
    """A model that replays samples, whose tasks may not be the benchmark's."""

    @property
    def info(self) -> ModelInfo:
        """Identity."""
        ...

    @property
    def skipped(self) -> list[str]:
        """What was wrong with the excluded lines: the first ones."""
        ...

    @property
    def skipped_count(self) -> int:
        """Excluded lines."""
        ...

    def task_ids(self) -> Iterator[str]:
        """Tasks that have samples."""
        ...


class OpenModel(NamedTuple):
    """A model as a run uses it; closing it is its owner's."""

    model: Model
    price: Price | None = None
    budget: Budget | None = None
    batching: Batching | None = None
    """Where completions are sampled through the provider's batch API."""

    def count_costs(self, completions: Iterable[Completion]) -> None:
        """Count what a run's completions have cost so far, where there is a budget."""
        if self.budget is not None:
            self.budget.start(completion.usage for completion in completions)


def use_model(model: Model) -> OpenModel:
    """Use a model that the caller has made: no cache, no budget, no batches in front of it."""
    return OpenModel(model)


def model_spec(
    spec: str,
    *,
    style: PromptStyle | None = None,
    options: ModelOptions | None = None,
    keep_going: bool = False,
) -> ModelSpec:
    """Parse a model's spec string, and add what the configuration and the options state.

    Args:
        spec: ``backend:name@url``.
        style: prompt style in place of the model's own.
        options: how its server is used; None for the backend's own way.
        keep_going: exclude the malformed lines of a samples file.

    Raises:
        UsageError: the spec is malformed.
    """
    settings = load_settings()
    parsed = msgspec.structs.replace(
        parse_spec(spec), cache_dir=settings.cache_dir, style=style, keep_going=keep_going
    )
    url, key = _server(parsed.backend, settings)
    parsed = msgspec.structs.replace(parsed, base_url=parsed.base_url or url, api_key=key)
    if options is None:
        return parsed
    return msgspec.structs.replace(
        parsed,
        concurrency=options.concurrency,
        requests_per_minute=options.requests_per_minute,
        tokens_per_minute=options.tokens_per_minute,
        timeout_s=options.timeout_s,
    )


def _server(backend: str, settings: Settings) -> tuple[str | None, str | None]:
    """Return URL and key of a backend's server, as configured."""
    quieten(backend)
    if backend == "openai":
        return settings.openai_base_url, settings.openai_api_key
    if backend == "anthropic":
        return settings.anthropic_base_url, settings.anthropic_api_key
    if backend == "ollama" and (host := settings.ollama_host):
        host = host if "//" in host else f"http://{host}"
        return host if re.search(r":\d+/?$", host) else f"{host.rstrip('/')}:11434", None
    return None, None


def open_model(spec: ModelSpec, options: ModelOptions | None, notes: Notes) -> OpenModel:
    """Make the model that a spec names.

    Args:
        spec: from ``model_spec``.
        options: the caller's; None for models that replay.
        notes: receives a price that is not known, and a cache that cannot be used.

    Raises:
        UsageError: an option that this model does not support.
        ModelError: the model is missing.
    """
    backend = registry.model_factory(spec.backend)(spec)
    if options is None:
        return OpenModel(backend)
    price = find_price(spec, backend.info.spec, options.prices or load_settings().prices)
    if price is None and asks_provider(spec):
        notes(f"no price is known for {backend.info.spec}, so no cost is reported; --prices FILE adds one")
    budget = _budget(backend, price, options)
    model: Model = backend if budget is None else BudgetedModel(backend, budget)
    cached = _cached(model, spec, options, notes)
    model = cached or model
    batching = None
    if options.batch:
        if not isinstance(backend, SupportsBatches):
            raise UsageError(
                f"{spec.backend}: does not support batches",
                "Omit --batch; openai: and anthropic: support it.",
            )
        batching = Batching(model, backend, cached, budget)
    return OpenModel(model, price, budget, batching)


def _budget(backend: Model, price: Price | None, options: ModelOptions) -> Budget | None:
    if options.max_cost_usd is None:
        return None
    if price is None:
        raise UsageError(
            f"--max-cost needs the price of {backend.info.spec}, which is not known",
            "Give it with --prices FILE, input and output in dollars for a million tokens:\n"
            f'[[sources]]\n[sources.models]\n"{backend.info.spec}" = [2.50, 10.00]',
        )
    return Budget(price, options.max_cost_usd)


def _cached(model: Model, spec: ModelSpec, options: ModelOptions, notes: Notes) -> CachedModel | None:
    settings = load_settings()
    if settings.cache not in {"auto", "off"}:
        raise UsageError(f"CODEEVAL_CACHE (in a TOML file: cache) is {settings.cache!r}", "Use auto or off.")
    wanted = options.cache
    if wanted is None:
        wanted = settings.cache != "off" and cacheable(spec)
    if not wanted:
        return None
    try:
        return CachedModel(model, CompletionCache(settings.cache_dir), notes)
    except StorageError as error:
        notes(f"the completion cache is not used: {error.message}. {error.remedy}")
        return None


def merge_sampling(protocol: Sampling, chosen: SamplingOptions) -> Sampling:
    """Put the caller's sampling in place of the protocol's, where it is given."""
    given = {
        name: value
        for name in chosen.__struct_fields__
        if name != "n" and (value := getattr(chosen, name)) is not None
    }
    return msgspec.structs.replace(protocol, **given)


def check_samples(model: Model, problems: Sequence[Problem], notes: Notes, *, keep_going: bool) -> None:
    """Report the excluded lines of a samples file, and refuse tasks that the benchmark does not have.

    Raises:
        UnknownName: the file has a task that the benchmark does not have, and ``keep_going`` is not set.
    """
    if not isinstance(model, HasTasks):
        return
    for line in model.skipped[:SHOWN_SKIPPED_LINES]:
        notes(f"excluded: {line}")
    if model.skipped_count > SHOWN_SKIPPED_LINES:
        notes(f"excluded: {model.skipped_count - SHOWN_SKIPPED_LINES} more lines")
    known = {problem.task_id for problem in problems}
    unknown = [task for task in model.task_ids() if task not in known]
    if unknown and not keep_going:
        raise UnknownName(f"task in {model.info.spec.removeprefix('file:')}:", unknown[0], known)
    if unknown:
        notes(f"excluded: {len(unknown)} tasks that the benchmark does not have, for example {unknown[0]}")

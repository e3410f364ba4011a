"""Opens what a run's completions come from: a model, with cache, budget and batches, or a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval import registry
from codeeval.config import load_settings, quieten
from codeeval.errors import StorageError, UnknownName, UsageError
from codeeval.interfaces import (
    CompletionSource,
    Duplicates,
    Model,
    ModelSpec,
    SourceSpec,
    SupportsBatches,
)
from codeeval.interfaces.source import MatchesTasks
from codeeval.models.callable import CallableModel
from codeeval.models.serving.budget import Budget, BudgetedModel
from codeeval.models.serving.cache import CompletionCache, cacheable
from codeeval.models.serving.cached_model import CachedModel
from codeeval.models.serving.prices import find_price, uses_provider
from codeeval.models.spec import parse_spec
from codeeval.pipeline.batching import Batching
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from codeeval.config import Settings
    from codeeval.interfaces import Benchmark, ModelInfo, Price
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import ModelOptions, SamplingOptions
    from codeeval.types import Completion, Problem, Prompt, Sampling

    AnyModel = str | Model | CompletionSource | Callable[..., object]
    """A spec string, a model, a source of completions, or a callable from prompts to texts."""
    BenchmarkForStyle = Callable[[PromptStyle], Benchmark]
    """Makes the benchmark for a prompt style."""

SHOWN_SKIPPED_LINES: Final = 10


class OpenModel(NamedTuple):
    """A model or source as a run uses it, and the benchmark made for its prompt style."""

    model: Model | CompletionSource
    benchmark: Benchmark
    price: Price | None = None
    budget: Budget | None = None
    batching: Batching | None = None
    """Where completions are sampled through the provider's batch API."""
    owned: bool = True
    """Whether it was opened here: what the caller made, the caller closes."""

    @property
    def has_references(self) -> bool:
        """Whether the completions are the benchmark's own reference solutions."""
        return isinstance(self.model, CompletionSource) and self.model.is_reference

    def count_costs(self, completions: Iterable[Completion]) -> None:
        """Count what a run's completions have cost so far, where there is a budget."""
        if self.budget is not None:
            self.budget.start(completion.usage for completion in completions)

    async def aclose(self) -> None:
        """Close what was opened here."""
        if self.owned:
            await self.model.aclose()


class _Borrowed:
    """A model of the caller's, which the caller closes."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def info(self) -> ModelInfo:
        """That of the model."""
        return self._model.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples."""
        return await self._model.complete(prompt, sampling, samples)

    async def aclose(self) -> None:
        """Do nothing."""


class KeptModel:
    """A model that stays loaded for the next run, where that is on the same one, used in the same way."""

    def __init__(self) -> None:
        self._spec: ModelSpec | None = None
        self._model: Model | None = None

    def get(self, spec: ModelSpec) -> Model:
        """Return the model, made now if it was not; ``make_room`` was given the same spec.

        Raises:
            UnknownName: there is no such backend.
            ModelError: the model is missing.
        """
        if self._model is None:
            self._model, self._spec = make_model(spec), spec
        return self._model

    async def make_room(self, spec: ModelSpec | None = None) -> None:
        """Close the model, if there is one, unless it is what this spec names."""
        if self._model is not None and spec != self._spec:
            model, self._model = self._model, None
            await model.aclose()


def open_model(
    given: AnyModel,
    benchmark: BenchmarkForStyle,
    *,
    style: PromptStyle | None = None,
    options: ModelOptions,
    keep_going: bool = False,
    duplicates: Duplicates = Duplicates.REFUSE,
    kept: KeptModel | None = None,
    offline: bool = False,
    notes: Notes,
) -> OpenModel:
    """Open what a run's completions come from.

    Args:
        given: a spec string, a model, a source of completions, or a callable from prompts to texts.
        benchmark: makes the benchmark.
        style: prompt style in place of the model's own.
        options: how the model is used.
        keep_going: exclude the malformed lines of a samples file.
        duplicates: what becomes of samples of one task with the same number.
        kept: has the model of a spec string and closes it; None where it is made and closed here.
        offline: never ask the Hub for weights.
        notes: receives a price that is not known, a cache that cannot be used, options without effect.

    Raises:
        UnknownName: there is no such backend or source.
        UsageError: an option that this model or source does not support.
        ModelError: the model is missing.
        DataError: the source cannot be read.
    """
    if isinstance(given, str):
        name = given.strip().partition(":")[0]
        if name in registry.names(registry.Group.SOURCES):
            source_spec = SourceSpec(
                source=name,
                name=given.strip().removeprefix(f"{name}:"),
                style=style or PromptStyle.BASE,
                keep_going=keep_going,
                duplicates=duplicates,
            )
            _check_source_options(f"{name}:", options, notes)
            made_for = benchmark(source_spec.style)
            return OpenModel(registry.source_factory(name)(source_spec, made_for), made_for)
        spec = msgspec.structs.replace(model_spec(given, style=style, options=options), offline=offline)
        if kept is not None and not is_served(options):
            backend = kept.get(spec)
            return _open(_Borrowed(backend), spec, benchmark, options, notes, backend=backend)
        return _open(_made(spec, options, notes), spec, benchmark, options, notes)
    if isinstance(given, CompletionSource):
        _check_source_options(given.info.spec, options, notes)
        return OpenModel(given, benchmark(given.info.style), owned=False)
    if isinstance(given, Model):
        if style not in (None, given.info.style):
            raise UsageError(
                f"{given.info.spec} was made for {given.info.style} prompts, not for {style}",
                "Make it with that style.",
            )
        return _open(_Borrowed(given), _spec_of(given.info), benchmark, options, notes, backend=given)
    if callable(given):
        model = CallableModel(given, style=style, concurrency=options.concurrency)
        return _open(model, _spec_of(model.info), benchmark, options, notes)
    raise UsageError(
        f"a model cannot be a {type(given).__name__}",
        "Give a spec string, a Model, a CompletionSource, or a callable from prompts to texts.",
    )


def is_served(options: ModelOptions) -> bool:
    """Whether a run starts the servers of its model."""
    return options.replicas is not None or options.serve_command is not None


def _made(spec: ModelSpec, options: ModelOptions, notes: Notes) -> Model:
    if not is_served(options):
        return make_model(spec)
    from codeeval.session.serving import ServedModel  # noqa: PLC0415 -- only where it is served

    return ServedModel(spec, options, notes)


def make_model(spec: ModelSpec) -> Model:
    """Make the model that a spec names, with nothing in front of it.

    Raises:
        UnknownName: there is no such backend.
        ModelError: the model is missing.
    """
    try:
        factory = registry.model_factory(spec.backend)
    except UnknownName as error:
        groups = (registry.Group.MODELS, registry.Group.SOURCES)
        names = [name for group in groups for name in registry.names(group)]
        raise UnknownName("model backend", spec.backend, names) from error
    return factory(spec)


def _spec_of(info: ModelInfo) -> ModelSpec:
    """Return the spec of a model that was made without one, so that prices and the cache find it."""
    try:
        return parse_spec(info.spec)
    except UsageError:
        return ModelSpec(backend="", name=info.spec)


def model_spec(
    spec: str, *, style: PromptStyle | None = None, options: ModelOptions | None = None
) -> ModelSpec:
    """Parse a model's spec string, and add what the configuration and the options state.

    Args:
        spec: ``backend:name@url``.
        style: prompt style in place of the model's own.
        options: how its server is used; None for the backend's own way.

    Raises:
        UsageError: the spec is malformed.
    """
    settings = load_settings()
    parsed = msgspec.structs.replace(parse_spec(spec), cache_dir=settings.cache_dir, style=style)
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


def _open(
    model: Model,
    spec: ModelSpec,
    benchmark: BenchmarkForStyle,
    options: ModelOptions,
    notes: Notes,
    *,
    backend: Model | None = None,
) -> OpenModel:
    """Put a budget and the completion cache in front of a model.

    Args:
        model: what is closed in the end.
        spec: the model's.
        benchmark: makes the benchmark.
        options: how the model is used.
        notes: as in ``open_model``.
        backend: the model itself, where ``model`` is something in front of it.
    """
    backend = backend or model
    info = backend.info
    price = find_price(spec, info.spec, options.prices or load_settings().prices)
    if price is None and uses_provider(spec):
        notes(f"no price is known for {info.spec}, so no cost is reported; --prices FILE adds one")
    budget = _budget(info.spec, price, options)
    if budget is not None:
        model = BudgetedModel(model, budget)
    cached = _cached(model, spec, options, notes)
    model = cached or model
    batching = None
    if options.batch:
        if not isinstance(backend, SupportsBatches):
            raise UsageError(
                f"{info.spec} does not support batches",
                "Omit --batch; openai: and anthropic: support it.",
            )
        batching = Batching(model, backend, cached, budget)
    return OpenModel(model, benchmark(info.style), price, budget, batching)


def _check_source_options(name: str, options: ModelOptions, notes: Notes) -> None:
    """Refuse options that only a model can follow, and report those that have no effect."""
    refused = {
        "--cache": options.cache is True,
        "--batch": options.batch,
        "--max-cost": options.max_cost_usd is not None,
        "--replicas and --serve-command": is_served(options),
    }
    for option, given in refused.items():
        if given:
            raise UsageError(
                f"{option} is for models, and the completions of {name} exist already", f"Omit {option}."
            )
    ignored = {
        "--no-cache": options.cache is False,
        "--concurrency": options.concurrency is not None,
        "--rpm": options.requests_per_minute is not None,
        "--tpm": options.tokens_per_minute is not None,
        "--prices": options.prices is not None,
    }
    for option, given in ignored.items():
        if given:
            notes(f"{option} has no effect: the completions of {name} exist already")


def _budget(spec: str, price: Price | None, options: ModelOptions) -> Budget | None:
    if options.max_cost_usd is None:
        return None
    if price is None:
        raise UsageError(
            f"--max-cost needs the price of {spec}, which is not known",
            "Give it with --prices FILE, input and output in dollars for a million tokens:\n"
            f'[[sources]]\n[sources.models]\n"{spec}" = [2.50, 10.00]',
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


def check_source(
    source: CompletionSource, problems: Sequence[Problem], notes: Notes, *, keep_going: bool
) -> None:
    """Report what a source excluded, and refuse tasks that the benchmark does not have.

    Raises:
        UnknownName: the source has a task that the benchmark does not have, and ``keep_going`` is not set.
    """
    for line in source.skipped[:SHOWN_SKIPPED_LINES]:
        notes(f"excluded: {line}")
    if source.skipped_count > SHOWN_SKIPPED_LINES:
        notes(f"excluded: {source.skipped_count - SHOWN_SKIPPED_LINES} more lines")
    known = {problem.task_id: None for problem in problems}
    if isinstance(source, MatchesTasks):
        source.match_tasks(tuple(known))
    unknown = [task for task in source.task_ids() or () if task not in known]
    if unknown and not keep_going:
        raise UnknownName(f"task in {source.info.spec.removeprefix('file:')}:", unknown[0], known)
    if unknown:
        notes(f"excluded: {len(unknown)} tasks that the benchmark does not have, for example {unknown[0]}")

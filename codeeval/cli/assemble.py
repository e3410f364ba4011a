"""Makes of options what the pipeline works with: benchmark, model, problems."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import msgspec

from codeeval import registry
from codeeval.config import load_settings, quieten
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.cli.options import BenchmarkChoice, DataChoice, ModelChoice, SamplingChoice
    from codeeval.config import Settings
    from codeeval.interfaces import Benchmark, ModelInfo, ModelSpec
    from codeeval.records import RunConfig
    from codeeval.types import Completion, Problem, Sampling

SAMPLING: Final = ("temperature", "top_p", "max_tokens", "seed", "reasoning_tokens", "reasoning_effort")
"""What the user may put in place of the protocol's sampling."""


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
        """What was wrong with the lines that were left out: the first ones."""
        ...

    @property
    def skipped_count(self) -> int:
        """Lines that were left out."""
        ...

    def task_ids(self) -> Iterator[str]:
        """Tasks that have samples."""
        ...


def data_source(data: DataChoice) -> DataSource:
    """Say where datasets come from: ``--data-root``, else the settings."""
    settings = load_settings()
    root = data.data_root or settings.data_root
    return DataSource(
        root=root.resolve() if root else None, offline=data.offline, cache_dir=settings.cache_dir
    )


def make_benchmark(
    name: str, asking: BenchmarkChoice | None = None, style: PromptStyle = PromptStyle.CHAT
) -> Benchmark:
    """Make a benchmark from its full name.

    Args:
        name: ``family`` or ``family:variant``.
        asking: the user's options; None for the protocol's own.
        style: how the model wants to be asked, unless ``asking`` says otherwise.

    Raises:
        UnknownName: no such benchmark or variant.
        UsageError: an option does not exist for this benchmark.
    """
    family, _, variant = name.partition(":")
    options = BenchmarkOptions(variant=variant, style=style)
    if asking is not None:
        options = msgspec.structs.replace(
            options,
            split=asking.split,
            shots=asking.shots,
            style=asking.style or style,
            template=asking.template.resolve() if asking.template else None,
        )
    return registry.benchmark_factory(family)(options)


def remake_benchmark(config: RunConfig) -> Benchmark:
    """Make the benchmark of a run again, with the options that the run was made with."""
    return registry.benchmark_factory(config.benchmark.partition(":")[0])(config.options)


def model_spec(
    spec: str, asking: BenchmarkChoice, serving: ModelChoice | None, *, keep_going: bool = False
) -> ModelSpec:
    """Read a model's spec string, and put what the settings and the options say into it.

    Args:
        spec: ``backend:name@url``.
        asking: may choose the style.
        serving: how its server is used; None for the backend's own way.
        keep_going: leave out the malformed lines of a samples file.

    Raises:
        UsageError: the spec cannot be read.
    """
    from codeeval.models.spec import parse_spec  # noqa: PLC0415 -- only where a model is asked for

    settings = load_settings()
    parsed = msgspec.structs.replace(
        parse_spec(spec), cache_dir=settings.cache_dir, style=asking.style, keep_going=keep_going
    )
    url, key = _place(parsed.backend, settings)
    parsed = msgspec.structs.replace(parsed, base_url=parsed.base_url or url, api_key=key)
    if serving is None:
        return parsed
    return msgspec.structs.replace(
        parsed,
        concurrency=serving.concurrency,
        requests_per_minute=serving.rpm,
        tokens_per_minute=serving.tpm,
        timeout_s=serving.timeout,
    )


def _place(backend: str, settings: Settings) -> tuple[str | None, str | None]:
    """Return URL and key of a backend's server, as the settings have them."""
    quieten(backend)
    if backend == "openai":
        return settings.openai_base_url, settings.openai_api_key
    if backend == "anthropic":
        return settings.anthropic_base_url, settings.anthropic_api_key
    if backend == "ollama" and (host := settings.ollama_host):
        host = host if "//" in host else f"http://{host}"
        return host if re.search(r":\d+/?$", host) else f"{host.rstrip('/')}:11434", None
    return None, None


def make_sampling(protocol: Sampling, drawing: SamplingChoice) -> Sampling:
    """Put the user's sampling in place of the protocol's, where there is any."""
    given = {name: value for name in SAMPLING if (value := getattr(drawing, name)) is not None}
    return msgspec.structs.replace(protocol, **given)


def default_out(benchmark: str, model: str, strategy: str = "") -> Path:
    """Name a run directory after what it holds, so that the same command resumes."""
    more = f"--{_slug(strategy)}" if strategy else ""
    return Path("runs") / f"{_slug(benchmark)}--{_slug(model)}{more}"


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.") or "model"

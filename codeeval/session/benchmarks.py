"""Makes benchmarks and data sources from settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval import registry
from codeeval.config import load_settings
from codeeval.interfaces import BenchmarkOptions, DataSource, SpansImages
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from codeeval.interfaces import Benchmark
    from codeeval.records import RunConfig
    from codeeval.session.settings import DataOptions, PromptOptions


def data_source(data: DataOptions) -> DataSource:
    """Return where datasets come from: the given folder, else the configured one, else the Hub."""
    settings = load_settings()
    root = data.data_root or settings.data_root
    return DataSource(
        root=root.resolve() if root else None, offline=data.offline, cache_dir=settings.cache_dir
    )


def make_benchmark(
    name: str, prompting: PromptOptions | None = None, style: PromptStyle = PromptStyle.CHAT
) -> Benchmark:
    """Make a benchmark from its full name.

    Args:
        name: ``family`` or ``family:variant``.
        prompting: the caller's options; None for the protocol's own.
        style: the model's own prompt style, used unless ``prompting`` names one.

    Raises:
        UnknownName: no such benchmark, variant or protocol.
        UsageError: an option does not exist for this benchmark.
    """
    family, _, variant = name.partition(":")
    options = BenchmarkOptions(variant=variant, style=style)
    if prompting is not None:
        options = msgspec.structs.replace(
            options,
            split=prompting.split,
            shots=prompting.shots,
            style=prompting.style or style,
            template=prompting.template.resolve() if prompting.template else None,
            protocol=prompting.protocol or "",
            language=prompting.language or "",
            from_date=prompting.from_date or "",
            to_date=prompting.to_date or "",
        )
    return registry.benchmark_factory(family)(options)


def remake_benchmark(config: RunConfig) -> Benchmark:
    """Make the benchmark of a run again, with the options that the run was made with.

    A template of the user's own is ignored: a run directory may be anybody's, and names no file to read.
    """
    options = config.options
    if options.template is not None:  # which may have had other numbers of worked examples
        options = msgspec.structs.replace(options, template=None, shots=None)
    return registry.benchmark_factory(config.benchmark.partition(":")[0])(options)


def images_of(benchmark: Benchmark) -> tuple[str, ...]:
    """Return the images that a benchmark's programs run in; none where nothing is executed."""
    if isinstance(benchmark, SpansImages):
        return benchmark.images
    return (benchmark.image,) if benchmark.image else ()

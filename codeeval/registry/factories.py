"""Finds benchmarks, model backends, sources, sandboxes and strategies by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codeeval.interfaces import (
    BENCHMARK_ABILITIES,
    MODEL_ABILITIES,
    Benchmark,
    CompletionSource,
    Model,
    SandboxLauncher,
)
from codeeval.registry.entries import Group, find
from codeeval.registry.guarding import make

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.interfaces import BenchmarkFactory, ModelFactory, SourceFactory


def benchmark_factory(family: str) -> BenchmarkFactory:
    """Return what makes a benchmark; ``family`` is its name without the variant.

    Raises:
        UnknownName: no such benchmark.
        PluginError: two packages have one, or it cannot be imported.
    """
    return cast("BenchmarkFactory", _factory(Group.BENCHMARKS, family, Benchmark, BENCHMARK_ABILITIES))


def model_factory(backend: str) -> ModelFactory:
    """Return what makes a model of a backend.

    Raises:
        UnknownName: no such backend.
        PluginError: two packages have one, or it cannot be imported.
    """
    return cast("ModelFactory", _factory(Group.MODELS, backend, Model, MODEL_ABILITIES))


def source_factory(name: str) -> SourceFactory:
    """Return what makes a source of completions.

    Raises:
        UnknownName: no such source.
        PluginError: two packages have one, or it cannot be imported.
    """
    return cast("SourceFactory", _factory(Group.SOURCES, name, CompletionSource))


def launcher(name: str) -> SandboxLauncher:
    """Return a launcher of sandboxes.

    Raises:
        UnknownName: no such kind of sandbox.
        PluginError: two packages have one, it cannot be imported, or is no launcher.
    """
    return cast("SandboxLauncher", _factory(Group.SANDBOXES, name, SandboxLauncher)())


def strategy_factory(name: str, protocol: type) -> object:
    """Return what makes a strategy.

    Args:
        name: its name.
        protocol: what a strategy must offer: ``Strategy`` of ``codeeval.strategies``.

    Raises:
        UnknownName: no such strategy.
        PluginError: two packages have one, or it cannot be imported.
    """
    return _factory(Group.STRATEGIES, name, protocol)


def _factory(
    group: Group, name: str, protocol: type, abilities: Sequence[type] = ()
) -> Callable[..., object]:
    plugin = find(group, name)
    loaded = plugin.load()
    if plugin.own:
        return cast("Callable[..., object]", loaded)
    return lambda *arguments: make(plugin, loaded, arguments, protocol, abilities)

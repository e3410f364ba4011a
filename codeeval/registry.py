"""Finds benchmarks, models, sources, sandboxes and strategies by name: codeeval's own and plug-ins alike.

Names come from the entry-point groups ``codeeval.benchmarks``, ``codeeval.models``, ``codeeval.sources``,
``codeeval.sandboxes`` and ``codeeval.strategies``. Nothing is imported until it is asked for.
"""

from __future__ import annotations

import enum
import importlib.metadata
from typing import TYPE_CHECKING, cast

from codeeval.errors import CodeEvalError, UnknownName

if TYPE_CHECKING:
    from codeeval.interfaces import BenchmarkFactory, ModelFactory, SandboxLauncher, SourceFactory


class Group(enum.StrEnum):
    """The kinds of plug-in, by entry-point group."""

    BENCHMARKS = "codeeval.benchmarks"
    MODELS = "codeeval.models"
    SOURCES = "codeeval.sources"
    SANDBOXES = "codeeval.sandboxes"
    STRATEGIES = "codeeval.strategies"


_NOUNS = {
    Group.BENCHMARKS: "benchmark",
    Group.MODELS: "model backend",
    Group.SOURCES: "source of completions",
    Group.SANDBOXES: "sandbox",
    Group.STRATEGIES: "strategy",
}


def names(group: Group) -> tuple[str, ...]:
    """Names that are registered in a group, sorted."""
    return tuple(sorted({entry.name for entry in importlib.metadata.entry_points(group=group.value)}))


def benchmark_factory(family: str) -> BenchmarkFactory:
    """Return what makes a benchmark; ``family`` is its name without the variant.

    Raises:
        UnknownName: no such benchmark.
        CodeEvalError: it is registered, but cannot be imported.
    """
    return cast("BenchmarkFactory", _load(Group.BENCHMARKS, family))


def model_factory(backend: str) -> ModelFactory:
    """Return what makes a model of a backend.

    Raises:
        UnknownName: no such backend.
        CodeEvalError: it is registered, but cannot be imported.
    """
    return cast("ModelFactory", _load(Group.MODELS, backend))


def source_factory(name: str) -> SourceFactory:
    """Return what makes a source of completions.

    Raises:
        UnknownName: no such source.
        CodeEvalError: it is registered, but cannot be imported.
    """
    return cast("SourceFactory", _load(Group.SOURCES, name))


def launcher(name: str) -> SandboxLauncher:
    """Return a launcher of sandboxes.

    Raises:
        UnknownName: no such kind of sandbox.
        CodeEvalError: it is registered, but cannot be imported.
    """
    make = cast("type[SandboxLauncher]", _load(Group.SANDBOXES, name))
    return make()


def strategy_factory(name: str) -> object:
    """Return what makes a strategy: a ``StrategyFactory`` of ``codeeval.strategies.strategy``.

    Raises:
        UnknownName: no such strategy.
        CodeEvalError: it is registered, but cannot be imported.
    """
    return _load(Group.STRATEGIES, name)


def _load(group: Group, name: str) -> object:
    for entry in importlib.metadata.entry_points(group=group.value):
        if entry.name == name:
            try:
                return entry.load()
            except (ImportError, AttributeError) as error:
                raise CodeEvalError(
                    f"the {_NOUNS[group]} {name!r} ({entry.value}) cannot be imported: {error}",
                    "Reinstall the package that provides it.",
                ) from error
    raise UnknownName(_NOUNS[group], name, names(group))

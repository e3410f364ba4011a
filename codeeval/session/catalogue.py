"""The names that exist, and a benchmark's protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval import registry
from codeeval.interfaces import PublishesSchema
from codeeval.languages import LANGUAGES
from codeeval.sandboxes.images import catalogue
from codeeval.session.benchmarks import make_benchmark
from codeeval.suites import shipped_suites
from codeeval.types import PromptStyle, Sampling

if TYPE_CHECKING:
    from codeeval.session.settings import PromptOptions


class PluginName(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in of another package."""

    group: str
    name: str
    package: str
    version: str


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that has a name."""

    benchmarks: tuple[str, ...]
    suites: tuple[str, ...]
    """That come with codeeval."""
    models: tuple[str, ...]
    sources: tuple[str, ...]
    """Of completions that exist already."""
    sandboxes: tuple[str, ...]
    strategies: tuple[str, ...]
    languages: tuple[str, ...]
    images: tuple[str, ...]
    commands: tuple[str, ...]
    """Those of plug-ins; ``codeeval --help`` lists the others."""
    plugins: tuple[PluginName, ...]
    """Those of other packages."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What decides on a benchmark's score."""

    benchmark: str
    settings: dict[str, str]
    sampling: Sampling
    image: str
    card: str
    """Markdown."""
    schema: dict[str, object] | None = None
    """The JSON Schema of a task, where users write the tasks."""


def list_names() -> Names:
    """List everything that has a name, installed plug-ins included."""
    return Names(
        benchmarks=registry.names(registry.Group.BENCHMARKS),
        suites=shipped_suites(),
        models=registry.names(registry.Group.MODELS),
        sources=registry.names(registry.Group.SOURCES),
        sandboxes=registry.names(registry.Group.SANDBOXES),
        strategies=registry.names(registry.Group.STRATEGIES),
        languages=tuple(LANGUAGES),
        images=tuple(catalogue().images),
        commands=registry.names(registry.Group.COMMANDS),
        plugins=tuple(
            PluginName(
                group=plugin.group.value, name=plugin.name, package=plugin.package, version=plugin.version
            )
            for group in registry.Group
            for plugin in registry.plugins(group)
            if not plugin.own
        ),
    )


def explain_benchmark(name: str, prompting: PromptOptions) -> Explanation:
    """Return a benchmark's protocol card, with the settings that these options give.

    Raises:
        UnknownName: no such benchmark or variant.
        UsageError: an option does not exist for this benchmark.
    """
    made = make_benchmark(name, prompting, prompting.style or PromptStyle.CHAT)
    return Explanation(
        benchmark=made.name,
        settings=dict(made.settings),
        sampling=made.sampling,
        image=made.image,
        card=made.card.read_text("utf-8"),
        schema=dict(made.schema()) if isinstance(made, PublishesSchema) else None,
    )

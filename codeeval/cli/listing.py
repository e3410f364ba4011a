"""``codeeval list``: the names that commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from codeeval import registry
from codeeval.cli import options
from codeeval.cli.output import lines, table
from codeeval.languages import LANGUAGES
from codeeval.sandboxes.images import catalogue

if TYPE_CHECKING:
    from codeeval.cli.output import Output


class PluginName(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in of another package."""

    group: str
    name: str
    package: str
    version: str


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that has a name."""

    benchmarks: tuple[str, ...]
    models: tuple[str, ...]
    sandboxes: tuple[str, ...]
    strategies: tuple[str, ...]
    languages: tuple[str, ...]
    images: tuple[str, ...]
    commands: tuple[str, ...]
    """Those of plug-ins; ``codeeval --help`` lists the others."""
    plugins: tuple[PluginName, ...]
    """Those of other packages."""


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List all that has a name: benchmarks, model backends, languages ... of codeeval and of plug-ins."""
    names = Names(
        benchmarks=registry.names(registry.Group.BENCHMARKS),
        models=registry.names(registry.Group.MODELS),
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
    rows = [
        ("benchmarks", ", ".join(names.benchmarks), "codeeval explain BENCHMARK"),
        ("model backends", ", ".join(f"{name}:" for name in names.models), "codeeval models list"),
        ("sandboxes", ", ".join(names.sandboxes), "codeeval doctor"),
        ("strategies", ", ".join(names.strategies), "codeeval run --help"),
        ("languages", ", ".join(names.languages), "codeeval sandbox check LANGUAGE"),
        ("images", ", ".join(names.images), "codeeval sandbox list"),
    ]
    if names.commands:
        rows.append(("commands", ", ".join(names.commands), "codeeval COMMAND --help"))
    if names.plugins:
        packages = dict.fromkeys(f"{each.package} {each.version}" for each in names.plugins)
        rows.append(("plug-ins from", ", ".join(packages), "pip show PACKAGE"))
    output.result(names, table(("", "names", "more"), rows), lines(""))

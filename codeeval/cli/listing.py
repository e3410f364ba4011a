"""``codeeval list``: the names that commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from codeeval import registry
from codeeval.cli import options
from codeeval.cli.output import lines, table
from codeeval.languages import LANGUAGES

if TYPE_CHECKING:
    from codeeval.cli.output import Output


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that has a name."""

    benchmarks: tuple[str, ...]
    models: tuple[str, ...]
    sandboxes: tuple[str, ...]
    strategies: tuple[str, ...]
    languages: tuple[str, ...]


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List benchmarks, model backends, sandboxes, strategies and languages, installed plug-ins included."""
    names = Names(
        benchmarks=registry.names(registry.Group.BENCHMARKS),
        models=registry.names(registry.Group.MODELS),
        sandboxes=registry.names(registry.Group.SANDBOXES),
        strategies=registry.names(registry.Group.STRATEGIES),
        languages=tuple(LANGUAGES),
    )
    rows = [
        ("benchmarks", ", ".join(names.benchmarks), "codeeval explain BENCHMARK"),
        ("model backends", ", ".join(f"{name}:" for name in names.models), "codeeval models list"),
        ("sandboxes", ", ".join(names.sandboxes), "codeeval doctor"),
        ("strategies", ", ".join(names.strategies), "codeeval run --help"),
        ("languages", ", ".join(names.languages), "codeeval sandbox check LANGUAGE"),
    ]
    output.result(names, table(("", "names", "more"), rows), lines(""))

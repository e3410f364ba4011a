"""``codeeval list``: the names that commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from codeeval.cli.output import Output


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List benchmarks, model backends, sandboxes, strategies and languages, installed plug-ins included."""
    from codeeval.session.catalogue import list_names  # noqa: PLC0415 -- not for --help

    names = list_names()
    rows = [
        ("benchmarks", ", ".join(names.benchmarks), "codeeval explain BENCHMARK"),
        ("model backends", ", ".join(f"{name}:" for name in names.models), "codeeval models list"),
        ("sandboxes", ", ".join(names.sandboxes), "codeeval doctor"),
        ("strategies", ", ".join(names.strategies), "codeeval run --help"),
        ("languages", ", ".join(names.languages), "codeeval sandbox check LANGUAGE"),
    ]
    output.result(names, table(("", "names", "more"), rows), lines(""))

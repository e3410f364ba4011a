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
    """List all that has a name: benchmarks, model backends, languages ... of codeeval and of plug-ins."""
    from codeeval.session.catalogue import list_names  # noqa: PLC0415 -- not for --help

    names = list_names()
    rows = [
        ("benchmarks", ", ".join(names.benchmarks), "codeeval explain BENCHMARK"),
        ("suites", ", ".join(names.suites), "codeeval run --help"),
        ("model backends", ", ".join(f"{name}:" for name in names.models), "codeeval models list"),
        ("sources", ", ".join(f"{name}:" for name in names.sources), "codeeval execute --help"),
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

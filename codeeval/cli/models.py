"""``codeeval models``: which models run in this process, and what any model supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.cli.progress import byte_progress
from codeeval.rendering.console import lines, size, table

if TYPE_CHECKING:
    from codeeval.cli.output import Output

COMMANDS: Final[dict[str, LazyCommand]] = {
    "pull": LazyCommand("codeeval.cli.models:pull", "Fetch a model's weights, checksum verified."),
    "list": LazyCommand(
        "codeeval.cli.models:list_", "List the models that can be pulled, and which are installed."
    ),
    "test": LazyCommand(
        "codeeval.cli.model_test:test", "Send a model a few prompts, and show what it supports."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def models() -> None:
    """Pull and list models that run in this process, and test any model."""


@click.command()
@click.argument("name")
@options.output_options
def pull(name: str, *, output: Output) -> None:
    """Fetch the weights of the model NAME, for example smollm2, and verify their checksum."""
    from codeeval.session.storage import pull_model  # noqa: PLC0415 -- not for --help

    with byte_progress(f"pulling {name}", output) as progress:
        pulled = pull_model(name, progress)
    output.result(pulled, lines(f"local:{name} is ready: {pulled.path}"))


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List the models that can be pulled, and which are installed."""
    from codeeval.session.storage import pullable_models  # noqa: PLC0415 -- not for --help

    found = pullable_models()
    rows = [
        (
            f"local:{model.name}",
            model.title,
            size(model.size_bytes),
            model.license,
            str(model.path) if model.path else f"not installed: codeeval models pull {model.name}",
        )
        for model in found
    ]
    output.result(found, table(("model", "", "size", "licence", "weights"), rows, right=(2,)))

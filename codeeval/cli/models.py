"""``codeeval models``: what can be asked, what runs in this process, and what a model honours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.cli.output import lines, size, table
from codeeval.cli.progress import byte_progress

if TYPE_CHECKING:
    from codeeval.cli.output import Output

COMMANDS: Final[dict[str, LazyCommand]] = {
    "pull": LazyCommand("codeeval.cli.models:pull", "Fetch a model's weights, checksum verified."),
    "list": LazyCommand(
        "codeeval.cli.models:list_", "List the models that can be pulled, and which are here."
    ),
    "test": LazyCommand("codeeval.cli.model_test:test", "Ask a model, and show what it honours."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def models() -> None:
    """Pull and list models that run in this process, and test any model."""


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is ready."""

    name: str
    path: Path


@click.command()
@click.argument("name")
@options.output_options
def pull(name: str, *, output: Output) -> None:
    """Fetch the weights of the model NAME, for example smollm2, and verify their checksum."""
    from codeeval.config import load_settings  # noqa: PLC0415 -- not for --help
    from codeeval.models.pull import pull as pull_model  # noqa: PLC0415 -- as above

    with byte_progress(f"pulling {name}", output) as progress:
        path = pull_model(name, load_settings().cache_dir, progress)
    output.result(Pulled(name=name, path=path), lines(f"local:{name} is ready: {path}"))


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List the models that can be pulled, and which are here."""
    from codeeval.config import load_settings  # noqa: PLC0415 -- not for --help
    from codeeval.models.pull import list_models  # noqa: PLC0415 -- as above

    found = list_models(load_settings().cache_dir)
    rows = [
        (
            f"local:{model.name}",
            model.title,
            size(model.size_bytes),
            model.license,
            str(model.path) if model.path else f"not here: codeeval models pull {model.name}",
        )
        for model in found
    ]
    output.result(found, table(("model", "", "size", "licence", "weights"), rows, right=(2,)))

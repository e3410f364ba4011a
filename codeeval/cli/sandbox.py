"""``codeeval sandbox``: the images that programs run in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.cli.output import Verbosity, lines, size, table
from codeeval.languages import LANGUAGES, language

if TYPE_CHECKING:
    from codeeval.cli.output import Output

COMMANDS: Final[dict[str, LazyCommand]] = {
    "build": LazyCommand("codeeval.cli.sandbox:build", "Build the images, or those named."),
    "check": LazyCommand("codeeval.cli.sandbox:check", "Run each language's self-tests in a sandbox."),
    "list": LazyCommand("codeeval.cli.sandbox:list_", "List the images, and which are built."),
    "prune": LazyCommand("codeeval.cli.sandbox:prune", "Remove old images and leftovers of broken runs."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def sandbox() -> None:
    """Build, check, list and prune the images that programs run in."""


@click.command()
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@click.option("--bootstrap-base", is_flag=True, help="Make the base with debootstrap: no registry is asked.")
@click.option(
    "--ca-bundle",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificates to trust during the build, where a proxy intercepts TLS.",
)
@click.option(
    "--build-arg",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument of the image's Dockerfile. The image is then built even if it is there.",
)
@options.output_options
def build(
    images: tuple[str, ...],
    *,
    bootstrap_base: bool,
    ca_bundle: Path | None,
    arguments: tuple[str, ...],
    output: Output,
) -> None:
    """Build the images, or only those named. An image that is built already is left alone."""
    from codeeval.sandboxes.images import build as build_images  # noqa: PLC0415 -- not for --help

    built = build_images(
        images,
        bootstrap_base=bootstrap_base,
        ca_bundle=ca_bundle,
        log=lambda line: output.note(line, Verbosity.NORMAL),
        arguments=_named_values(arguments),
    )
    output.result(built, table(("image", "tag"), [(image.name, image.tag) for image in built]))


def _named_values(arguments: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{argument!r} is not NAME=VALUE", param_hint="--build-arg")
        values[name] = value
    return values


@click.command()
@click.argument("languages", nargs=-1, metavar="[LANGUAGE]...")
@options.sandbox_options
@options.output_options
@click.pass_context
def check(
    context: click.Context, languages: tuple[str, ...], *, place: options.SandboxChoice, output: Output
) -> None:
    """Run self-tests: programs that pass, fail, do not end and do not compile, in a real sandbox.

    Exits with 1 if one of them comes out otherwise.
    """
    from codeeval.cli.places import open_pool  # noqa: PLC0415 -- not for --help
    from codeeval.doctor import check_language  # noqa: PLC0415 -- as above

    results = []
    for name in languages or LANGUAGES:
        with open_pool((language(name).image,), place, output) as opened:
            results += check_language(language(name), opened.pool)
    rows = [
        (each.language, each.test, each.expected.value, each.outcome.value, "" if each.right else each.detail)
        for each in results
    ]
    output.result(results, table(("language", "self-test", "must be", "is", ""), rows))
    context.exit(0 if all(each.right for each in results) else 1)


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List the images, and which of them the container engine has."""
    from codeeval.sandboxes.images import list_images  # noqa: PLC0415 -- not for --help

    found = list_images()
    rows = [
        (
            image.name,
            ", ".join(image.languages),
            image.tag,
            size(image.size_bytes) if image.built else "not built",
        )
        for image in found
    ]
    output.result(found, table(("image", "languages", "tag", "size"), rows, right=(3,)))


@click.command()
@options.output_options
def prune(output: Output) -> None:
    """Remove images that no longer match their Dockerfile, and sandboxes that broken runs left behind."""
    from codeeval import registry  # noqa: PLC0415 -- not for --help
    from codeeval.sandboxes.images import prune as prune_images  # noqa: PLC0415 -- as above

    removed = prune_images()
    if swept := registry.launcher("docker").sweep():
        removed.append(f"{swept} sandboxes of broken runs")
    output.result(removed, lines(*(removed or ["Nothing to remove."])))

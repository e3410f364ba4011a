"""``codeeval sandbox``: the images that programs run in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.cli.output import Verbosity
from codeeval.errors import UsageError
from codeeval.rendering.console import lines, size, table

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import SandboxSettings

COMMANDS: Final[dict[str, LazyCommand]] = {
    "build": LazyCommand("codeeval.cli.sandbox:build", "Build images: those named, or all."),
    "check": LazyCommand("codeeval.cli.sandbox:check", "Run each language's self-tests in a sandbox."),
    "export": LazyCommand("codeeval.cli.sandbox:export", "Write an image to a file."),
    "import": LazyCommand("codeeval.cli.sandbox:import_", "Unpack an image for machines without an engine."),
    "list": LazyCommand("codeeval.cli.sandbox:list_", "List the images, and which are built."),
    "pull": LazyCommand("codeeval.cli.sandbox:pull", "Pull the images that were published, by digest."),
    "prune": LazyCommand(
        "codeeval.cli.sandbox:prune", "Remove old images and leftovers of interrupted runs."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def sandbox() -> None:
    """Build, check, list and prune the images that programs run in."""


@click.command()
@click.argument("images", nargs=-1, metavar="[IMAGE|LANGUAGE]...")
@click.option("--all", "everything", is_flag=True, help="All images that need nothing but packages.")
@click.option("--jobs", type=click.IntRange(min=1), help="Images built at once. Default: one a core.")
@click.option("--bootstrap-base", is_flag=True, help="Make the base with debootstrap: no registry is asked.")
@click.option(
    "--rootless",
    is_flag=True,
    help="Without engine or root, for --sandbox bubblewrap: with debootstrap in a user namespace.",
)
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
    everything: bool,
    jobs: int | None,
    bootstrap_base: bool,
    rootless: bool,
    ca_bundle: Path | None,
    arguments: tuple[str, ...],
    output: Output,
) -> None:
    """Build the images named, or all. An image that is built already is left alone."""
    from codeeval.session.images import (  # noqa: PLC0415 -- not for --help
        build_images,
        build_images_rootless,
        image_of,
    )

    if bool(images) == everything:
        raise UsageError("no image is named", "Name images or languages, for example python, or write --all.")
    build_them = build_images_rootless if rootless else build_images
    built = build_them(
        [image_of(name) for name in images],
        bootstrap_base=bootstrap_base,
        ca_bundle=ca_bundle,
        log=lambda line: output.note(line, Verbosity.NORMAL),
        arguments=_named_values(arguments),
        jobs=jobs or len(os.sched_getaffinity(0)),
    )
    rows = [(image.name, image.tag, size(image.size_bytes)) for image in built]
    tools = [
        lines(f"{image.name}: {image.image_id}, {', '.join(map(' '.join, image.toolchain.items()))}")
        for image in built
        if image.image_id
    ]
    output.result(built, table(("image", "tag", "size"), rows, right=(2,)), *tools)


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
    context: click.Context, languages: tuple[str, ...], *, sandbox: SandboxSettings, output: Output
) -> None:
    """Run self-tests: programs that pass, fail, do not end and do not compile, in a real sandbox.

    Without names, those of every language whose image is built. Exits with 1 if one comes out otherwise.
    """
    from codeeval.session.images import check_languages  # noqa: PLC0415 -- not for --help

    results = check_languages(languages, sandbox, output.note)
    rows = [
        (each.language, each.test, each.expected.value, each.outcome.value, "" if each.right else each.detail)
        for each in results
    ]
    output.result(results, table(("language", "self-test", "must be", "is", ""), rows))
    context.exit(0 if all(each.right for each in results) else 1)


@click.command()
@click.argument("image", metavar="IMAGE|LANGUAGE")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="For example rust.tar.zst.",
)
@options.output_options
def export(*, image: str, out: Path, output: Output) -> None:
    """Write an image that the container engine has to a file, for `codeeval sandbox import` elsewhere."""
    from codeeval.session.images import export_image  # noqa: PLC0415 -- not for --help

    done = export_image(image, out)
    output.result(done, lines(f"{done.tag}, {size(out.stat().st_size)} in {out}"))


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--engine", is_flag=True, help="Load it into the container engine, not into the cache.")
@options.output_options
def import_(*, file: Path, engine: bool, output: Output) -> None:
    """Unpack an exported image into the cache: `--sandbox bubblewrap` then runs its languages.

    It needs no container engine and no root; `--engine` is for machines that have one but no registry.
    """
    from codeeval.session.images import import_image  # noqa: PLC0415 -- not for --help

    done = import_image(file, engine=engine)
    launcher = "docker" if engine else "bubblewrap"
    state = "loaded" if engine else "unpacked"
    output.result(done, lines(f"{done.tag} is {state}; try: codeeval sandbox check --sandbox {launcher}"))


@click.command(name="list")
@options.output_options
def list_(output: Output) -> None:
    """List the images, and which of them the container engine has."""
    from codeeval.session.images import list_images  # noqa: PLC0415 -- not for --help

    found = list_images()
    rows = [
        (
            image.name,
            ", ".join(image.languages),
            image.tag,
            size(image.size_bytes) if image.built else "unpacked" if image.unpacked else "not built",
        )
        for image in found
    ]
    output.result(found, table(("image", "languages", "tag", "size"), rows, right=(3,)))


@click.command()
@click.argument("images", nargs=-1, required=True, metavar="IMAGE|LANGUAGE...")
@options.output_options
def pull(images: tuple[str, ...], *, output: Output) -> None:
    """Pull the images that were published with this version, in place of building them.

    Each is named by the digest that is recorded in images.toml, so that nothing else can be pulled.
    """
    from codeeval.session.images import pull_images  # noqa: PLC0415 -- not for --help

    pulled = pull_images(images, output.note)
    rows = [(image.name, image.tag, size(image.size_bytes)) for image in pulled]
    output.result(pulled, table(("image", "tag", "size"), rows, right=(2,)))


@click.command()
@options.output_options
def prune(output: Output) -> None:
    """Remove images that no longer match their Dockerfile, and leftovers of interrupted runs."""
    from codeeval.session.images import prune_images  # noqa: PLC0415 -- not for --help

    removed = prune_images()
    output.result(removed, lines(*(removed or ["Nothing to remove."])))

"""``codeeval bundle`` and ``codeeval unbundle``: evaluations on machines without network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.console import lines, size

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK]...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="For example bundle.tar.zst; without .zst it is not compressed.",
)
@click.option(
    "--image", "images", multiple=True, metavar="IMAGE|LANGUAGE", help="One more image; repeatable."
)
@click.option(
    "--extra",
    "extras",
    multiple=True,
    metavar="NAME",
    help="With the packages of this extra of codeeval; repeatable.",
)
@click.option(
    "--wheel",
    "wheels",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Take this wheel in place of what is installed; repeatable.",
)
@click.option("--no-images", is_flag=True, help="Without the images of the benchmarks.")
@click.option("--no-wheels", is_flag=True, help="Without codeeval and the packages that it needs.")
@options.data_options
@options.output_options
def bundle(
    *,
    benchmarks: tuple[str, ...],
    out: Path,
    images: tuple[str, ...],
    extras: tuple[str, ...],
    wheels: tuple[Path, ...],
    no_images: bool,
    no_wheels: bool,
    data: DataOptions,
    output: Output,
) -> None:
    """Pack what BENCHMARK needs for a machine without network: data, sandbox images and wheels.

    `codeeval unbundle FILE` installs it there; INSTALL.txt in the archive has the commands.
    """
    from codeeval.session.bundling import make_bundle  # noqa: PLC0415 -- not for --help

    made = make_bundle(
        benchmarks,
        out,
        images=images,
        extras=extras,
        wheels=wheels,
        with_images=not no_images,
        with_wheels=not no_wheels,
        data=data,
        notes=output.note,
    )
    output.result(
        made,
        lines(f"{size(made.size_bytes)} in {out}, for Python {made.bundle.python} on {made.bundle.platform}"),
        lines(f"{made.sha256}  {out.name}"),
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--data-root",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where its data goes. Default: as configured (CODEEVAL_DATA_ROOT).",
)
@click.option("--engine", is_flag=True, help="Load images into the container engine, not into the cache.")
@options.output_options
def unbundle(*, file: Path, data_root: Path | None, engine: bool, output: Output) -> None:
    """Verify a bundle, and put its data and sandbox images where runs find them."""
    from codeeval.session.bundling import install_bundle  # noqa: PLC0415 -- not for --help

    done = install_bundle(file, data_root=data_root, engine=engine, notes=output.note)
    where = f" --data-root {done.data_root}" if done.data_root else ""
    commands = [f"codeeval run {each.name} --model SPEC --offline{where}" for each in done.bundle.benchmarks]
    output.result(done, lines(*(done.images or ["no images"]), *commands))

"""``codeeval merge``: the shards of a run, put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output


@click.command()
@click.argument("shards", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="The run directory to write.",
)
@options.k_option
@options.output_options
def merge(*, shards: tuple[Path, ...], out: Path, k: tuple[int, ...], output: Output) -> None:
    """Put the run directories SHARDS, made with --shard, together to one run, and score it.

    Every shard must be there, finished, and made with the same settings. Nothing is executed.
    """
    from codeeval.cli.result import present  # noqa: PLC0415 -- not for --help
    from codeeval.session.merging import merge as merge_shards  # noqa: PLC0415 -- as above

    present(merge_shards(shards, out, k), output)

"""``codeeval view``: a local web page over a folder of runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.console import lines

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("runs"), metavar="[DIR]"
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8321, show_default=True, help="0 for any that is free."
)
@options.data_options
@options.output_options
def view(folder: Path, *, port: int, data: DataOptions, output: Output) -> None:
    """Look at the runs in DIR (default: runs) in a browser, while they are going too.

    The page is served to this machine only, at an address with a token. It only reads. Ctrl-C ends it.
    """
    from codeeval.viewer.running import view as serve_pages  # noqa: PLC0415 -- not for --help

    def ready(address: str) -> None:
        output.result({"folder": str(folder), "url": address}, lines(f"{folder}: {address}"))

    serve_pages(folder, port=port, data_root=data.data_root, offline=data.offline, ready=ready)

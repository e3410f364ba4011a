"""``codeeval status``: how far a run or a suite is, from another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@options.output_options
def status(*, directory: Path, output: Output) -> None:
    """Show how far the run or suite in DIR is: progress, pace, time left, cost.

    It only reads, and works while a run is at work, after it has ended, and after it was killed.
    """
    from codeeval.rendering.status import status_tables  # noqa: PLC0415 -- not for --help
    from codeeval.session.status import read_status  # noqa: PLC0415 -- as above

    found = read_status(directory)
    output.result(found, *([] if output.json else status_tables(found)))

"""``codeeval extraction``: how the code of a run's samples was found, and what else it could have been."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@options.data_options
@options.output_options
def extraction(run: Path, *, data: DataOptions, output: Output) -> None:
    """Audit the extraction of the run directory RUN, executing nothing.

    Counts the rules that found code, and lists the samples that failed, or whose code does not parse, where
    another candidate parses and defines the function under test.
    """
    from codeeval.rendering.extraction import audit_tables  # noqa: PLC0415 -- not for --help
    from codeeval.session.extraction import audit_extraction  # noqa: PLC0415 -- as above

    found = audit_extraction(run, data)
    output.result(found, *([] if output.json else audit_tables(found)))

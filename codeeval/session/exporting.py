"""Writes a run's samples for other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.formats import ExportFormat, export
from codeeval.records import RunDirectory
from codeeval.session.benchmarks import data_source, remake_benchmark

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.session.settings import DataOptions


_NAMES: Final = {
    ExportFormat.MULTIPL_E: "multipl-e",
    ExportFormat.LIVECODEBENCH: "livecodebench_eval_all.json",
}


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    path: str
    format: ExportFormat
    samples: int


def export_run(run: Path, form: ExportFormat, out: Path | None, data: DataOptions) -> Exported:
    """Write the samples of a run for another evaluator.

    Args:
        run: the run directory.
        form: whose evaluator reads the file.
        out: the file or, for MultiPL-E, the folder; None: named after the format, in the run directory.
        data: where the dataset comes from.

    Raises:
        UsageError: ``out`` is a folder, and the format is one file.
        DataError: the run or the dataset is malformed.
        StorageError: the file cannot be written.
    """
    path = out or run / _NAMES.get(form, f"{form}.jsonl")
    if path.is_dir() and form is not ExportFormat.MULTIPL_E:
        raise UsageError(f"{path} is a folder, and {form} is one file", "Name a file with --out.")
    with RunDirectory.open(run) as directory:
        benchmark = remake_benchmark(directory.config)
        problems = {each.task_id: each for each in benchmark.load(data_source(data)).problems}
        count = export(directory, benchmark, problems, form, path)
    return Exported(path=str(path), format=form, samples=count)

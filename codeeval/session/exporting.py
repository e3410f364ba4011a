"""Writes a run's samples and results for other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.formats import (
    ExportedRun,
    ExportFormat,
    export,
    export_log,
    export_records,
    is_log,
    needs_dataset,
)
from codeeval.pipeline import read_metrics
from codeeval.records import METRICS, RunDirectory
from codeeval.session.benchmarks import data_source, remake_benchmark

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.session.settings import DataOptions


_NAMES: Final = {
    ExportFormat.MULTIPL_E: "multipl-e",
    ExportFormat.LIVECODEBENCH: "livecodebench_eval_all.json",
    ExportFormat.PARQUET: "samples.parquet",
    ExportFormat.CSV: "samples.csv",
    ExportFormat.INSPECT: "inspect.json",
    ExportFormat.LM_EVAL: "lm-eval",
    ExportFormat.EVERY_EVAL_EVER: "every-eval-ever",
    ExportFormat.MODEL_INDEX: "model-index.yaml",
}
_FOLDERS: Final = (ExportFormat.MULTIPL_E, ExportFormat.LM_EVAL, ExportFormat.EVERY_EVAL_EVER)
_TRACKERS: Final = (ExportFormat.WANDB, ExportFormat.MLFLOW)


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    path: str
    """The file or folder; empty where a tracker's own settings decide where."""
    format: ExportFormat
    samples: int


def export_run(run: Path, form: ExportFormat, out: Path | None, data: DataOptions) -> Exported:
    """Write a run for another tool.

    Args:
        run: the run directory.
        form: which tool reads it.
        out: the file, or for some formats the folder; None: named after the format, in the run directory, and
            for trackers where their own settings lead.
        data: where the dataset comes from, for formats that have prompts or programs.

    Raises:
        UsageError: ``out`` is a folder and the format is one file, or a tracker is not installed or refuses.
        DataError: the run or the dataset is malformed, or there is nothing to write.
        StorageError: the file cannot be written.
    """
    if out is None and form not in _TRACKERS:
        out = run / _NAMES.get(form, f"{form}.jsonl")
    if out and form not in (*_FOLDERS, *_TRACKERS) and out.is_dir():
        raise UsageError(f"{out} is a folder, and {form} is one file", "Name a file with --out.")
    with RunDirectory.open(run) as directory:
        metrics = read_metrics(run) if (run / METRICS).exists() else None
        if out is None or not needs_dataset(form):
            count = export_records(directory, metrics, form, out)
            return Exported(path=str(out or ""), format=form, samples=count)
        benchmark = remake_benchmark(directory.config)
        problems = {each.task_id: each for each in benchmark.load(data_source(data)).problems}
        if is_log(form):
            count = export_log(ExportedRun(directory, benchmark, problems, metrics), form, out)
        else:
            count = export(directory, benchmark, problems, form, out)
    return Exported(path=str(out), format=form, samples=count)

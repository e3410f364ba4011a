"""Runs as other tools write and read them: samples to judge, and logs of evaluations with their verdicts."""

from codeeval.formats.export import (
    ExportFormat,
    export,
    export_log,
    export_records,
    is_log,
    needs_dataset,
)
from codeeval.formats.foreign import ForeignRun, ForeignSample
from codeeval.formats.foreign_opening import read_foreign_run
from codeeval.formats.judged import ExportedRun
from codeeval.formats.opening import open_samples
from codeeval.formats.sample import FileSample, SampleFiles

__all__ = [
    "ExportFormat",
    "ExportedRun",
    "FileSample",
    "ForeignRun",
    "ForeignSample",
    "SampleFiles",
    "export",
    "export_log",
    "export_records",
    "is_log",
    "needs_dataset",
    "open_samples",
    "read_foreign_run",
]

"""Samples as other tools write and read them: human-eval, EvalPlus, BigCodeBench and MultiPL-E."""

from codeeval.formats.export import ExportFormat, export
from codeeval.formats.opening import open_samples
from codeeval.formats.sample import FileSample, SampleFiles

__all__ = ["ExportFormat", "FileSample", "SampleFiles", "export", "open_samples"]

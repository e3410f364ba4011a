"""Finds out which tool left a log, and reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.errors import DataError
from codeeval.formats.inspect_reading import read_inspect
from codeeval.formats.lm_eval_reading import read_lm_eval

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.formats.foreign import ForeignRun


def read_foreign_run(path: Path, scorer: str | None = None) -> ForeignRun:
    """Read a log of Inspect, or the samples of lm-evaluation-harness.

    Args:
        path: an ``.eval`` or ``.json`` log, a ``samples_*.jsonl``, or a folder with one of them.
        scorer: whose verdicts, where the log has several: a scorer of Inspect, a filter of lm-eval.

    Raises:
        DataError: it cannot be read, is none of these, or has no samples.
    """
    if path.is_dir():
        logs = sorted([*path.glob("*.eval"), *path.glob("*.json")])
        if any(path.rglob("samples_*.jsonl")):
            return read_lm_eval(path, scorer)
        if len(logs) != 1:
            raise DataError(f"{path} has {len(logs)} logs", "Name one of them.")
        path = logs[0]
    if path.suffix == ".jsonl":
        return read_lm_eval(path, scorer)
    return read_inspect(path, scorer)

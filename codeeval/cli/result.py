"""Prints the result of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.rendering.run_result import result_tables
from codeeval.session.results import report_of

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.results import RunResult


def present(result: RunResult, output: Output) -> None:
    """Print a run's result as tables, or as one JSON object."""
    output.result(report_of(result), *([] if output.json else result_tables(result)))

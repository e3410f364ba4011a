"""Compares what the machine prints for a row of SURGE with the row's answer, and explains why they differ."""

from __future__ import annotations

from codeeval.benchmarks.surge.verification.agreement import Agreement, agreement_of, ceiling
from codeeval.benchmarks.surge.verification.causes import Cause, Explained, Known, explain, known_rows
from codeeval.benchmarks.surge.verification.checked import (
    Checked,
    State,
    checked,
    judged,
    needs_repeating,
    not_run,
)
from codeeval.benchmarks.surge.verification.summary import Line, Summary, markdown, renewed, summarise

__all__ = [
    "Agreement",
    "Cause",
    "Checked",
    "Explained",
    "Known",
    "Line",
    "State",
    "Summary",
    "agreement_of",
    "ceiling",
    "checked",
    "explain",
    "judged",
    "known_rows",
    "markdown",
    "needs_repeating",
    "not_run",
    "renewed",
    "summarise",
]

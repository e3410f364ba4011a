"""Makes of each row of SURGE the program that it asks about, so that a machine can execute it too.

``asked(row)`` makes what to run, ``printed(asked, execution)`` reads what came out, in the answer's form.
Nothing here knows a row by its number.
"""

from __future__ import annotations

from typing import assert_never

from codeeval.benchmarks.surge.executable.asked import Asked, CannotRun
from codeeval.benchmarks.surge.executable.buggy import asked_buggy
from codeeval.benchmarks.surge.executable.dialects import asked_dialect
from codeeval.benchmarks.surge.executable.printing import printed
from codeeval.benchmarks.surge.executable.repositories import asked_repository
from codeeval.benchmarks.surge.executable.scripts import asked_script
from codeeval.benchmarks.surge.executable.single import asked_single
from codeeval.benchmarks.surge.rows import Row, Subset

__all__ = ["Asked", "CannotRun", "asked", "printed"]


def asked(row: Row) -> Asked | CannotRun:
    """Make the program that a row asks about, or return why it cannot be run here."""
    match row.subset:
        case Subset.ML | Subset.CL:
            return asked_single(row)
        case Subset.RL:
            return asked_repository(row)
        case Subset.SC | Subset.TC:
            return asked_script(row)
        case Subset.BG:
            return asked_buggy(row)
        case Subset.DR:
            return asked_dialect(row)
        case Subset.FL:
            return CannotRun(reason="no Lean with Mathlib: these rows need the one that they were made with")
        case _:
            assert_never(row.subset)

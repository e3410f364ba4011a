"""What accuracy is shown against: the length of a row's program, and its running time where stated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codeeval.types import Trait

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def run_s(row: Row) -> str:
    """Return the seconds that the program takes according to the row (SC and TC), empty if unknown."""
    time = row.features.time
    if isinstance(time, float):
        return repr(time)
    found = _NUMBER.search(time or "")
    return found[0] if found else ""


def traits_of(question: str, seconds: str) -> tuple[Trait, ...]:
    """Measure a task: lines of the question that are not blank, and the seconds that ``run_s`` found."""
    lines = sum(bool(line.strip()) for line in question.splitlines())
    found = [Trait(name="program_lines", value=lines)]
    if seconds:
        found.append(Trait(name="run_s", value=float(seconds)))
    return tuple(found)

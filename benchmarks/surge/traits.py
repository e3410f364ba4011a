"""What accuracy is shown against: how long a row's program is, and how long it runs where the row says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codeeval.types import Trait

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def run_s(row: Row) -> str:
    """Return the seconds that the row says its program took (SC and TC), empty where it does not say."""
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

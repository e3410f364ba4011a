"""What predictions get wrong, and how accuracy depends on the program: counts and bins. No I/O."""

from __future__ import annotations

import bisect
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.types import Mistake, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.metrics import Scores
    from codeeval.types import Verdict

PROGRAM_LINES: Final = "program_lines"
RUN_S: Final = "run_s"


class Scale(NamedTuple):
    """How the values of a trait are put into bins."""

    title: str
    edges: tuple[float, ...]
    """Where bins begin, the first at the least value; the same for every run, for comparison."""
    whole: bool
    """Whether its values are whole numbers."""


SCALES: Final = {
    PROGRAM_LINES: Scale("lines of the program that are not blank", (0, 6, 11, 21, 41, 81, 161), whole=True),
    RUN_S: Scale("seconds that the program runs", (0, 0.001, 0.01, 0.1, 1, 10), whole=False),
}


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks whose trait lies between two edges."""

    at_least: float
    below: float | None
    """None: as much as there is."""
    tasks: int
    samples: int
    value: float
    """The main score's mean over these tasks, in [0, 1]."""
    low: float
    """Lower end of the 95% interval."""
    high: float


class StudyCounts:
    """Counts the mistakes, and gathers verdicts by bin of each trait.

    Args:
        scores: makes an empty counter of scores.
    """

    def __init__(self, scores: Callable[[], Scores]) -> None:
        self._make = scores
        self._mistakes: Counter[Mistake] = Counter()
        self.bins: dict[str, dict[int, Scores]] = {}
        """By trait, by number of the bin."""

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        if verdict.outcome not in (Outcome.PASSED, Outcome.SANDBOX_ERROR):
            self._mistakes[verdict.study.mistake] += 1
        for trait in verdict.study.traits:
            scale = SCALES.get(trait.name)
            if scale is not None:
                number = max(0, bisect.bisect_right(scale.edges, trait.value) - 1)
                bins = self.bins.setdefault(trait.name, {})
                if number not in bins:
                    bins[number] = self._make()
                bins[number].add(verdict)

    @property
    def mistakes(self) -> dict[str, int]:
        """Wrong samples by what is wrong with them, the most frequent first; unknown ones are omitted."""
        known = [(kind, count) for kind, count in self._mistakes.items() if kind is not Mistake.NONE]
        return {kind.value: count for kind, count in sorted(known, key=lambda each: (-each[1], each[0]))}


def label(trait: str, found: Bin) -> str:
    """Name a bin by its ends: ``6-10`` lines, ``0.01-0.03`` seconds."""
    if found.below is None:
        return f"{found.at_least:g} and more"
    if not found.at_least:
        return f"under {found.below:g}"
    last = found.below - 1 if SCALES[trait].whole else found.below
    return f"{found.at_least:g}\N{EN DASH}{last:g}"


def edges_of(trait: str, number: int) -> tuple[float, float | None]:
    """Return where a bin begins, and where the next one does."""
    edges = SCALES[trait].edges
    return edges[number], edges[number + 1] if number + 1 < len(edges) else None

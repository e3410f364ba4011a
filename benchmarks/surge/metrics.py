"""The published metrics, each a function of an answer and the expected one, with their quirks.

An exception counts as 0, as published (eval/main.py, last lines). One thing is not as published: where its
arithmetic comes to NaN, which would make a whole column NaN, the score is 0 here.

Source: Imbernoulli/SURGE, eval/main.py, eval/sc.py, eval/rl.py, eval/fl.py.
"""

from __future__ import annotations

import difflib
import enum
import functools
import itertools
import math
import re
import warnings
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge.rows import Row, Subset

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMERIC_FAMILIES: Final = ("gd_", "rk_", "qr_", "lu_", "power_method_", "heat_eq_", "euler_", "fft_")
PLOTS: Final = "PlotNeuralNet"
GAME_OF_24: Final = "python 24_game.py"
SUDOKU: Final = "https://github.com/psychopurp/sudoku-player"
COWS: Final = "make"

_EPSILON: Final = 1e-10
_STEPS: Final = 8_000_000
"""That ``difflib`` may take on one pair of texts, two or three seconds: its time may grow with the cube of
the length. Scrambled copies of SURGE's outputs take a tenth of it."""


class Metric(enum.StrEnum):
    """What an answer is compared by."""

    EXACT = "exact"
    JACCARD = "jaccard"
    RATIO = "ratio"
    SUDOKU = "sudoku"
    NUMERIC = "numeric"
    RANK = "rank"
    ESTIMATE = "estimate"
    ERRORS = "errors"


def metric_of(row: Row) -> Metric:  # noqa: PLR0911 -- one a rule
    """Choose a row's metric.

    Source: eval/main.py, ``evall`` and ``re_errors``; eval/sc.py, ``evaluate_output``; eval/rl.py,
    ``rl_eval``.
    """
    match row.subset:
        case Subset.ML | Subset.CL:
            return Metric.EXACT
        case Subset.BG | Subset.DR:
            return Metric.JACCARD
        case Subset.FL:
            return Metric.ERRORS
        case Subset.RL:
            return _of_repository(row)
        case Subset.SC | Subset.TC:
            name = row.features.fid
            if any(family in name for family in NUMERIC_FAMILIES):
                return Metric.NUMERIC
            if "sort" in name:
                return Metric.RANK
            return Metric.ESTIMATE if name.startswith("mc_") else Metric.EXACT


def _of_repository(row: Row) -> Metric:
    if row.features.repo == PLOTS or row.features.run_instruction == GAME_OF_24:
        return Metric.RATIO
    return Metric.SUDOKU if row.features.repo == SUDOKU else Metric.EXACT


def exact(answer: str, expected: str) -> float:
    """Whether the texts are the same. Source: eval/main.py, ``evall``; eval/rl.py, ``match``."""
    return float(answer == expected)


def jaccard(answer: str, expected: str) -> float:
    """Share of all lower-cased words that both texts have. Source: eval/fl.py, ``jaccard_similarity``."""
    ours, theirs = set(answer.lower().split()), set(expected.lower().split())
    union = ours | theirs
    return len(ours & theirs) / len(union) if union else 1.0


class _BoundedMatcher(difflib.SequenceMatcher[str]):
    """Matches as its base does, for a number of steps; what it has not reached by then matches nothing."""

    def __init__(self, expected: str, answer: str) -> None:
        super().__init__(None, expected, answer)
        places = self.b2j  # type: ignore[attr-defined] # documented, but not in the stubs
        steps = (len(places.get(character, ())) for character in expected)
        self._steps = [0, *itertools.accumulate(steps)]
        self._left = _STEPS

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        """Find the longest match in a part of both, if there are steps left for it."""
        self._left -= self._steps[-1 if ahi is None else ahi] - self._steps[alo]
        if self._left < 0:
            return difflib.Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


@functools.lru_cache(maxsize=16)  # both scorers often read the same
def ratio(answer: str, expected: str) -> float:
    """Compare by edit similarity. Source: eval/rl.py, ``explain_sequence_matcher``."""
    return _BoundedMatcher(expected, answer).ratio()


def numbers(text: str) -> list[float]:
    """Read numbers as they are printed in several ways.

    Raises:
        ValueError: what is there is no number.

    Source: eval/sc.py, ``parse_numerical_output``.
    """
    line = text.replace("\n", " ").strip()
    scientific = "e+" in line or "e-" in line
    if "," in line and scientific:
        return [float(part) for part in line.split(",")]
    if scientific:
        return [float(part) for part in _BRACKETS_AND_QUOTES.sub("", line).split()]
    if "[[" in line and "]]" in line:
        return [float(part.rstrip(".")) for part in _BRACKETS_AND_QUOTES.sub("", line).split()]
    if line.startswith("[") and line.endswith("]"):
        inside = line.strip("[]")
        parts = inside.split(",") if "," in inside else inside.split()
        return [float(part) for part in parts if part.strip()]
    return [float(part) for part in line.split(",")]


_BRACKETS_AND_QUOTES: Final = re.compile(r"[\[\]']")


def relative_error(answer: float, expected: float) -> float:
    """Return how far a number is off, as a share of what it should be."""
    return abs(answer - expected) / (abs(expected) + _EPSILON)


def clipped(value: float) -> float:
    """Keep a score within [0, 1]; NaN counts as 0."""
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, value))


def numeric(answer: str, expected: str) -> float:
    """Compare by 1 minus the mean relative error, missing numbers as 0, surplus ones ignored.

    Source: eval/sc.py, ``evaluate_numerical``.
    """
    try:
        wanted = numbers(expected)
        given = numbers(answer)[: len(wanted)]
    except ValueError:
        return 0.0
    given += [0.0] * (len(wanted) - len(given))
    errors = [relative_error(*pair) for pair in zip(given, wanted, strict=True)]
    return clipped(1 - sum(errors) / len(errors)) if errors else 0.0


def correlation(given: Sequence[float], wanted: Sequence[float]) -> float:
    """Return Spearman's rank correlation, at least 0; 0 too where there is none."""
    from scipy import stats  # noqa: PLC0415 -- costs 500 ms

    if len(given) != len(wanted) or len(wanted) < 2:
        return 0.0
    with warnings.catch_warnings(action="ignore"):  # of constant lists, which correlate with nothing
        return clipped(float(stats.spearmanr(given, wanted).statistic))


def rank(answer: str, expected: str) -> float:
    """Compare by rank correlation, so any rising list of that length will do where a rising one is expected.

    Source: eval/sc.py, ``evaluate_sorting``.
    """
    try:
        return correlation(numbers(answer), numbers(expected))
    except ValueError:
        return 0.0


def last_part(text: str) -> str:
    """Return what stands after the last colon."""
    return text.rpartition(":")[2].strip()


def estimate(answer: str, expected: str) -> float:
    """Compare the numbers after the last colons. Source: eval/sc.py, ``evaluate_output``."""
    return numeric(last_part(answer), last_part(expected))

"""Names the groups that a row belongs to, and the columns of the published table.

Source: Imbernoulli/SURGE, eval/tab.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge.metrics import GAME_OF_24, PLOTS, SUDOKU
from codeeval.benchmarks.surge.rows import Row, Subset

if TYPE_CHECKING:
    from collections.abc import Sequence

OTHERS: Final = "others"
COLUMNS: Final = {
    Subset.ML: ("ml-cpp", "ml-rust", "ml-python", "ml-julia", "ml-java", "ml-others"),
    Subset.CL: ("cl",),
    Subset.RL: ("rl",),
    Subset.SC: ("sc",),
    Subset.TC: ("tc",),
    Subset.BG: ("bg-cpp", "bg-java", "bg-python"),
    Subset.DR: ("dr",),
    Subset.FL: ("fl",),
}
"""In the order of the table's heading."""
_LANGUAGES: Final = {
    "c": "c",
    "c#": "csharp",
    "cpp": "cpp",
    "java": "java",
    "javascript": "javascript",
    "julia": "julia",
    "python": "python",
    "python3": "python",
    "rust": "rust",
}
"""By what rows call them, in lower case."""


def columns_of(subsets: Sequence[Subset]) -> tuple[str, ...]:
    """Return the table's columns that these subsets fill."""
    return tuple(column for subset in subsets for column in COLUMNS[subset])


def language_of(row: Row) -> str:
    """Name the language of a row's program, as ``languages`` does.

    Rows of TUOJ say Python of C++; source of that: eval/main.py, ``re_errors``.
    """
    match row.subset:
        case Subset.ML | Subset.CL | Subset.BG:
            stated = row.features.language.lower()
            return _LANGUAGES.get(stated, stated)
        case Subset.RL:
            return "python" if _repository(row) in ("24-game", "plotneuralnet") else "cpp"
        case Subset.SC | Subset.TC:
            return "python"
        case Subset.DR:
            return "cpp"
        case Subset.FL:
            return "lean"


def _repository(row: Row) -> str:
    if row.features.repo == PLOTS:
        return "plotneuralnet"
    if row.features.run_instruction == GAME_OF_24:
        return "24-game"
    if row.features.repo == SUDOKU:
        return "sudoku"
    return "cow" if row.features.run_instruction == "make" else "car"


def groups_of(row: Row) -> tuple[str, ...]:
    """Return the subset, and in it the table's column, the language, the repository or the compiler."""
    subset, language = row.subset.value, language_of(row)
    match row.subset:
        case Subset.ML if f"ml-{language}" not in COLUMNS[Subset.ML]:
            return (subset, f"ml-{OTHERS}", f"ml-{language}")
        case Subset.ML | Subset.CL | Subset.BG:
            return (subset, f"{subset}-{language}")
        case Subset.RL:
            return (subset, f"{subset}-{_repository(row)}")
        case Subset.DR:
            return (subset, f"{subset}-{row.features.key.partition('-')[0]}")
        case Subset.SC | Subset.TC | Subset.FL:
            return (subset,)

"""EvoEval: HumanEval evolved by a model into seven other sets of problems.

Source: Xia et al. 2024, "Top Leaderboard Ranking = Top Coding Proficiency, Always? EvoEval: Evolving Coding
Benchmarks via LLM", and what its authors published, evo-eval/evoeval: evoeval/evaluate.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common.checked_functions import CheckedFunctions
from codeeval.datasets import DatasetRef
from codeeval.errors import UsageError
from codeeval.types import Sampling

if TYPE_CHECKING:
    from codeeval.interfaces import BenchmarkOptions, DataSource, LoadedProblems

SUBSETS: Final = ("difficult", "creative", "subtle", "combine", "tool_use", "verbose", "concise")
"""The first five have 100 problems each, the last two HumanEval's 164."""
STOP: Final = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


class EvoEval(CheckedFunctions):
    """One subset of EvoEval.

    Raises:
        UsageError: an option that EvoEval does not have, or no subset.
    """

    family = "evoeval"
    folder = Path(__file__).parent
    variants = SUBSETS
    base_sampling = Sampling(max_tokens=1024, stop=STOP)
    chat_sampling = Sampling(max_tokens=1024)
    """Greedy."""

    def __init__(self, options: BenchmarkOptions) -> None:
        if not options.variant:
            raise UsageError(
                "evoeval: which subset?", f"Write evoeval:{SUBSETS[0]}, or {', '.join(SUBSETS[1:])}."
            )
        super().__init__(options)

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the subset; none of its rows but eleven were at hand, so no hash is pinned."""
        ref = DatasetRef(
            id=f"evoeval/EvoEval_{self.options.variant}",
            config="default",
            revision="main",
            sha256={"test": ""},
        )
        return self.read(ref, source)

"""EvoEval: HumanEval evolved by a model into seven other sets of problems.

Source: Xia et al. 2024, "Top Leaderboard Ranking = Top Coding Proficiency, Always? EvoEval: Evolving Coding
Benchmarks via LLM", and what its authors published, evo-eval/evoeval: evoeval/evaluate.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.checked_functions import CheckedFunctions
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, LoadedProblems
from codeeval.types import Problem, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBSETS: Final = ("difficult", "creative", "subtle", "combine", "tool_use", "verbose", "concise")
"""The first five have 100 problems each, the last two HumanEval's 164."""
STOP: Final = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


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

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, split=self.split, shots="0")

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the subset; none of its rows but eleven were at hand, so no hash is pinned."""
        ref = DatasetRef(
            id=f"evoeval/EvoEval_{self.options.variant}",
            config="default",
            revision="main",
            sha256={"test": ""},
        )
        loaded = load_rows(ref, "test", source, Row)
        problems = tuple(
            Problem(
                task_id=row.task_id,
                prompt=row.prompt,
                entry_point=row.entry_point,
                reference=row.canonical_solution,
                tests=(row.test,),
            )
            for row in loaded.rows
        )
        return LoadedProblems(problems=self.grouped(problems), identity=loaded.identity)

"""SURGE: a model predicts what a program prints.

Source: Lyu et al. 2025, "SURGE: On the Potential of Large Language Models as General-Purpose Surrogate Code
Executors" (arXiv 2502.11167), and its authors' repository, Imbernoulli/SURGE: dataset/*.json, eval/*.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common import mistakes
from codeeval.benchmarks.surge import grading
from codeeval.benchmarks.surge.constants import constant_answers
from codeeval.benchmarks.surge.grouping import columns_of, groups_of, language_of
from codeeval.benchmarks.surge.metrics import Metric, metric_of
from codeeval.benchmarks.surge.rows import Row, Subset, read_rows
from codeeval.benchmarks.surge.traits import run_s, traits_of
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.prompting import Variables
from codeeval.types import (
    Completion,
    CompletionKind,
    Extraction,
    Grade,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    Sampling,
    Study,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COT: Final = "cot"
VARIANTS: Final = (*Subset, COT, *(f"{subset.value}-{COT}" for subset in Subset))
SHOTS: Final = (0, 3)
MAX_TOKENS: Final = 4096
"""The longest expected output has about 3,000 tokens."""


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What a row says besides its question and answer."""

    system: str
    """The row's instructions for the chosen form of prompt."""
    metric: Metric
    run_s: str = ""
    """Seconds that the program takes according to the row; empty where it does not state them."""


class Surge(BenchmarkBase):
    """SURGE, or one of its subsets, under one set of options.

    Raises:
        UnknownName: a variant or split that it does not have.
        UsageError: a number of worked examples that no prompt of it shows.
    """

    family = "surge"
    folder = Path(__file__).parent
    variants = VARIANTS
    splits = ()
    image = ""
    """Nothing is executed."""
    reference_kind = CompletionKind.ANSWER
    base_sampling = chat_sampling = Sampling(max_tokens=MAX_TOKENS)
    """Greedy: the repository does not state how answers were sampled."""

    def __init__(self, options: BenchmarkOptions) -> None:
        subset, _, form = options.variant.partition("-")
        self._cot = COT in (subset, form)
        super().__init__(options)
        self._subsets = tuple(each for each in Subset if subset in ("", COT, each.value))
        self.scoring = Scoring(
            scores=grading.SCORERS, columns=columns_of(self._subsets), nonzero=(grading.OFFICIAL,)
        )

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the rows' instructions have: none with a chain of thought."""
        return (0,) if self._cot else SHOTS

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol="official and fixed", shots=str(self.shots), prompt=COT if self._cot else "direct"
        )

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the subsets."""
        read = read_rows(source, self._subsets)
        return LoadedProblems(problems=tuple(map(self._problem, read.rows)), identity=read.identity)

    def _problem(self, row: Row) -> Problem:
        return Problem(
            task_id=row.task_id,
            prompt=row.question,
            entry_point="",
            reference=row.gt,
            tests=(),
            payload=Task(system=self._system(row), metric=metric_of(row), run_s=run_s(row)),
            language=language_of(row),
            groups=groups_of(row),
        )

    def _system(self, row: Row) -> str:
        if self._cot:
            return row.sys_cot
        return row.sys_3shot if self.shots else row.sys_0shot

    def variables(self, problem: Problem) -> Variables:
        """Return the row's instructions and its question, both verbatim."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            system=problem.payload_of(Task).system,
            head=self._head,
            language=problem.language,
        )

    @property
    def _head(self) -> str:
        """What prompts of base models end in."""
        return "Thought:" if self._cot or self.shots else "Output:"

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Take from a completion what each scorer makes of it, whatever its kind."""
        task = problem.payload_of(Task)
        continues = completion.kind is CompletionKind.CONTINUATION
        found = grading.answers_in(completion.text, task.metric, head=self._head if continues else "")
        main = found[0] if found[0].texts else found[-1]
        answer = main.texts[0] if main.texts else None
        wrong = mistakes.mistake(completion, answer, problem.reference)
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=Extraction(rule=main.rule, code=answer or ""),
            study=Study(mistake=wrong, traits=traits_of(problem.prompt, task.run_s)),
            oracle=Oracle.ANSWER,
            expected=problem.reference,
            answers=found,
        )

    def grade(self, program: Program) -> Grade:
        """Compare the answers with what the program printed."""
        return grading.grade(program)

    def reference(self, problem: Problem) -> Completion:
        """The output as the prompts ask for it."""
        return self.completion(problem, f"Output:\n{problem.reference}")

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Answers that know nothing of the program, where they are not right by chance."""
        return [
            self.cheat(problem, name, text)
            for name, text in constant_answers(problem.prompt, problem.reference)
        ]

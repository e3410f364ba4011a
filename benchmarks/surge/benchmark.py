"""SURGE: a model says what a program prints, in place of the machine.

Source: Lyu et al. 2025, "SURGE: On the Potential of Large Language Models as General-Purpose Surrogate Code
Executors" (arXiv 2502.11167), and its authors' repository, Imbernoulli/SURGE: dataset/*.json, eval/*.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.benchmarks.common import mistakes
from codeeval.benchmarks.common.rendering import Rendering
from codeeval.benchmarks.surge import grading
from codeeval.benchmarks.surge.constants import constant_answers
from codeeval.benchmarks.surge.grouping import columns_of, groups_of, language_of
from codeeval.benchmarks.surge.metrics import Metric, metric_of
from codeeval.benchmarks.surge.rows import Row, Subset, read_rows
from codeeval.benchmarks.surge.traits import run_s, traits_of
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.prompting import Variables
from codeeval.types import (
    Completion,
    CompletionKind,
    Extraction,
    Grade,
    Oracle,
    Problem,
    Program,
    Prompt,
    Sampling,
    Study,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COT: Final = "cot"
SHOTS: Final = (0, 3)
MAX_TOKENS: Final = 4096
"""The longest expected output has about 3,000 tokens."""


class Facts(NamedTuple):
    """What ``Problem.tests`` holds."""

    system: str
    """The row's instructions for the chosen way of asking."""
    metric: str
    run_s: str = ""
    """Seconds that the row says its program took; empty where it does not say."""


def variants() -> list[str]:
    """List what may follow the colon of the benchmark's name."""
    subsets = [subset.value for subset in Subset]
    return [*subsets, COT, *(f"{subset}-{COT}" for subset in subsets)]


class Surge(Rendering):
    """SURGE, or one of its subsets, under one set of options.

    Raises:
        UnknownName: a variant or split that it does not have.
        UsageError: a number of worked examples that no prompt of it shows.
    """

    folder = Path(__file__).parent
    image = ""
    """Nothing is executed."""

    def __init__(self, options: BenchmarkOptions) -> None:
        if options.variant and options.variant not in variants():
            raise UnknownName("variant of surge", options.variant, variants())
        if options.split is not None:
            raise UnknownName("split of surge", options.split, ())
        subset, _, asking = options.variant.partition("-")
        self._cot = COT in (subset, asking)
        self._subsets = tuple(each for each in Subset if subset in ("", COT, each.value))
        self.name = f"surge:{options.variant}" if options.variant else "surge"
        self._shots = options.shots or 0
        if self._shots not in ((0,) if self._cot else SHOTS):
            can = (
                "asks for a chain of thought without worked examples" if self._cot else "shows none or three"
            )
            raise UsageError(f"{self.name} {can}, not {self._shots}", "Give --shots 0 or 3, without cot.")
        self.options = options
        self.scoring = Scoring(
            scores=grading.SCORERS, columns=columns_of(self._subsets), nonzero=(grading.OFFICIAL,)
        )

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol="official and fixed", shots=str(self._shots), prompt=COT if self._cot else "direct"
        )

    @property
    def sampling(self) -> Sampling:
        """Greedy: the repository does not say how answers were drawn."""
        return Sampling(max_tokens=MAX_TOKENS)

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
            tests=Facts(system=self._system(row), metric=metric_of(row).value, run_s=run_s(row)),
            language=language_of(row),
            groups=groups_of(row),
        )

    def _system(self, row: Row) -> str:
        if self._cot:
            return row.sys_cot
        return row.sys_3shot if self._shots else row.sys_0shot

    def prompt(self, problem: Problem) -> Prompt:
        """Render the row's instructions and its question, both verbatim."""
        variables = Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            tests=(),
            system=Facts(*problem.tests).system,
            head="Thought:" if self._cot or self._shots else "Output:",
            language=problem.language,
        )
        return self.template.render(variables, self.options.style)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Take from a completion what each scorer makes of it, whatever its kind."""
        facts = Facts(*problem.tests)
        found = grading.answers_in(completion.text, Metric(facts.metric))
        main = found[0] if found[0].texts else found[-1]
        answer = main.texts[0] if main.texts else None
        wrong = mistakes.mistake(completion, answer, problem.reference)
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=Extraction(rule=main.rule, code=answer or ""),
            study=Study(mistake=wrong, traits=traits_of(problem.prompt, facts.run_s)),
            oracle=Oracle.ANSWER,
            expected=problem.reference,
            answers=found,
        )

    def grade(self, program: Program) -> Grade:
        """Compare the answers with what the program printed."""
        return grading.grade(program)

    def reference(self, problem: Problem) -> Completion:
        """The output as the prompts ask for it."""
        return _reply(problem, f"Output:\n{problem.reference}")

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Answers that know nothing of the program, where they are not right by chance."""
        return [
            Cheat(name=name, completion=_reply(problem, text))
            for name, text in constant_answers(problem.prompt, problem.reference)
        ]


def _reply(problem: Problem, text: str) -> Completion:
    return Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.ANSWER)

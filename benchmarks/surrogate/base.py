"""What both directions of surrogate execution have in common: problems, prompts, and expected outputs."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, assert_never

import msgspec

from codeeval.benchmarks.common import predictions
from codeeval.benchmarks.surrogate import other_languages, problems, wrapping
from codeeval.benchmarks.surrogate.other_languages import SpelledValue
from codeeval.benchmarks.surrogate.problems import Prediction
from codeeval.errors import DataError
from codeeval.interfaces import (
    BenchmarkBase,
    BenchmarkOptions,
    DataSource,
    LoadedProblems,
    SpansImages,
)
from codeeval.languages import language
from codeeval.prompting import PromptTemplate, Variables
from codeeval.types import Problem, Program, Prompt, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.types import Execution

COT: Final = "cot"
DEFAULT: Final = "humaneval"
"""What is wrapped where no benchmark is named."""
STOP: Final = ("[/ANSWER]",)
"""Source: inference/tasks/output_prediction.py, ``stop_words``."""
MAX_TOKENS: Final = 512
MAX_TOKENS_COT: Final = 1024
SHOWN_TASKS: Final = 5


class Surrogate(BenchmarkBase):
    """What both directions have in common.

    Raises:
        UsageError: an option that it does not have.
        UnknownName: no such benchmark to wrap.
    """

    folder = Path(__file__).parent
    variants = None
    splits = None
    predicts: ClassVar[str]
    """``output`` or ``input``; names its templates."""
    prompts_need_expected_outputs: ClassVar[bool]

    def __init__(self, options: BenchmarkOptions) -> None:
        first, _, rest = options.variant.partition(":")
        self.cot = first == COT
        self.wraps = (rest if self.cot else options.variant) or DEFAULT
        super().__init__(options)
        self._wrapped = wrapping.benchmark(self.wraps, options)
        self.name = ":".join([self.family, *([COT] if self.cot else []), self.wraps])
        self._left_out: Mapping[str, int] = {}

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the prompt shows; another number takes a template of the user's own."""
        return (1 if self.cot else 2,)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score, those of the wrapped benchmark that bear on it included."""
        wrapped = self._wrapped.settings
        return self.stated(
            protocol="cruxeval",
            wraps=self._wrapped.name,
            split=wrapped.get("split", ""),
            calls=str(problems.CALLS),
            shots=str(self.shots),
            prompt=COT if self.cot else "direct",
        )

    @property
    def images(self) -> tuple[str, ...]:
        """The images that the references run in."""
        wrapped = self._wrapped
        return wrapped.images if isinstance(wrapped, SpansImages) else (wrapped.image,)

    @property
    def image(self) -> str:
        """The first of them."""
        return self.images[0]

    def image_of(self, problem: Problem) -> str:
        """Return the image that a problem's reference runs in."""
        return asked_of(problem).image

    @property
    def sampling(self) -> Sampling:
        """Greedy; base style stops where the answer ends."""
        most = MAX_TOKENS_COT if self.cot else MAX_TOKENS
        return Sampling(max_tokens=most, stop=STOP if self.options.style is PromptStyle.BASE else ())

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the wrapped benchmark's problems and make one of each call that its tests make.

        Raises:
            DataError: no call can be used.
        """
        loaded = self._wrapped.load(source)
        made = problems.make(
            self.family, self._wrapped, loaded, values=not self.prompts_need_expected_outputs
        )
        if not made.problems:
            raise DataError(
                f"{self.name} has no problems: {'; '.join(_counted(made.left_out))}",
                "Wrap another benchmark.",
            )
        self._left_out = made.left_out
        return LoadedProblems(problems=made.problems, identity=made.identity)

    @functools.cache  # noqa: B019 -- a benchmark lives as long as its process
    def _template(self, name: str) -> PromptTemplate:
        return self.template_named(f"{name}-{COT}" if self.cot else name)

    def prompt(self, problem: Problem) -> Prompt:
        """Render the program, the assertion with a gap, and for base style the start of the answer."""
        base = self.options.style is PromptStyle.BASE
        tests: tuple[str, ...]
        match asked_of(problem):
            case Prediction():
                template, tests = self.predicts, (self.question(problem),)
            case SpelledValue() as asked:
                template, tests = "spelled", (asked.question, asked.example)
            case never:
                assert_never(never)
        variables = Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            tests=tests,
            head=("[THOUGHT]" if self.cot else predictions.OPEN) if base else "",
            language=language(problem.language).title,
        )
        return self._template(template).render(variables, self.options.style, self.sampling.stop)

    @abstractmethod
    def question(self, problem: Problem) -> str:
        """Return the assertion with ``??`` for what is to be predicted."""

    def expected_outputs_program(self, problem: Problem) -> Program:
        """Make the program that finds out what is right: the call, twice, or another language's tests."""
        match asked_of(problem):
            case Prediction():
                return problems.expected_outputs_program(problem)
            case SpelledValue() as asked:
                return msgspec.structs.replace(asked.checked, task_id=problem.task_id)
            case never:
                assert_never(never)

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what the call returned, or with the reason why it cannot be used."""
        completed: Prediction | SpelledValue
        match asked_of(problem):
            case Prediction() as asked:
                completed = problems.with_expected_outputs(asked, execution)
            case SpelledValue() as asked:
                completed = other_languages.with_expected_outputs(asked, execution)
            case never:
                assert_never(never)
        return msgspec.structs.replace(problem, payload=completed)

    def is_included(self, problem: Problem) -> bool:
        """Whether something can be asked: the reference returned a plain literal, and each time the same."""
        return not asked_of(problem).unusable

    def exclusion_notes(self, chosen: Sequence[Problem]) -> Sequence[str]:
        """Report what was excluded and why, and where a test contradicts the reference."""
        counts = Counter(self._left_out)
        counts.update(f"calls: {each.unusable}" for each in map(asked_of, chosen) if each.unusable)
        lines = [f"excluded: {line}" for line in _counted(counts)]
        differing = [
            (problem.task_id, asked)
            for problem in chosen
            if isinstance(asked := problem.payload, Prediction) and asked.differs
        ]
        shown = "; ".join(
            f"{task_id}: {asked.stated} in the test, {asked.output} returned"
            for task_id, asked in differing[:SHOWN_TASKS]
        )
        if differing:
            lines.append(
                f"the reference's value counts where a test states another: {len(differing)} ({shown})"
            )
        return lines


def asked_of(problem: Problem) -> Prediction | SpelledValue:
    """Return what is asked of a problem.

    Raises:
        UsageError: it is another benchmark's.
    """
    if isinstance(problem.payload, SpelledValue):
        return problem.payload
    return problem.payload_of(Prediction)


def _counted(counts: Mapping[str, int]) -> list[str]:
    return [
        f"{count} {what if count > 1 else what.replace('s:', ':', 1)}"
        for what, count in sorted(counts.items(), key=lambda each: -each[1])
    ]

"""LiveCodeBench, code generation: contest problems by release and by date.

Source: Jain et al. 2024, "LiveCodeBench: Holistic and Contamination Free Evaluation of Large Language Models
for Code" (arXiv:2403.07974), and the authors' code, LiveCodeBench/LiveCodeBench: lcb_runner/.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common import case_programs, shown_cases
from codeeval.benchmarks.common.case_programs import BY_FENCE, Solution
from codeeval.benchmarks.livecodebench import cheating, failures, official, problems, programs, releases
from codeeval.benchmarks.livecodebench.problems import Contest
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions
from codeeval.languages import PYTHON, language
from codeeval.prompting import Variables
from codeeval.types import Case, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource, LoadedProblems, ShownExample
    from codeeval.types import CallsStep, Completion, Match, Problem, Program, Verdict

OFFICIAL, FIXED = "official", "fixed"
STOP: Final = ("###",)


class LiveCodeBench(BenchmarkBase):
    """The problems of a release and a window, under one set of options.

    Raises:
        UnknownName: a release or protocol that it does not have.
        UsageError: a date that there is not, an empty window, or a language that there is not.
    """

    family = problems.FAMILY
    folder = Path(__file__).parent
    variants = tuple(releases.SIZES)
    protocols = (OFFICIAL, FIXED)
    any_language = True
    dated = True
    examples_shown = "the public tests, which are among those that score"
    base_sampling = chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2000, stop=STOP)
    """Source: lcb_runner/runner/parser.py."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self.release = options.variant or releases.LATEST
        self.name = f"{self.family}:{self.release}"
        self._window = releases.window(options.from_date, options.to_date)
        self.tests = problems.tests_reader()
        self._shown = problems.public_tests_reader()
        self._language = language(options.language) if options.language else PYTHON

    @property
    def shot_counts(self) -> Sequence[int]:
        """A base model sees one worked example, a chat model none."""
        return (1,) if self.options.style is PromptStyle.BASE else (0,)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol=self.protocol,
            release=self.release,
            window=self._window.text,
            language=self._language.id,
            shots=str(self.shots),
        )

    @property
    def image(self) -> str:
        """The image of the language that is asked for."""
        return self._language.image

    @property
    def images(self) -> tuple[str, ...]:
        """That image, and under ``fixed`` those of the languages that a fence may name."""
        return tuple(dict.fromkeys((self.image, *(language(other).image for other in self._others))))

    def image_of(self, problem: Problem) -> str:
        """Return the image of the language that is asked for."""
        del problem  # all alike
        return self.image

    @property
    def _others(self) -> tuple[str, ...]:
        """The languages that an answer may be in besides the one that was asked for."""
        return BY_FENCE if self.protocol == FIXED and not self.options.language else ()

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; in other languages than Python those that call a function are left out.

        Raises:
            DataError: the dataset cannot be read, a row is malformed, or the window has no problem.
        """
        return problems.load(self.release, self._window, source, self._language.id)

    @property
    def template_name(self) -> str:
        """One for each style."""
        return self.options.style.value

    def variables(self, problem: Problem) -> Variables:
        """Return the statement, the starter code, and the language."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            head=problem.payload_of(Contest).starter,
            language=self._language.title,
            fence=self._language.fences[0],
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make what decides on a completion: calls of its function, or cases of standard input.

        Raises:
            DataError: the problem's tests cannot be read.
        """
        tests = self.tests.of(problem)
        solution = self._solution(problem, completion)
        as_published = self.protocol == OFFICIAL
        if as_published and self._language.id == PYTHON.id:
            return programs.published(problem, completion, solution.extraction, tests)
        if problem.payload_of(Contest).function:
            return programs.of_calls(problem, completion, solution.extraction, tests)
        return programs.of_cases(problem, completion, solution, tests, as_published=as_published)

    def _solution(self, problem: Problem, completion: Completion) -> Solution:
        """Find a completion's program, and the language that it runs as."""
        if self.protocol == OFFICIAL:
            return Solution(self._language, programs.extracted(completion))
        if problem.payload_of(Contest).function:
            return Solution(PYTHON, programs.python_solution(completion, problem))
        solution = case_programs.find(completion, self._language, self._others)
        if solution.language.id == PYTHON.id:
            return Solution(PYTHON, programs.python_solution(completion, problem))
        return solution

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        """Return the public tests.

        Raises:
            DataError: they cannot be read.
        """
        tests = self._shown.of(problem)
        return shown_cases.examples([Case(stdin=test.input, expected=test.output) for test in tests])

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that runs once for each public test."""
        program = self._public(problem, completion)
        return shown_cases.example_program(program, program.cases)

    def shown_inputs(self, problem: Problem) -> tuple[str, ...]:
        """Return the inputs of the public tests."""
        return tuple(test.input for test in self._shown.of(problem))

    def inputs_program(self, problem: Problem, completion: Completion, inputs: Sequence[str]) -> Program:
        """Make the program that runs once for each of these inputs."""
        return shown_cases.inputs_program(self._public(problem, completion), inputs)

    def _public(self, problem: Problem, completion: Completion) -> Program:
        return programs.of_shown(
            problem,
            completion,
            self._solution(problem, completion),
            self._shown.of(problem),
            as_published=self.protocol == OFFICIAL,
        )

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what calls returned as the authors' runner does."""
        return official.same_results(step, values)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what a case printed as the authors' runner does."""
        return official.same_output(output, case.expected)

    def failure_record(self, problem: Problem, verdict: Verdict) -> Mapping[str, object]:
        """Return what the authors' runner would record of a sample."""
        calls = bool(problem.payload_of(Contest).function)
        return failures.metadata(verdict, self.tests.of(problem), calls=calls)

    def has_reference(self, problem: Problem) -> bool:
        """The dataset has no solutions."""
        del problem
        return False

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing: they print what the statement shows, or look for what is expected."""
        contest = problem.payload_of(Contest)
        return [
            self.cheat(problem, name, text)
            for name, text in cheating.cheats(contest, self.tests.of(problem), self._language)
        ]

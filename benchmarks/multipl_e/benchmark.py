"""MultiPL-E: HumanEval and MBPP, translated into many languages.

Source: Cassano et al. 2023, "MultiPL-E: A Scalable and Polyglot Approach to Benchmarking Neural Code
Generation", and what its authors published, nuprl/MultiPL-E: multipl_e/completions.py,
evaluation/src/main.py, evaluation/src/eval_*.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import (
    answers,
    any_language,
    language_cheats,
    python_functions,
    sealed_calls,
    sealed_programs,
    sealing,
    signatures,
)
from codeeval.benchmarks.common.many_languages import ManyLanguages
from codeeval.benchmarks.multipl_e import rows
from codeeval.benchmarks.multipl_e.suffixes import ALL, TWELVE, row_language, split
from codeeval.errors import UnknownName
from codeeval.extraction import encodable
from codeeval.languages import PYTHON, language
from codeeval.types import (
    CallsStep,
    Case,
    Completion,
    CompletionKind,
    Extraction,
    Match,
    Problem,
    Program,
    Prompt,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import BenchmarkOptions, Cheat, DataSource, LoadedProblems
    from codeeval.types import Execution

_DEFAULT: Final = f"humaneval-{ALL}"


def _as_is(code: str, text: str) -> Extraction:
    return Extraction(rule="as-is" if code == text else "as-is+cut", code=code)


def _after_heading(code: str, problem: Problem) -> int:
    """Return where a program's function body begins: after the prompt, if that is there verbatim.

    Source: chat_completions.py, which cuts at stop tokens only after the prompt's own text.
    """
    if code.startswith(problem.prompt):
        return len(problem.prompt)
    return signatures.body(code, problem.entry_point)


class MultiplE(ManyLanguages):
    """MultiPL-E under one set of options.

    Raises:
        UsageError: an option that MultiPL-E does not have.
        UnknownName: a source or language that it does not have.
    """

    family = "multipl-e"
    folder = Path(__file__).parent
    variants = None
    protocols = sealing.PROTOCOLS
    base_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=512)
    chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2048)
    """The stop tokens come with each prompt.

    Source: multipl_e/completions.py, TOP_P and MAX_TOKENS; pass_k.py, which takes pass@1 from temperature
    0.2. Chat style may use twice as many tokens: chat_completions.py.
    """

    def __new__(cls, options: BenchmarkOptions) -> MultiplE:  # noqa: PYI034 -- sealed, it is a subclass's
        """Make what the protocol needs: sealed, programs of their own give the expected values."""
        made: type[MultiplE] = SealedMultiplE if options.protocol == sealing.SEALED else cls
        return super().__new__(made)

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        variant = options.variant or _DEFAULT
        self.name = f"{self.family}:{variant}"
        self._source, self._suffix = split(variant)
        if self._source == TWELVE and self._suffix not in rows.hand_written():
            raise UnknownName("language with hand-written rows", self._suffix, rows.hand_written())
        self.languages = rows.languages(self._source, self._suffix)

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the language, or of every language whose rows and entry are there."""
        return rows.load(self._source, self._suffix, source)

    def prompt(self, problem: Problem) -> Prompt:
        """Render the prompt: the dataset's verbatim for base style, an instruction for chat style."""
        stop = problem.stop if self.options.style is PromptStyle.BASE else ()
        return self.template.render(self.variables(problem), self.options.style, stop)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + completion + newline + tests, the completion cut at the first stop token.

        Source: evaluation/src/main.py, ``cached_eval_script``; multipl_e/completions.py,
        ``stop_at_stop_token``.
        """
        found = self._found(problem, completion)
        return any_language.program(
            problem, completion, language(problem.language), found.extraction, found.solution + "\n"
        )

    def solution(self, problem: Problem, completion: Completion) -> str:
        """Return what stands before the newline and the tests; empty where no code was found."""
        return self._found(problem, completion).solution

    def _found(self, problem: Problem, completion: Completion) -> answers.Found:
        text = encodable(completion.text)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                code = any_language.cut(text, problem.stop)
                return answers.Found(_as_is(code, text), problem.prompt + code)
            case CompletionKind.SOLUTION:
                code = any_language.cut(text, problem.stop, _after_heading(text, problem))
                return answers.Found(_as_is(code, text), code)
            case CompletionKind.ANSWER:
                return answers.find(text, problem, language(problem.language))
            case _:
                assert_never(completion.kind)

    def row_name(self, problem: Problem) -> str:
        """Return the row's name, without the language that ``humaneval-all`` puts before it."""
        return problem.task_id.rpartition("/")[2]

    def row_language(self, problem: Problem) -> str:
        """Return the language as the row has it."""
        return row_language(problem.language)

    def has_reference(self, problem: Problem) -> bool:
        """Whether a solution was written by hand: of twelve problems in each language."""
        return bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Continuations of the prompt that solve nothing, and those that defeat the published tests."""
        stubs = language_cheats.cheats(problem)
        return (*stubs, *sealed_programs.cheats(problem, self.family))


class SealedMultiplE(MultiplE):
    """MultiPL-E under the sealed protocol: candidates and expected values in programs of their own."""

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems, in groups: those that are sealed, and those left to the official protocol."""
        loaded = super().load(source)
        return msgspec.structs.replace(loaded, problems=tuple(map(self._grouped, loaded.problems)))

    def _grouped(self, problem: Problem) -> Problem:
        if problem.language == PYTHON.id:
            tests = python_functions.Layout(solution="", tests=problem.tests[0])
            return python_functions.grouped((problem,), lambda _: tests)[0]
        return sealed_programs.grouped((problem,), self.family)[0]

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble the solution and a driver that prints what the tests' calls return."""
        official = super().program(problem, completion)
        solution = self.solution(problem, completion)
        if problem.language == PYTHON.id:
            return self._python(official, problem, f"{solution}\n")
        return sealed_programs.sealed(official, problem, solution, self.family)

    def _python(self, official: Program, problem: Problem, solution: str) -> Program:
        """Put the sealed protocol in place of the official one, where a problem in Python is sealed."""
        if sealing.SEALED not in problem.groups or not official.files:
            return official
        alone = msgspec.structs.replace(official.files[0], content=solution)
        layout = python_functions.Layout(solution=solution, tests=problem.tests[0])
        return python_functions.sealed(msgspec.structs.replace(official, files=(alone,)), problem, layout)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls in Python returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_programs.compare(case, output)

    def expected_outputs_program(self, problem: Problem) -> Program:
        """Make the program that prints what the tests expect; without steps where nothing is sealed."""
        return sealed_programs.expected_outputs_program(problem, self.family)

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what its tests expect.

        Raises:
            DataError: the program that prints it ran out of time.
        """
        return sealed_programs.with_expected_outputs(problem, execution, self.family)

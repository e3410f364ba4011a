"""CodeContests: problems of programming contests, each with all the tests that its dataset has.

Source: Li et al. 2022, "Competition-Level Code Generation with AlphaCode" (arXiv:2203.07814), and
google-deepmind/code_contests: execution/tester_sandboxer.cc.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.code_contests import comparing
from codeeval.benchmarks.common import case_programs, shown_cases
from codeeval.benchmarks.common.held import Held
from codeeval.datasets import DatasetRef, combined, load_stored
from codeeval.errors import DataError
from codeeval.interfaces import (
    BenchmarkBase,
    BenchmarkOptions,
    DatasetIdentity,
    LabelledSolution,
    LoadedProblems,
    ShownExample,
)
from codeeval.languages import PYTHON, language
from codeeval.prompting import Variables
from codeeval.types import (
    COMPARED_BYTES,
    Case,
    Comparison,
    Completion,
    CompletionKind,
    CompletionOrigin,
    Limits,
    Outcome,
    Problem,
    ProblemPayload,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codeeval.datasets import StoredRow
    from codeeval.interfaces import Cheat, DataSource
    from codeeval.types import Match, Program, Prompt

DATASET: Final = DatasetRef(
    id="deepmind/code_contests",
    config="default",
    revision="802411c3010cb00d1b05bad57ca77365a3c699d6",
    sha256={"test": "", "valid": "", "train": ""},
)
CPU_S: Final = 10.0
"""Of a test. Source: execution/tester_sandboxer.cc, there of wall time."""
WALL_S: Final = 40.0
MEMORY_BYTES: Final = 1 << 30
FENCE: Final = "\n```"
LANGUAGES: Final[Mapping[str, str]] = {
    "2": "cpp",
    "3": "python",
    "4": "java",
    "CPP": "cpp",
    "PYTHON3": "python",
    "JAVA": "java",
}
"""Of solutions, as the dataset numbers or names them; Python 2 (1) is none of ours."""


class Tests(msgspec.Struct, frozen=True):
    """Inputs and outputs, in pairs."""

    input: tuple[str, ...]
    output: tuple[str, ...]


class Solutions(msgspec.Struct, frozen=True):
    """Programs with their languages."""

    language: tuple[int | str, ...]
    solution: tuple[str, ...]


class RowTests(msgspec.Struct, frozen=True):
    """What of a row decides on a solution."""

    public_tests: Tests
    private_tests: Tests
    generated_tests: Tests


class RowSolutions(msgspec.Struct, frozen=True):
    """The solutions of a row."""

    solutions: Solutions
    incorrect_solutions: Solutions


class Row(RowTests, frozen=True, kw_only=True):
    """One row of the dataset."""

    name: str
    description: str
    solutions: Solutions
    incorrect_solutions: Solutions
    source: str | int | None = None


KEPT: Final = frozenset((*RowTests.__struct_fields__, *RowSolutions.__struct_fields__))
"""Fields that stay on disk: those of the train split weigh gigabytes."""


class Contest(ProblemPayload, frozen=True, kw_only=True):
    """Where a problem's tests and solutions are."""

    stored: StoredRow
    solved_in: frozenset[str]
    """Languages of its correct solutions."""


class Cases(NamedTuple):
    """What decides on a solution."""

    cases: tuple[Case, ...]
    shown: int
    """How many of them, from the first, the statement shows."""

    @property
    def public(self) -> tuple[Case, ...]:
        """Those that the statement shows."""
        return self.cases[: self.shown]


class CodeContests(BenchmarkBase):
    """The problems of a split, under one set of options."""

    family = "code-contests"
    folder = Path(__file__).parent
    splits = ("test", "valid", "train")
    any_language = True
    examples_shown = "the public tests, which are among those that score"
    base_sampling = chat_sampling = Sampling(temperature=0.8, top_p=0.95, max_tokens=2048)
    """The paper samples at 0.25 with models of its own; this is codeeval's choice."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._language = language(options.language) if options.language else PYTHON
        self._cases = Held(_cases_of, _chars)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, language=self._language.id)

    @property
    def image(self) -> str:
        """The image of the language that is asked for."""
        return self._language.image

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset cannot be read, or a row has inputs without outputs, or no test at all.
        """
        rows = load_stored(DATASET, self.split, source, Row, KEPT)
        seen: Counter[str] = Counter()
        problems, digests = [], []
        for row, stored, digest in rows.rows:
            seen[row.name] += 1  # some names stand for two problems
            name = row.name if seen[row.name] == 1 else f"{row.name} ({seen[row.name]})"
            problems.append(_problem(row, name, stored))
            digests.append(digest)
        identity = DatasetIdentity(
            id=DATASET.id,
            config=DATASET.config,
            split=self.split,
            revision=rows.revision,
            sha256=combined(digests),
            rows=len(problems),
        )
        return LoadedProblems(problems=tuple(problems), identity=identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the statement and the language."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point="",
            language=self._language.title,
            fence=self._language.fences[0],
        )

    def prompt(self, problem: Problem) -> Prompt:
        """Render the prompt; a base model stops where it closes the fence."""
        stop = (FENCE,) if self.options.style is PromptStyle.BASE else ()
        return self.template.render(self.variables(problem), self.options.style, stop)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that runs once for each test, up to the first that it fails."""
        cases = self._cases.of(problem).cases
        own = completion.origin is CompletionOrigin.REFERENCE
        others = tuple(dict.fromkeys(LANGUAGES.values())) if own else ()
        longest = max(len(case.expected) for case in cases)
        return case_programs.make(
            problem,
            completion,
            case_programs.find(completion, PYTHON if own else self._language, others),
            cases,
            limits=Limits(
                cpu_s=CPU_S,
                wall_s=WALL_S,
                memory_bytes=MEMORY_BYTES,
                output_bytes=max(COMPARED_BYTES, 8 * longest),
            ),
            comparison=Comparison(name=comparing.NAME),
        )

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        """Return the public tests."""
        return shown_cases.examples(self._cases.of(problem).public)

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that runs once for each public test."""
        public = self._cases.of(problem).public
        return shown_cases.example_program(self.program(problem, completion), public)

    def shown_inputs(self, problem: Problem) -> tuple[str, ...]:
        """Return the inputs of the public tests."""
        return tuple(case.stdin for case in self._cases.of(problem).public)

    def inputs_program(self, problem: Problem, completion: Completion, inputs: Sequence[str]) -> Program:
        """Make the program that runs once for each of these inputs."""
        return shown_cases.inputs_program(self.program(problem, completion), inputs)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what a case printed as the official tester does."""
        return comparing.compare(output, case.expected)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution in the language that is asked for."""
        return self._language.id in problem.payload_of(Contest).solved_in

    def reference(self, problem: Problem) -> Completion:
        """The row's first solution in the language that is asked for."""
        found = self._references(problem)
        return found[0].completion if found else _own(problem.task_id, "", self._language.id)

    def _references(self, problem: Problem) -> list[LabelledSolution]:
        solutions = self.labelled_solutions(problem)
        return [each for each in solutions if each.must_pass and each.language == self._language.id]

    def labelled_solutions(self, problem: Problem) -> Sequence[LabelledSolution]:
        """The row's correct and incorrect solutions."""
        rows = problem.payload_of(Contest).stored.read(RowSolutions)
        return tuple(_solutions(rows, problem.task_id))

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing: they print nothing, what the statement shows, or what they find."""
        if self._language.id != PYTHON.id:
            silent = [each for each in self._language.self_tests if each.name == "early-exit"]
            return [self.cheat(problem, each.name, each.source) for each in silent]
        contest = self._cases.of(problem)
        shown = {case.stdin.strip(): case.expected for case in contest.cases[: contest.shown or 1]}
        if len(contest.cases) <= len(shown):
            shown = {}
        return [
            self.cheat(problem, "empty-program", "pass\n"),
            self.cheat(problem, "echo", "import sys\nprint(sys.stdin.read())\n"),
            self.cheat(
                problem,
                "shown-outputs",
                f"import sys\nprint({shown!r}.get(sys.stdin.read().strip(), ''))\n",
            ),
        ]


def _problem(row: Row, task_id: str, stored: StoredRow) -> Problem:
    _check(row, row.name, stored.place)
    return Problem(
        task_id=task_id,
        prompt=row.description.strip(),
        entry_point="",
        reference="",
        tests=(),
        payload=Contest(
            stored=stored,
            solved_in=frozenset(LANGUAGES.get(str(each), "") for each in row.solutions.language) - {""},
        ),
    )


def _check(row: RowTests, name: str, place: str) -> None:
    tests = (row.public_tests, row.private_tests, row.generated_tests)
    for each in tests:
        if len(each.input) != len(each.output):
            raise DataError(
                f"{place} ({name}): {len(each.input)} inputs and {len(each.output)} expected outputs",
                "Fetch the dataset again.",
            )
    if not any(each.input for each in tests):
        raise DataError(f"{place} ({name}) has no tests", "Fetch the dataset again.")


def _cases_of(problem: Problem) -> Cases:
    row = problem.payload_of(Contest).stored.read(RowTests)
    cases = tuple(
        Case(stdin=stdin, expected=expected)
        for each in (row.public_tests, row.private_tests, row.generated_tests)
        for stdin, expected in zip(each.input, each.output, strict=True)
    )
    return Cases(cases, len(row.public_tests.input))


def _chars(found: Cases) -> int:
    return sum(len(case.stdin) + len(case.expected) for case in found.cases)


def _solutions(row: RowSolutions, task_id: str) -> Iterator[LabelledSolution]:
    for kind, solutions, outcomes in (
        ("solutions", row.solutions, (Outcome.PASSED,)),
        ("incorrect_solutions", row.incorrect_solutions, ()),
    ):
        for number, (written_in, text) in enumerate(
            zip(solutions.language, solutions.solution, strict=False)
        ):
            if (id_ := LANGUAGES.get(str(written_in))) is not None:
                yield LabelledSolution(
                    name=f"{kind}[{number}]",
                    completion=_own(task_id, text, id_),
                    outcomes=outcomes,
                    language=id_,
                )


def _own(task_id: str, text: str, language_id: str) -> Completion:
    return Completion(
        task_id=task_id,
        sample=0,
        text=case_programs.in_fence(text, language_id) if text else "",
        kind=CompletionKind.ANSWER,
        origin=CompletionOrigin.REFERENCE,
    )

"""LiveCodeBench, self-repair: programs that failed, repaired from what the runner reported.

The programs are those of an ``eval_all`` file, as the authors' runner writes it, and ``codeeval export
--format livecodebench`` of a run.

Source: lcb_runner/prompts/self_repair.py; lcb_runner/runner/base_runner.py, which copies what has passed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.livecodebench import problems, programs, releases
from codeeval.benchmarks.livecodebench.benchmark import OFFICIAL, STOP
from codeeval.benchmarks.livecodebench.official import same_output, same_results
from codeeval.errors import DataError, UsageError
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.prompting import Variables
from codeeval.reading import read_bounded
from codeeval.types import (
    Completion,
    CompletionKind,
    CompletionOrigin,
    Problem,
    ProblemPayload,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource
    from codeeval.types import CallsStep, Case, Match, Program

MOST_BYTES: Final = 1 << 30
_REMEDY: Final = "Name a file that codeeval export --format livecodebench has written."
PASSED_BEFORE, FAILED_BEFORE = "passed before", "failed before"


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """A problem of the file: its programs, and what the runner made of each."""

    question_id: str
    code_list: tuple[str, ...]
    graded_list: tuple[bool, ...]
    metadata: tuple[str, ...]
    """JSON, one a program; see ``Failure``."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a program failed."""

    error_code: int | None = None
    """-1: a compiler's message, -2: a wrong answer, -3: a timeout, -4: an error; None: none."""
    error: str = ""
    error_message: str = ""
    inputs: str | None = None
    output: str | None = None
    expected: str | None = None


class Attempt(ProblemPayload, frozen=True, kw_only=True):
    """A program to be repaired."""

    problem: Problem
    """Of code generation: its tests decide."""
    code: str
    passed: bool
    failure: str
    """What the prompt says of it."""


class SelfRepair(BenchmarkBase):
    """Self-repair of the programs of a file: ``livecodebench-repair:FILE.json``."""

    family = "livecodebench-repair"
    folder = Path(__file__).parent
    variants = None
    protocols = (OFFICIAL,)
    dated = True
    image = PYTHON.image
    chat_sampling = base_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2000, stop=STOP)

    def __init__(self, options: BenchmarkOptions) -> None:
        path = (
            Path(options.variant).resolve() if options.variant else None
        )  # the run may be resumed elsewhere
        if path:
            options = msgspec.structs.replace(options, variant=str(path))
        super().__init__(options)
        self._path = path
        self.name = f"{self.family}:{path.name}" if path else self.family
        self._window = releases.window(options.from_date, options.to_date)
        self._tests = problems.tests_reader()

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, window=self._window.text, shots=str(self.shots))

    def load(self, source: DataSource) -> LoadedProblems:
        """Make a problem of each program of the file; those that passed are in a group of their own.

        Raises:
            UsageError: no file is named.
            DataError: the file cannot be read, or has a problem that the dataset lacks.
        """
        if self._path is None:
            raise UsageError(
                f"{self.family}: the programs to repair are missing",
                f"Write {self.family}:FILE, made by: codeeval export RUN --format livecodebench --out FILE",
            )
        content = _content(self._path)
        evaluated = _read(self._path, content)
        loaded = problems.load(releases.LATEST, self._window, source)
        known = {problem.task_id: problem for problem in loaded.problems}
        attempts = []
        for number, each in enumerate(evaluated):
            problem = known.get(f"{problems.FAMILY}/{each.question_id}")
            if problem is not None:
                attempts += self._attempts(each, problem, f"{self._path}, entry {number}")
        if not attempts:
            raise DataError(
                f"{self._path} has no program for a problem from {self._window.text}",
                "Widen the window (--from, --to), or name another file.",
            )
        identity = msgspec.structs.replace(
            loaded.identity,
            config=self._path.name,
            sha256=hashlib.sha256(content + loaded.identity.sha256.encode()).hexdigest(),
            rows=len(attempts),
        )
        return LoadedProblems(problems=tuple(attempts), identity=identity)

    def _attempts(self, evaluated: Evaluated, problem: Problem, place: str) -> list[Problem]:
        count = len(evaluated.code_list)
        if not count == len(evaluated.graded_list) == len(evaluated.metadata):
            raise DataError(
                f"{place} ({evaluated.question_id}): {count} programs, "
                f"{len(evaluated.graded_list)} verdicts, {len(evaluated.metadata)} reasons",
                "Write the file again.",
            )
        found = []
        for number, (code, passed, metadata) in enumerate(
            zip(evaluated.code_list, evaluated.graded_list, evaluated.metadata, strict=True)
        ):
            try:
                failure = msgspec.json.decode(metadata, type=Failure)
            except msgspec.DecodeError as error:
                raise DataError(f"{place}, metadata {number}: {error}", "Write the file again.") from error
            found.append(
                Problem(
                    task_id=f"{self.family}/{evaluated.question_id}/{number}",
                    prompt=problem.prompt,
                    entry_point=problem.entry_point,
                    reference="",
                    tests=(),
                    groups=(PASSED_BEFORE if passed else FAILED_BEFORE, *problem.groups),
                    payload=Attempt(problem=problem, code=code, passed=passed, failure=_told(failure)),
                )
            )
        return found

    @property
    def template_name(self) -> str:
        """The published prompt, one text where there are no roles."""
        return "repair"

    def variables(self, problem: Problem) -> Variables:
        """Return the statement, the program (``head``), and what the runner reported (``context``)."""
        attempt = problem.payload_of(Attempt)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            head=attempt.code,
            context=attempt.failure,
        )

    def given_completion(self, problem: Problem) -> Completion | None:
        """Return the program where it has passed: it is not asked about, and counts as it is."""
        attempt = problem.payload_of(Attempt)
        if not attempt.passed:
            return None
        return Completion(
            task_id=problem.task_id,
            sample=0,
            text=attempt.code,
            kind=CompletionKind.SOLUTION,
            origin=CompletionOrigin.FILE,
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that decides: that of code generation.

        Raises:
            DataError: the problem's tests cannot be read.
        """
        original = problem.payload_of(Attempt).problem
        extraction = programs.extracted(completion)
        tests = self._tests.of(original)
        made = programs.published(original, completion, extraction, tests)
        return msgspec.structs.replace(made, task_id=problem.task_id)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what calls returned as the authors' runner does."""
        return same_results(step, values)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what a case printed as the authors' runner does."""
        return same_output(output, case.expected)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the program passed."""
        return problem.payload_of(Attempt).passed

    def reference(self, problem: Problem) -> Completion:
        """The program where it passed, else nothing."""
        return self.given_completion(problem) or self.completion(problem, "")

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """The program as it was, where it failed."""
        attempt = problem.payload_of(Attempt)
        return [] if attempt.passed else [self.cheat(problem, "unchanged", attempt.code)]


def _content(path: Path) -> bytes:
    try:
        return read_bounded(path, MOST_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}", _REMEDY) from error


def _read(path: Path, content: bytes) -> tuple[Evaluated, ...]:
    try:
        return msgspec.json.decode(content, type=tuple[Evaluated, ...])
    except msgspec.DecodeError as error:
        raise DataError(f"{path}: {error}", _REMEDY) from error


def _told(failure: Failure) -> str:
    """Say what is wrong with a program, as published; what the runner did not record is left out.

    Source: lcb_runner/prompts/self_repair.py, ``get_check_prompt``.
    """
    given = [] if failure.inputs is None else [f"Input: {failure.inputs}"]
    output = [] if failure.output is None else [f"Generated Output: {failure.output}"]
    wanted = [] if failure.expected is None else [f"Expected: {failure.expected}"]
    error = failure.error or failure.error_message
    match failure.error_code:
        case None:
            return ""
        case -1:
            lines = ["The above code is incorrect and got the following compilation error.", error]
        case -2:
            lines = ["The above code is incorrect and got a wrong answer.", *given, *output, *wanted]
        case -3:
            lines = ["The above code is incorrect and got time limit exceeded.", error, *given, *wanted]
        case _:
            lines = ["The above code is incorrect and got a runtime error.", *given, *wanted, error]
    return "\n".join(lines)

"""What a sandbox executes and a judge decides on, without the dataset."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from codeeval.types.base import Value
from codeeval.types.case import Case, Checker, Comparison
from codeeval.types.grading import CaseGroup
from codeeval.types.source import DataFile, Extraction, SourceFile
from codeeval.types.step import CommandStep, Step

TOKEN_PLACEHOLDER = "@@codeeval-completion-token@@"  # noqa: S105 -- the mark, not the token
"""Replaced in a program's files, for each execution, by the token that proves its tests ended."""


class Oracle(enum.StrEnum):
    """Which rule of ``judging`` decides whether an execution that ended well is right."""

    COMPLETED = "completed"
    """The program carries its own tests: passed iff its completion token was written."""
    STDOUT = "stdout"
    """Passed iff standard output equals ``Program.expected`` (trailing white space ignored)."""
    VALUES = "values"
    """Passed iff what the calls of a ``CallsStep`` returned is right by the benchmark's comparison."""
    TESTS = "tests"
    """Passed iff the ``UnittestStep`` completed, at least one test ran, and every one that ran is ok."""
    CASES = "cases"
    """Passed iff in each of ``Program.cases`` the last step exits with 0 and prints what is expected."""
    EXIT_STATUS = "exit status"
    """Passed iff the last step exits with 0."""
    ANSWER = "answer"
    """Nothing is executed: the benchmark grades ``Program.answers``; passed iff the main score is 1."""


COMPARES_OUTPUT: Final = (Oracle.STDOUT, Oracle.CASES)
COMPARED_BYTES: Final = 1 << 20
SEARCHED_BYTES: Final = 8 << 20
"""Most output of a step whose output must be known whole: compared, or searched for what is forbidden."""


class WorkFolder(enum.StrEnum):
    """What a program's parts, and the program after it, find where they run."""

    FRESH = "fresh"
    """Each part has a work folder of its own, of which nothing is left."""
    SHARED = "shared"
    """Each part finds what those before it have left; nothing is left for the next program."""
    KEPT = "kept"
    """As SHARED, and the next program of this sandbox, which must be of the same session, finds it too."""


class Mistake(enum.StrEnum):
    """What is wrong with a wrong prediction of what a program prints or returns."""

    NONE = ""
    """Nothing is known: the sample is right, or no prediction."""
    OVERFLOW = "prompt too long"
    """The prompt does not fit into the model's context."""
    EMPTY = "empty"
    """The model wrote nothing."""
    REFUSED = "refused"
    """It says that it cannot or will not."""
    TRUNCATED = "cut off"
    """Its tokens ended before the answer did."""
    FORMAT = "format"
    """No answer in the form that was asked for."""
    LAYOUT = "layout"
    """Right but for white space, case, or quotes around it."""
    ONE_TOKEN = "one token"  # noqa: S105 -- of a text
    """Right but for one token that is wrong, missing or too many."""
    PARTIAL = "partial"
    """A right beginning, or some lines that are right."""
    COMPUTED = "computed wrong"
    """An answer in the right form that is none of the above."""


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of a task that accuracy is shown against."""

    name: str
    """One of ``metrics.study.SCALES``."""
    value: float


class Study(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the accuracy of predictions is broken down by."""

    mistake: Mistake = Mistake.NONE
    """What is wrong with the prediction, should the outcome be that it is wrong."""
    traits: tuple[Trait, ...] = ()
    """Of the task: the length of its program, and how long that runs where it is known."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one scorer takes a completion's answer to be, and how it decides on it."""

    scorer: str
    """One of ``Scoring.scores``."""
    metric: str
    """Name of the benchmark's function that compares the answer with ``Program.expected``."""
    rule: str
    """Name of the extraction rule that fired, ``none`` where no answer was found."""
    texts: tuple[str, ...] = ()
    """The answer; where it can be read in several ways all of them, of which the best counts."""


class Program(Value, frozen=True, kw_only=True):
    """All that a sandbox and a judge need to decide on one sample, without the dataset."""

    task_id: str
    sample: int
    language: str
    image: str
    """Name of the image in ``containers/images.toml``."""
    extraction: Extraction
    files: tuple[SourceFile, ...] = ()
    steps: tuple[Step, ...] = ()
    """Empty where nothing is executed: no code was found (NO_CODE), or there are ``answers`` to grade."""
    data_files: tuple[DataFile, ...] = ()
    """Files beside ``files`` that need not be text."""
    work_folder: WorkFolder = WorkFolder.FRESH
    stdin: str = ""
    solution: str = ""
    """The program without its tests, with what the model wrote; empty where that is no code."""
    cases: tuple[Case, ...] = ()
    """With ``Oracle.CASES``: the last step runs once for each, in order, in one visit to the sandbox; those
    before it run once."""
    stop_at_failure: bool = True
    """Whether the cases after the first that fails are skipped."""
    total_cpu_s: float = 0.0
    """CPU time that all cases may use together; the case that exceeds it fails. 0: no such limit."""
    averaged: bool = False
    """Whether the share of its cases that are right is a score too; then all of them must run."""
    groups: CaseGroup | None = None
    """How its cases are scored by groups; then all of them must run."""
    comparison: Comparison = Comparison()
    """How a case's output is compared with what is expected, unless there is a checker."""
    checker: Checker | None = None
    """Decides whether a case's output is right, in place of a comparison; it may be an interactor."""
    is_interactor: bool = False
    """Whether it is what talks with a candidate, and decides on it."""
    study: Study = Study()
    """What accuracy is broken down by, where the program decides on a prediction."""
    oracle: Oracle = Oracle.COMPLETED
    expected: str = ""
    tampering: str = ""
    """What its code does to tests that run in the same program, in words; such a program does not pass."""
    cumulative: bool = False
    """Whether a part passes only if those before it do; then the last part is the main one."""
    joint: bool = False
    """Whether the sample passes only if all parts do, each of which is judged by itself."""
    answers: tuple[Answer, ...] = ()
    """With ``Oracle.ANSWER``: what each scorer takes the answer to be, the main one first."""

    def output_limit(self, step: Step) -> int | None:
        """Bytes that each stream of a step may take; None where nothing looks at what it prints."""
        if step.limits.output_bytes is not None:
            return step.limits.output_bytes
        if step is self.steps[-1] and self.oracle in COMPARES_OUTPUT:
            return COMPARED_BYTES
        return SEARCHED_BYTES if isinstance(step, CommandStep) and step.forbidden else None

    @property
    def interactive(self) -> bool:
        """Whether its input is what another program prints, at the same time and in another sandbox."""
        return self.is_interactor or (self.checker is not None and self.checker.interactive)

    @property
    def chars(self) -> int:
        """Length of the texts that a sandbox gets."""
        of_cases = sum(len(case.stdin) + sum(len(each.content) for each in case.files) for case in self.cases)
        of_files = sum(len(file.content) for file in self.files)
        of_files += sum(len(file.content) for file in self.data_files)
        return of_files + len(self.stdin) + of_cases

    def __post_init__(self) -> None:
        """Refuse cases that no oracle would look at.

        Raises:
            ValueError: there are cases, and the oracle is another or no step could run them.
        """
        if self.cases and (self.oracle is not Oracle.CASES or len({step.part for step in self.steps}) > 1):
            raise ValueError(f"{self.task_id}: cases want Oracle.CASES, and steps of one part")

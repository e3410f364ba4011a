"""Cases of a program that reads standard input and prints: what goes in, what must come out, who compares."""

from __future__ import annotations

import enum
from typing import Final, assert_never

from codeeval.types.base import Value
from codeeval.types.source import SourceFile
from codeeval.types.step import Limits, Step

INPUT: Final = "input.txt"
OUTPUT: Final = "output.txt"
ANSWER: Final = "answer.txt"
FEEDBACK: Final = "feedback"
"""What a checker finds where it runs; the last is a folder for what it has to say."""


class Case(Value, frozen=True, kw_only=True):
    """One run of a program: what it is given, and what it must print."""

    stdin: str = ""
    expected: str = ""
    """What must come out. Stays on the host."""
    limits: Limits | None = None
    """None for those of the program's last step."""
    name: str = ""
    files: tuple[SourceFile, ...] = ()
    """Files in the work directory that only this case finds there."""


class Comparison(Value, frozen=True, kw_only=True):
    """How a case's output is compared with what is expected."""

    name: str = "lines"
    """One of ``judging.comparisons.COMPARISONS``, or a name that the benchmark's ``compare_output`` knows."""
    tolerance: float = 1e-9
    """Of ``floats``: the largest error of a number, absolute or relative to the expected one."""


class CheckerForm(enum.StrEnum):
    """How a checker receives a case, and how it reports its decision."""

    FILES = "files"
    """It finds ``input.txt``, ``output.txt`` and ``answer.txt``; exit statuses are testlib's."""
    TESTLIB = "testlib"
    """The three files are its arguments, in this order; an interactor's are input, output and answer too.

    Exit status 0 accepts; 1, 2, 4 and 8 reject. Source: testlib.h, ``resultExitCode``.
    """
    KATTIS = "kattis"
    """Its arguments are input, answer and a folder for feedback, and the output is its standard input.

    Exit status 42 accepts, 43 rejects. Source: Kattis' problem package format, "Output Validators".
    """

    @property
    def arguments(self) -> tuple[str, ...]:
        """What stands on the checker's command line."""
        match self:
            case CheckerForm.FILES:
                return ()
            case CheckerForm.TESTLIB:
                return (INPUT, OUTPUT, ANSWER)
            case CheckerForm.KATTIS:
                return (INPUT, ANSWER, f"{FEEDBACK}/")
            case never:
                assert_never(never)


class Checker(Value, frozen=True, kw_only=True):
    """A program that decides whether an output is right, where more than one is.

    It runs in an execution of its own, never beside the candidate in one sandbox. For each case it finds in
    its work directory ``input.txt``, ``output.txt`` (what the candidate printed) and ``answer.txt`` (what is
    expected). Any exit status that ``form`` does not name means that the checker itself failed, which is
    never the candidate's fault.
    """

    language: str
    image: str
    files: tuple[SourceFile, ...]
    steps: tuple[Step, ...]
    """The last runs once a case, those before it (compilation) once."""
    form: CheckerForm = CheckerForm.FILES
    interactive: bool = False
    """Whether it is an interactor: it runs at the same time as the candidate, in another sandbox; what each
    of the two prints, the other reads. Then there is no ``output.txt``."""

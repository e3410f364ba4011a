"""Cases of a program that reads standard input and prints: what goes in, what must come out, who compares."""

from __future__ import annotations

from codeeval.types.base import Value
from codeeval.types.source import SourceFile
from codeeval.types.step import Limits, Step


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


class Checker(Value, frozen=True, kw_only=True):
    """A program that decides whether an output is right, where more than one is.

    It runs in an execution of its own, never beside the candidate. For each case it finds in its work
    directory ``input.txt``, ``output.txt`` (what the candidate printed) and ``answer.txt`` (what is
    expected). Its exit status decides, as in testlib: 0 accepts; 1, 2, 4 and 8 reject; anything else means
    that the checker itself failed, which is never the candidate's fault.
    """

    language: str
    image: str
    files: tuple[SourceFile, ...]
    steps: tuple[Step, ...]
    """The last runs once a case, those before it (compilation) once."""

"""Source text: where a program's code came from, and the files that it consists of."""

from __future__ import annotations

from codeeval.types.base import Value


class SourceFile(Value, frozen=True, kw_only=True):
    """A file of a program, relative to its work directory."""

    path: str
    content: str


class Candidate(Value, frozen=True, kw_only=True):
    """Code that an answer may mean, and what can be stated of it without running it."""

    rule: str
    """The rule that found it."""
    code: str
    parses: bool
    defines: bool
    """Whether it gives the function under test a value that is no stub and no import of it from elsewhere."""
    faults: tuple[str, ...] = ()
    """Why it cannot be right, in words; empty where nothing is known against it."""


class DataFile(Value, frozen=True, kw_only=True):
    """A file of a program that need not be text, relative to its work directory."""

    path: str
    content: bytes


class Extraction(Value, frozen=True, kw_only=True):
    """Where a program's code came from."""

    rule: str
    """Name of the rule that fired, ``none`` where no code was found."""
    code: str = ""
    candidates: tuple[Candidate, ...] = ()
    """All that was found in a chat model's answer, the one that was taken first."""

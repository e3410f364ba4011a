"""Source text: where a program's code came from, and the files that it consists of."""

from __future__ import annotations

from codeeval.types.base import Value


class SourceFile(Value, frozen=True, kw_only=True):
    """A file of a program, relative to its work directory."""

    path: str
    content: str


class Extraction(Value, frozen=True, kw_only=True):
    """Where a program's code came from."""

    rule: str
    """Name of the rule that fired, ``none`` where no code was found."""
    code: str = ""

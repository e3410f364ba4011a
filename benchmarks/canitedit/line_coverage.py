"""Prints which share of a program's statements its execution reaches, in whole percent.

A statement is what coverage.py takes for one, whose report states the same number: docstrings are none, nor
is what ``# pragma: no cover`` and ``@abstractmethod`` exclude. Runs in the sandbox, where a call of ``main``
follows: standard library only.

Source: nuprl/CanItEdit, benchmark/evaluator_overlay.py (``coverage``), .coveragerc; coverage.py 7.3.2.
"""

from __future__ import annotations

import io
import os
import re
import sys
import threading
import token
import tokenize
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

NAME: Final = "program under coverage.py"
"""File name of the program; frames of others are not traced."""
EXCLUDED: Final = re.compile(r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)|@(abc\.)?abstractmethod")
STDOUT: Final = 1


class Lines:
    """Statements of a program by line, from its text alone; lines are numbered from 1."""

    def __init__(self, text: str) -> None:
        self.first: dict[int, int] = {}
        """Line of a statement that has several -> the first of them."""
        self.docstrings: set[int] = set()
        self.excluded = {
            number for number, line in enumerate(text.split("\n"), start=1) if EXCLUDED.search(line)
        }
        self._indent = 0
        self._suite: int | None = None
        """Indentation of the statement whose suite is excluded; None outside of one."""
        self._decorating = False
        """Whether a decorator has excluded the definition that follows."""
        before = token.INDENT  # a docstring may stand first
        statement: list[tokenize.TokenInfo] = []
        for each in tokenize.generate_tokens(io.StringIO(text).readline):
            self._indent += (each.type == token.INDENT) - (each.type == token.DEDENT)
            if each.type == token.STRING and before == token.INDENT:
                self.docstrings.update(range(each.start[0], each.end[0] + 1))
            if each.type == token.NEWLINE:
                self._add(statement, each.end[0])
                statement = []
            elif each.string.strip() and each.type != tokenize.COMMENT:
                statement.append(each)
            before = each.type

    def _add(self, statement: list[tokenize.TokenInfo], last: int) -> None:
        """Take a statement's tokens, and the line that it ends on."""
        if not statement:
            return
        first = statement[0].start[0]
        if last != first:
            self.first.update(dict.fromkeys(range(first, last + 1), first))
        if self._suite is not None and self._indent <= self._suite:
            self._suite = None
        if self._suite is not None:
            self.excluded.add(statement[0].end[0])
        if statement[0].string == "@":
            self._decorating = self._decorating or first in self.excluded
            if self._decorating:
                self.excluded.add(first)
        depth = 0
        for each in statement:
            depth += (each.string in {"(", "[", "{"}) - (each.string in {")", "]", "}"})
            if each.string == ":" and not depth and self._suite is None:
                line = each.end[0]
                if self._decorating or self.excluded & set(range(first, line + 1)):
                    self.excluded.add(line)
                    self._suite = self._indent
                    self._decorating = False

    def statements(self, code: CodeType) -> set[int]:
        """Return the first line of each statement that counts."""
        ignored = {self.first.get(line, line) for line in self.excluded} | self.docstrings
        return self.of(set(_lines(code)) - ignored) - ignored

    def of(self, lines: Iterable[int]) -> set[int]:
        """Return the first line of each statement that has one of these lines."""
        return {self.first.get(line, line) for line in lines}


def _lines(code: CodeType) -> Iterator[int]:
    """Yield the lines that have code, those of functions and classes too."""
    yield from (line for _, _, line in code.co_lines() if line)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines(constant)


def executed(code: CodeType) -> set[int]:
    """Execute a program as a script, and return the lines that ran, those in its threads too."""
    ran: set[int] = set()

    # Any: what the interpreter hands over
    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != NAME:
            return None
        if event == "line":
            ran.add(frame.f_lineno)
        return trace

    module = ModuleType("__main__")
    module.__file__ = NAME
    sys.modules["__main__"] = module
    sys.argv[:] = [NAME]
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        exec(code, vars(module))  # noqa: S102 -- in the sandbox
    finally:
        sys.settrace(None)
        threading.settrace(None)
    return ran


def percent(reached: int, statements: int) -> int:
    """Round as coverage.py does: 0 and 100 only where nothing and everything ran."""
    if not statements:
        return 100
    return min(max(round(100 * reached / statements), reached > 0), 100 - (reached < statements))


def main(text: str) -> None:
    """Execute a program without its output, and print."""
    out = os.dup(STDOUT)
    os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
    code = compile(text, NAME, "exec", dont_inherit=True)
    lines = Lines(text)
    statements = lines.statements(code)
    os.write(out, b"%d\n" % percent(len(lines.of(executed(code)) & statements), len(statements)))

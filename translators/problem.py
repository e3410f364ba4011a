"""A Python unit-test problem, free of Python's syntax: what every target language starts from."""

from __future__ import annotations

from typing import Final

import msgspec

from codeeval.interfaces import ExcludedTest
from codeeval.translators.types import Type, Value

_LINE: Final = 100


class Untranslatable(Exception):
    """The problem, or one of its tests, cannot be translated; the message is the reason."""


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of the function."""

    name: str
    type: Type


class Example(msgspec.Struct, frozen=True):
    """A doctest of the description: ``>>> name(args)`` and what it gives."""

    name: str
    """As the doctest has it, which in some problems is not the function's name."""
    arguments: tuple[Value, ...]
    expected: Value
    indent: str = ""
    """White space before ``>>>`` in the docstring."""


class Case(msgspec.Struct, frozen=True):
    """A test: ``assert candidate(arguments) == expected``."""

    arguments: tuple[Value, ...]
    expected: Value
    tolerance: float | None = None
    """``assert abs(candidate(arguments) - expected) < tolerance``, where it is set."""

    def __str__(self) -> str:
        """Return its Python source, shortened."""
        return f"candidate({', '.join(map(repr, self.arguments))}) == {self.expected!r}"[:_LINE]


class PythonProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What one parse of a Python problem gives."""

    name: str
    """The row's name, such as ``HumanEval_0_has_close_elements``."""
    entry_point: str
    parameters: tuple[Parameter, ...]
    returns: Type
    description: tuple[str | Example, ...]
    """The docstring as it is written, indentation included: text, with the doctests found in it in place."""
    cases: tuple[Case, ...]

    @property
    def types(self) -> tuple[Type, ...]:
        """The parameters' types and, last, the result's."""
        return (*(each.type for each in self.parameters), self.returns)


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """A problem in a target language: MultiPL-E's row."""

    name: str
    language: str
    """As MultiPL-E's rows have it."""
    prompt: str
    tests: str
    stop_tokens: tuple[str, ...]
    excluded: tuple[ExcludedTest, ...] = ()
    """Tests that are untranslatable into the language."""

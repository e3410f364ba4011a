"""What a target language must declare, and how a problem is translated into it.

Source: Cassano et al. 2023, "MultiPL-E: A Scalable and Polyglot Approach to Benchmarking Neural Code
Generation", section 3; the published rows decide on every detail of form.
"""

from __future__ import annotations

import abc
import enum
import re
from typing import TYPE_CHECKING, ClassVar

from codeeval.interfaces import ExcludedTest
from codeeval.languages import LANGUAGES
from codeeval.translators.literals import Literals
from codeeval.translators.problem import Case, Example, PythonProblem, Translation, Untranslatable
from codeeval.translators.terms import Terms, reworded
from codeeval.translators.types import Scalar, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type, Value


class Doctests(enum.Enum):
    """What becomes of the doctests in a description; MultiPL-E's field ``doctests``."""

    TRANSFORM = "transform"
    """Translated, the prose rewritten in the language's terms (the published rows)."""
    KEEP = "keep"
    """Kept in Python."""
    REMOVE = "remove"


class Target(Literals):
    """One target language. A subclass is mostly declarations; it has no state.

    Whatever is untranslatable raises ``Untranslatable`` with the reason; nothing is translated wrongly.
    """

    suffix: ClassVar[str]
    """MultiPL-E's suffix, such as ``rs``; names the configuration ``humaneval-rs``."""
    language: ClassVar[str]
    """The id in ``codeeval.languages``."""
    row_language: ClassVar[str] = ""
    """What rows call the language, where that is not the suffix (``go_test.go``)."""
    terms: ClassVar[Terms]
    """The language's terms for Python's types and constants."""
    stop: ClassVar[tuple[str, ...]]
    """Where a base model has left the function."""
    # -- the function's head and the tests' frame

    @abc.abstractmethod
    def prompt(self, problem: PythonProblem, description: str) -> str:
        """Return the prompt: description as a comment, and the function's head, left open.

        ``description`` is the docstring, reworded, doctests in the target language, white space as in Python.
        """

    @abc.abstractmethod
    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """Return the lines before the first check, from where the function's body ends."""

    @abc.abstractmethod
    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """Return the lines after the last check. The tests are all lines joined by newlines."""

    @abc.abstractmethod
    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """Return the line that fails unless both are deeply equal."""

    def grouped(self, checks: Sequence[str]) -> Sequence[str]:
        """Return the checks' lines; a language that limits a function's length puts many into several."""
        return checks

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """Return the line that fails unless two numbers differ by less than the tolerance."""
        del problem, call, expected, tolerance
        raise Untranslatable("a comparison within a tolerance")

    def stub(self, problem: PythonProblem) -> str:
        """Return a body that compiles and never gives the right answer (it raises); completes the prompt."""
        raise NotImplementedError

    # -- expressions

    def function(self, problem: PythonProblem) -> str:
        """Return the function's name in the prompt."""
        return problem.entry_point

    def candidate(self, problem: PythonProblem) -> str:
        """Return the name by which the tests call the function."""
        del problem
        return "candidate"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """Return a call's source."""
        return f"{name}({', '.join(arguments)})"

    def arguments(self, problem: PythonProblem, arguments: Sequence[Value]) -> list[str]:
        """Return a call's arguments, each of its parameter's type.

        Raises:
            Untranslatable: there are more or fewer than parameters, or one does not fit its type.
        """
        if len(arguments) != len(problem.parameters):
            raise Untranslatable(f"{len(arguments)} arguments for {len(problem.parameters)} parameters")
        return [
            self.whole(value, parameter.type)
            for value, parameter in zip(arguments, problem.parameters, strict=True)
        ]

    def expected(self, problem: PythonProblem, value: Value) -> str:
        """Return what the call must give."""
        return self.whole(value, problem.returns)

    def whole(self, value: Value, type_: Type) -> str:
        """Return a literal that is a whole argument or result, which some languages put in brackets."""
        return self.literal(value, type_)

    # -- the whole

    def example(self, problem: PythonProblem, example: Example) -> str:
        """Return a doctest in the target language, as MultiPL-E's ``translate_func_decl`` lays it out."""
        name = self.function(problem) if example.name == problem.entry_point else self.helper(example.name)
        arguments = [
            self.shown(value, parameter.type)
            for value, parameter in zip(example.arguments, problem.parameters, strict=False)
        ]
        call = self.call(name, arguments)
        return f">>> {call}\n    {self.expected(problem, example.expected)}\n"

    def shown(self, value: Value, type_: Type) -> str:
        """Return an argument in a doctest, which published rows do not always give its parameter's type."""
        return self.whole(value, type_)

    def _example(self, problem: PythonProblem, example: Example) -> str:
        try:
            return self.example(problem, example)
        except Untranslatable:  # prose may show what the language cannot express
            return in_python(example)

    def helper(self, name: str) -> str:
        """Return the name of a function that a doctest calls, which is not the problem's."""
        return name

    def translate(self, problem: PythonProblem, doctests: Doctests = Doctests.TRANSFORM) -> Translation:
        """Translate a problem into this language.

        Raises:
            Untranslatable: it cannot be translated, and why.
        """
        checks, excluded = self._checks(problem)
        return Translation(
            name=problem.name,
            language=self.row_language or self.suffix,
            prompt=self.prompt(problem, self._description(problem, doctests)),
            tests="\n".join([*self.opening(problem), *self.grouped(checks), *self.closing(problem)]),
            stop_tokens=self.stop,
            excluded=tuple(excluded),
        )

    def _checks(self, problem: PythonProblem) -> tuple[list[str], list[ExcludedTest]]:
        """Return the checks, and the untranslatable tests."""
        checks: list[str] = []
        excluded: list[ExcludedTest] = []
        for case in problem.cases:
            try:
                call = self.call(self.candidate(problem), self.arguments(problem, case.arguments))
                expected = self.expected(problem, case.expected)
                checks.append(
                    self.check(problem, call, expected)
                    if case.tolerance is None
                    else self._within(problem, call, expected, self._tolerance(case, case.tolerance))
                )
            except Untranslatable as error:
                excluded.append(ExcludedTest(str(case), str(error)))
        if not checks:
            raise Untranslatable("; ".join(dict.fromkeys(each.reason for each in excluded)))
        return checks, excluded

    def _within(self, problem: PythonProblem, call: str, expected: str, tolerance: float) -> str:
        """Return the line that compares numbers; a type that holds others too has no difference to take."""
        if self.typed and problem.returns not in (Scalar.FLOAT, Scalar.INT):
            raise Untranslatable(f"a tolerance where the result is {named(problem.returns)}")
        return self.close(problem, call, expected, self.real(tolerance))

    def _tolerance(self, case: Case, tolerance: float) -> float:
        """Return a test's tolerance, where floats have 32 bits one that allows for their rounding."""
        rounding = _SINGLE * _largest((*case.arguments, case.expected)) if self.single else 0.0
        return max(tolerance, rounding)

    def _description(self, problem: PythonProblem, doctests: Doctests) -> str:
        parts = []
        for piece in problem.description:
            match piece, doctests:
                case str(), _:
                    parts.append(reworded(piece, self.terms, LANGUAGES[self.language].title, self.suffix))
                case Example(), Doctests.TRANSFORM:
                    parts.append(self._example(problem, piece))
                case Example(), Doctests.KEEP:
                    parts.append(in_python(piece))
                case Example(), Doctests.REMOVE:
                    pass
        return "".join(parts)


_SINGLE = 1e-6
"""A few units in the last place of 32 bits."""


def _largest(value: Value) -> float:
    """Return the largest number in a value, whatever its sign."""
    match value:
        case int() | float():
            return abs(value)
        case list() | tuple() | set() | frozenset():
            return max(map(_largest, value), default=0.0)
        case _:
            return 0.0


def in_python(example: Example) -> str:
    """Return a doctest as Python writes it."""
    arguments = ", ".join(map(repr, example.arguments))
    return f">>> {example.name}({arguments})\n{example.indent}{example.expected!r}\n"


_LINE_START = re.compile(r"\n(\s*)")
_INDENTATION = " " * 4


def line_comments(description: str, mark: str) -> str:
    """Return a description as line comments, each line without its indentation; ends with a newline."""
    return f"{mark} " + _LINE_START.sub(f"\n{mark} ", description.strip()) + "\n"


def outdented(description: str) -> str:
    """Return a description without a docstring's indentation and empty lines; deeper prose stays deeper."""
    lines = [
        line.lstrip() if line.lstrip().startswith(">>> ") else line.removeprefix(_INDENTATION)
        for line in description.split("\n")
        if line.strip()
    ]
    return "\n".join(lines).rstrip()

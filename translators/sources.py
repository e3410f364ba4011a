"""Where Python problems come from: what a benchmark must offer to be translated, and two forms of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, runtime_checkable

from codeeval.translators.python_problem import PythonSource

if TYPE_CHECKING:
    from codeeval.translators.problem import ExcludedTest
    from codeeval.types import Problem


class Sourced(NamedTuple):
    """A problem as a benchmark has it, and the tests that are no asserts."""

    source: PythonSource
    excluded: tuple[ExcludedTest, ...] = ()


@runtime_checkable
class Translatable(Protocol):
    """A benchmark of Python functions with unit tests."""

    def to_translate(self) -> Self:
        """Return the benchmark with all problems that are to be translated: of MBPP, every split."""
        ...

    def python_source(self, problem: Problem) -> Sourced:
        """Return the problem as Python.

        Raises:
            Untranslatable: its tests are no equalities, and why.
        """
        ...


def from_docstring(problem: Problem, tests: str, more_tests: str = "") -> PythonSource:
    """Read a problem whose prompt is a function's head with a docstring (HumanEval)."""
    number = problem.task_id.rpartition("/")[2]
    name = f"HumanEval_{number}_{problem.entry_point}"
    return PythonSource(name, problem.entry_point, problem.prompt, tests, more_tests=more_tests)


def from_sentence(problem: Problem, sentence: str, tests: str, more_tests: str = "") -> PythonSource:
    """Read a problem that a sentence states and whose reference shows the function's head (MBPP).

    Source: the published rows: the sentence stands in a docstring's white space, and ``check``, which is what
    MultiPL-E's own tests are called, is ``checks``.
    """
    number = problem.task_id.rpartition("/")[2]
    name, code = problem.entry_point, problem.reference
    if name == "check":
        name = "checks"
        code, tests, more_tests = (re.sub(r"\bcheck\b", name, text) for text in (code, tests, more_tests))
    return PythonSource(f"mbpp_{number}_{name}", name, code, tests, f"\n\t{sentence}\n\t", more_tests)

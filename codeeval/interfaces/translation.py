"""What a benchmark offers whose problems can be translated into other programming languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from codeeval.types import Problem


class PythonSource(NamedTuple):
    """A problem as a benchmark has it."""

    name: str
    """The row's name: ``HumanEval_0_has_close_elements``, ``mbpp_3_is_not_prime``."""
    entry_point: str
    code: str
    """Source that defines the function: its head with a docstring (HumanEval), or the whole (MBPP)."""
    tests: str
    """Source of the tests: asserts, or functions that hold them."""
    description: str | None = None
    """The problem statement, where that is no docstring in ``code``."""
    more_tests: str = ""
    """Asserts that types are not inferred from; those that do not fit the types are excluded."""


class ExcludedTest(msgspec.Struct, frozen=True):
    """A test that is not in the problem, or in its translation."""

    test: str
    """Its Python source, shortened; empty where several were excluded for one reason."""
    reason: str
    count: int = 1


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

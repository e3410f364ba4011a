"""Trials: how a candidate's program did on the examples that the prompt shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from codeeval.types import Completion, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Problem


class ExampleResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a program did on one example that the prompt shows."""

    text: str
    """The example, as the prompt shows it."""
    passed: bool
    actual: str = ""
    """What it did instead: the value that it returned, or the exception that it raised."""
    returned: bool = True
    """Whether it returned a value at all, right or wrong."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a candidate's program on the examples of its prompt, and nothing else."""

    outcome: Outcome
    """SANDBOX_ERROR: nothing is known of the program."""
    detail: str = ""
    code: str = ""
    """The code that was extracted from the candidate."""
    examples: int = 0
    """Examples that the prompt shows; without any, the program was merely executed."""
    results: tuple[ExampleResult, ...] = ()
    """One an example; empty where the program did not get through all of them."""

    @property
    def passed(self) -> int:
        """Examples passed."""
        return sum(result.passed for result in self.results)

    @property
    def rank(self) -> tuple[bool, int, bool, bool]:
        """Orders candidates: the higher, the better."""
        nothing = self.outcome in (Outcome.NO_CODE, Outcome.COMPILE_ERROR, Outcome.SANDBOX_ERROR)
        return self.outcome is Outcome.PASSED, self.passed, bool(self.results), not nothing


class RunTrial(Protocol):
    """Runs a trial of a completion; the pipeline binds it to the sandboxes."""

    async def __call__(self, problem: Problem, completion: Completion) -> Trial:
        """Execute a completion's program on the examples that its prompt shows.

        Raises:
            SandboxError: no sandbox works any more.
        """
        ...


class Probes(Protocol):
    """Runs candidates on inputs that a strategy makes; the pipeline binds it to the sandboxes."""

    def inputs(self, problem: Problem) -> tuple[str, ...]:
        """Return the inputs of the examples that the prompt shows."""
        ...

    async def behaviour(
        self, problem: Problem, completion: Completion, inputs: Sequence[str]
    ) -> tuple[str, ...]:
        """Return what a completion's program did on each input; equal texts mean the same.

        Empty where its sandbox failed.

        Raises:
            SandboxError: no sandbox works any more.
        """
        ...

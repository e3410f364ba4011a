"""What a strategy is, and what it is told of a draw that was tried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from codeeval.types import Completion, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.types import Problem, Sampling


class ExampleResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a program did on one example that the prompt shows."""

    text: str
    """The example, as the prompt shows it."""
    passed: bool
    said: str = ""
    """What it did instead: the value that it returned, or the exception that it raised."""
    returned: bool = True
    """Whether it returned a value at all, right or wrong."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a draw's program on the examples of its prompt, and nothing else."""

    outcome: Outcome
    """SANDBOX_ERROR: nothing is known of the program."""
    detail: str = ""
    code: str = ""
    """The code that was extracted from the draw."""
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
        """Orders draws: the higher, the more speaks for the program."""
        nothing = self.outcome in (Outcome.NO_CODE, Outcome.COMPILE_ERROR, Outcome.SANDBOX_ERROR)
        return self.outcome is Outcome.PASSED, self.passed, bool(self.results), not nothing


class Trials(Protocol):
    """Tries out draws; the pipeline binds it to the sandboxes."""

    async def __call__(self, problem: Problem, completion: Completion) -> Trial:
        """Execute a draw's program on the examples that its prompt shows.

        Raises:
            SandboxError: no sandbox works any more.
        """
        ...


class Strategy(Protocol):
    """A way to make one sample of several draws. Entry point of group ``codeeval.strategies``."""

    name: str

    @property
    def parameters(self) -> dict[str, str]:
        """All of them, defaults included; frozen into ``run.json``."""
        ...

    @property
    def template_hash(self) -> str:
        """SHA-256 over its templates, hex; empty where it has none."""
        ...

    @property
    def draws(self) -> int:
        """Most draws that one sample takes."""
        ...

    @property
    def needs_trials(self) -> bool:
        """Whether it tries out what it draws, so that there must be a sandbox."""
        ...

    @property
    def replays(self) -> bool:
        """Whether it only chooses among draws of the benchmark's prompt, so that a samples file will do."""
        ...

    def check(self, model: ModelInfo, sampling: Sampling) -> None:
        """Raises ``UsageError`` where it cannot or should not be used so."""
        ...

    async def solve(self, attempt: Attempt) -> Completion:
        """Make one sample; ends in ``attempt.finish``."""
        ...


class StrategyFactory(Protocol):
    """Makes a strategy of what stands behind its name on the command line."""

    def __call__(self, parameters: Mapping[str, str]) -> Strategy:
        """Raises ``UsageError`` where a parameter does not exist or is out of its bounds."""
        ...

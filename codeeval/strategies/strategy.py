"""What a strategy must offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.types import Completion, Sampling


class Strategy(Protocol):
    """A way to make one sample of several generated completions. Entry point of ``codeeval.strategies``."""

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
    def max_generations(self) -> int:
        """Most completions that are generated for one sample."""
        ...

    @property
    def needs_trials(self) -> bool:
        """Whether it executes candidates on the prompt's examples, so that there must be a sandbox."""
        ...

    @property
    def selects_only(self) -> bool:
        """Whether it only selects among completions of the benchmark's prompt: existing samples will do."""
        ...

    def check(self, model: ModelInfo, sampling: Sampling) -> None:
        """Raises ``UsageError`` where it cannot or should not be used so."""
        ...

    async def solve(self, attempt: Attempt) -> Completion:
        """Make one sample; ends in ``attempt.select``."""
        ...


@runtime_checkable
class ChoosesSubmissions(Protocol):
    """What a strategy may offer beyond: all samples of a task are chosen from the same candidates.

    They are submissions, the most promising first, and what counts is whether one of the first n passes: n@k,
    where k is ``max_generations``. It also runs candidates on inputs of its own.
    """

    async def submit(self, attempt: Attempt, samples: range) -> list[Completion]:
        """Make the submissions with these numbers; ends in ``attempt.submit``."""
        ...


class StrategyFactory(Protocol):
    """Makes a strategy of its parameters, as its spec string states them."""

    def __call__(self, parameters: Mapping[str, str]) -> Strategy:
        """Raises ``UsageError`` where a parameter does not exist or is out of its bounds."""
        ...

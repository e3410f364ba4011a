"""What a strategy must offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

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


class StrategyFactory(Protocol):
    """Makes a strategy of its parameters, as its spec string states them."""

    def __call__(self, parameters: Mapping[str, str]) -> Strategy:
        """Raises ``UsageError`` where a parameter does not exist or is out of its bounds."""
        ...

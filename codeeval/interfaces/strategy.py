"""What is recorded of a strategy."""

from __future__ import annotations

import msgspec


class StrategyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy is; frozen into ``run.json``, because it moves scores."""

    name: str
    parameters: dict[str, str] = {}
    template_hash: str = ""
    """SHA-256 over its templates, hex."""
    examples: str = ""
    """What its trials executed: the benchmark's ``examples_shown``; empty for a strategy without trials."""

    candidates: int = 0
    """Where the samples of a task are submissions, the most promising first: of how many candidates."""

    def __str__(self) -> str:
        """As on the command line."""
        return f"{self.name}:{','.join(f'{name}={value}' for name, value in self.parameters.items())}"

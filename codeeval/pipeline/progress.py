"""How a run tells what it is doing."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Counts(msgspec.Struct, kw_only=True):
    """How far a run is. What an earlier, interrupted run did counts as done."""

    samples: int
    """Planned samples."""
    generated: int = 0
    executed: int = 0
    """Samples with a verdict."""
    passed: int = 0
    sandbox_errors: int = 0
    """Samples whose sandbox failed for good, in this run; they are among ``executed``."""
    waiting: int = 0
    """Timeouts that wait to be run again alone at the end."""
    cost_usd: float | None = None
    """What the completions so far have cost; None where no price is known."""


class Progress(Protocol):
    """Is told how a run goes; called from the thread that called ``run``."""

    def update(self, counts: Counts) -> None:
        """Take note of a change; ``counts`` is the same object every time, so copy what must stay."""
        ...

    def note(self, message: str) -> None:
        """Show one line, for example that the model refused a prompt."""
        ...


class Silent:
    """Progress that nobody watches."""

    def update(self, counts: Counts) -> None:
        """Do nothing."""

    def note(self, message: str) -> None:
        """Do nothing."""

"""What is known of a model while it is used: its capabilities, and notes on what it does not support."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.interfaces import Capabilities

if TYPE_CHECKING:
    from codeeval.interfaces import ModelInfo, Support


class CapabilityTracker:
    """A model's ``ModelInfo``, which becomes more precise with each response."""

    def __init__(self, info: ModelInfo) -> None:
        self.info = info

    def record(self, note: str = "", **support: Support) -> None:
        """Record the support of capabilities, by their names in ``Capabilities``, and a note for the user."""
        capabilities = msgspec.structs.replace(self.info.capabilities or Capabilities(), **support)
        notes = self.info.notes
        if note and note not in notes:
            notes = (*notes, note)
        self.info = msgspec.structs.replace(self.info, capabilities=capabilities, notes=notes)

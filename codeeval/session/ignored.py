"""What of the surroundings is ignored, so that a command can say so."""

from __future__ import annotations

from codeeval.config import ignored_settings

__all__ = ["ignored_settings"]

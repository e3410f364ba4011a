"""What of the surroundings is ignored, for commands to report."""

from __future__ import annotations

from codeeval.config import ignored_settings

__all__ = ["ignored_settings"]

"""What all stage values share."""

from __future__ import annotations

import msgspec

SCHEMA_VERSION = 2
"""Of run directories: every file and line says it."""


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all stage values: immutable, compared by content, encoded without default fields."""

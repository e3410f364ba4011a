"""The tasks, as both sources of the data give them."""

from __future__ import annotations

from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One task. An input is the list of a call's arguments, which may be anything that Python has."""

    task_id: str
    prompt: str
    entry_point: str
    reference: str
    """What follows the prompt."""
    base: list[list[Any]]  # Any: see above
    plus: list[list[Any]]
    atol: float

"""What most statistics start from: samples and passes of one task."""

from __future__ import annotations

from typing import NamedTuple


class Count(NamedTuple):
    """One task's judged samples, and how many of them passed."""

    samples: int
    passed: int

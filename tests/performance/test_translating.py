"""All of HumanEval and MBPP in every published language, in seconds on one core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from translating import SUFFIXES, measure

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_S = 5.0
"""CPU seconds for 18 languages; 1.9 are measured."""


@pytest.mark.data
def test_everything_is_translated_in_seconds(data_root: Path, tmp_path: Path) -> None:
    cost = min((measure(data_root, tmp_path) for _ in range(2)), key=lambda each: each.total_s)
    assert cost.rows > 500 * len(SUFFIXES)
    assert cost.total_s < LIMIT_S, cost

"""The comparison is sound: every contender runs all its programs, and all of them pass."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from compare import measure
from contenders import BUBBLEWRAP, CONTENDERS, FILES, OFFICIAL
from machine import pin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDS = {BUBBLEWRAP: [pytest.mark.bubblewrap], OFFICIAL: [], FILES: []}
NAMES = [pytest.param(name, marks=NEEDS.get(name, [pytest.mark.docker])) for name in CONTENDERS]


@pytest.fixture
def core() -> Iterator[int]:
    """A core that this process is kept on during the test."""
    before = os.sched_getaffinity(0)
    chosen = max(before)
    pin(chosen)
    yield chosen
    pin(*before)


@pytest.mark.parametrize("name", NAMES)
def test_a_contender_runs_all_its_programs(name: str, core: int, tmp_path: Path) -> None:
    with CONTENDERS[name][1](tmp_path, core) as contender:
        sample = measure(contender)  # fails where a program does not pass
    assert sample.wall_s > 0
    assert sample.cpu_s is None or sample.cpu_s > 0

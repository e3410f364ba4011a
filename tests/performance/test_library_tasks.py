"""The comparison on BigCodeBench is sound: the same tasks in each way, and all of them pass."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import library_tasks
import msgspec
import pytest
from compare import measure
from machine import pin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.data]

FEW = 3


@pytest.fixture
def core() -> Iterator[int]:
    """A core that this process is kept on during the test."""
    before = os.sched_getaffinity(0)
    chosen = max(before)
    pin(chosen)
    yield chosen
    pin(*before)


@pytest.mark.parametrize("name", library_tasks.ways(FEW))
def test_a_contender_runs_all_its_programs(name: str, core: int, tmp_path: Path) -> None:
    way = library_tasks.ways(FEW)[name]
    if reason := way.absent():
        pytest.skip(reason)
    with way.set_up(tmp_path, core) as contender:
        assert contender.programs == FEW
        sample = measure(contender)  # fails where a program does not pass
    assert sample.wall_s > 0
    assert sample.cpu_s is not None
    assert sample.cpu_s > 0


@pytest.mark.parametrize("way", ["official", "fresh"])
def test_a_program_that_does_not_pass_is_counted(
    way: str, core: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"official": library_tasks.OFFICIAL, "fresh": library_tasks.FRESH}
    if reason := library_tasks.ways(FEW)[names[way]].absent():
        pytest.skip(reason)
    first, second, _ = library_tasks.programs(FEW)
    unlike = (first.files[0], second.files[1])  # a solution, and the tests of another task
    mixed = msgspec.structs.replace(first, files=unlike)
    monkeypatch.setattr(library_tasks, "programs", lambda _: [first, mixed, second])
    with library_tasks.served(tmp_path, core, count=FEW, way=way) as contender:
        assert contender.run() == 1


def test_tasks_import_these_libraries_alone() -> None:
    for program in library_tasks.programs(50):
        text = "\n".join(file.content for file in program.files)
        assert library_tasks.imported(text) <= library_tasks.LIBRARIES
        assert library_tasks.imported(text)


def test_what_a_program_imports() -> None:
    found = library_tasks.imported("import os, numpy.linalg as x\ndef f():\n    from cv2 import y\n")
    assert found == {"numpy", "cv2"}

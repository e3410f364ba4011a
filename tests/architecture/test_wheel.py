"""A wheel carries every module, template, protocol card, Dockerfile and runner file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from tree import ROOT, files

if TYPE_CHECKING:
    from pathlib import Path

CARRIED = {".py", ".jinja", ".md", ".toml", ".jsonl", ".css", ".js", ".typed", ".in", ".sh", ".txt"}

CARRIED_WHOLE = {"containers", "golden", "references", "stand_ins"}
"""Folders that are carried with all that is in them: programs in many languages."""


def carried(path: Path) -> bool:
    return path.suffix in CARRIED or path.name == "Dockerfile" or bool(CARRIED_WHOLE & {*path.parts})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in a wheel that was built from a copy of the tree, so that nothing is left behind in it."""
    pytest.importorskip(
        "setuptools", "77", reason="building a wheel without network needs setuptools 77 here"
    )
    copy = tmp_path_factory.mktemp("source")
    target = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("codeeval", "benchmarks", "containers", "sandboxes", "translators"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(target), str(copy)], check=True, capture_output=True)
    return names(next(target.glob("*.whl")))


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_wheel_carries_everything(wheel: set[str]) -> None:
    wanted = {str(path) for path in files() if carried(path)}
    assert wanted - wheel == set()


def test_every_file_of_the_package_is_of_a_kind_that_is_carried() -> None:
    assert not [path for path in files() if not carried(path)]


def test_wheel_puts_nothing_beside_the_package(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"codeeval"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel)

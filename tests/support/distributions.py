"""Builds what a release publishes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build_distributions(copy: Path, target: Path) -> Path:
    """Build the sdist from a copy of the tree, which stays as it is, and the wheel from the sdist.

    Returns:
        The wheel.
    """
    pytest.importorskip(
        "setuptools", "77", reason="building a wheel without network needs setuptools 77 here"
    )
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("codeeval", "benchmarks", "containers", "sandboxes", "translators"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.glob("*.whl"))

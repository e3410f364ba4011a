"""A bundle is used where there is no network, no cache and no data but its own, and nothing is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.offline import watch

import codeeval

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.docker, pytest.mark.bubblewrap]
ROOT = Path(__file__).parents[2]


def elsewhere(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command without network, in the place of a user who has nothing yet."""
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user"]
    there = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{folder}:{ROOT}",
        "CODEEVAL_DATA_ROOT": str(folder / "data"),
    }
    command = ["unshare", "--net", *own, sys.executable, "-c", "from codeeval.cli.main import main; main()"]
    done = subprocess.run(
        [*command, *words], cwd=folder, env=there, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_a_bundle_is_all_that_a_run_needs(
    tmp_path: Path, demand_image: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    demand_image("python")
    monkeypatch.delenv("CODEEVAL_DATA_ROOT", raising=False)
    made = codeeval.bundle("humaneval", out=tmp_path / "bundle.tar", with_wheels=False)
    assert [image.name for image in made.bundle.images] == ["python"]
    watch(tmp_path, tmp_path / "asked")
    elsewhere(tmp_path, "unbundle", "bundle.tar")
    words = ("--model", "reference:", "--offline", "--sandbox", "bubblewrap", "--workers", "1")
    elsewhere(tmp_path, "run", "humaneval", *words, "--limit", "3", "--out", "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["outcomes"]["PASSED"] == metrics["samples"] == 3
    config = json.loads((tmp_path / "run" / "run.json").read_text())
    assert config["sandbox"]["description"]["image"] == made.bundle.images[0].tag
    for name in ("mbpp", "multipl-e:humaneval-rs", "livecodebench", "leetcode:contest"):
        missing = elsewhere(tmp_path, "run", name, *words, "--out", "none", code=4).stderr
        assert "offline" in missing, name
        assert "--data-root" in missing, name
    assert not (tmp_path / "asked").exists(), (tmp_path / "asked").read_text()
    elsewhere(tmp_path, "run", "mbpp", "--model", "reference:", "--out", "none", code=4)
    assert "huggingface" in (tmp_path / "asked").read_text(), "what asks is heard"

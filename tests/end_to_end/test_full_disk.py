"""A full disk stops a run with a message; what was written before is whole, and the run resumes."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
from typing import TYPE_CHECKING

import pytest
from command import codeeval, complain, rows, succeed, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLES = 400
SMALL_KIB = 256
"""Holds the records of some samples, not of all."""


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Right solutions of one task, each with a kilobyte of comment."""
    file = tmp_path / "samples.jsonl"
    text = f"    return number % 1.0\n# {'x' * 1024}\n"
    file.write_text((json.dumps({"task_id": "HumanEval/2", "completion": text}) + "\n") * SAMPLES)
    return file


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_KIB}k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, samples: Path) -> None:
    out = small_disk / "run"
    arguments = ("generate", "humaneval", "--model", f"file:{samples}", "--out", out)
    complain(7, out, os.strerror(errno.ENOSPC), of=codeeval(*arguments))
    kept = rows(out / "completions.jsonl")
    assert 50 < len(kept) < SAMPLES
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    succeed(*arguments)
    resumed = rows(out / "completions.jsonl")
    assert resumed[: len(kept)] == kept
    assert [line["sample"] for line in resumed] == list(range(SAMPLES))


@pytest.mark.bubblewrap
def test_a_file_that_may_not_grow(samples: Path, tmp_path: Path) -> None:
    """What a quota does, and needs no root to try."""
    out = tmp_path / "run"
    arguments = ("execute", "humaneval", samples, "--sandbox", "bubblewrap", "--out", out)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_KIB << 10, SMALL_KIB << 10))

    complain(7, out, os.strerror(errno.EFBIG), of=codeeval(*arguments, "-q", preexec_fn=small_files))
    kept = len(rows(out / "completions.jsonl"))
    assert 50 < kept < SAMPLES
    assert set(verdicts(out).values()) <= {"PASSED"}
    succeed(*arguments)
    assert set(verdicts(out).values()) == {"PASSED"}
    assert len(verdicts(out)) == SAMPLES

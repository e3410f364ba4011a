"""Runs that several tests look at, each made once a session."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from command import rows, succeed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Recorded(NamedTuple):
    """Completions of several models, all in one samples file, and the results of the official evaluator."""

    file: Path
    passed: dict[tuple[str, int], bool]
    result: dict[tuple[str, int], str]


class ReferenceRun(Protocol):
    def __call__(self, benchmark: str, split: str, sandbox: str) -> Path: ...


@pytest.fixture(scope="session")
def recorded(verdicts: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The files one after another, byte for byte; one has a line that is no sample."""
    files = sorted(verdicts.glob("humaneval-*.jsonl"))
    merged = tmp_path_factory.mktemp("recorded") / "samples.jsonl"
    merged.write_bytes(b"".join(file.read_bytes() for file in files))
    passed: dict[tuple[str, int], bool] = {}
    result: dict[tuple[str, int], str] = {}
    seen: dict[str, int] = {}
    for row in rows(merged):
        if "task_id" in row:
            key = (row["task_id"], seen.setdefault(row["task_id"], 0))
            seen[row["task_id"]] += 1
            passed[key], result[key] = row["passed"], row["result"]
    return Recorded(merged, passed, result)


@pytest.fixture(scope="session")
def recorded_run(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the run directory of the recorded completions, executed in a kind of sandbox."""

    @functools.cache
    def run(sandbox: str) -> Path:
        out = tmp_path_factory.mktemp("run") / sandbox
        succeed(
            "execute", "humaneval", recorded.file, "--keep-going", "--sandbox", sandbox, "--out", out, "-q"
        )
        return out

    return run


@pytest.fixture(scope="session")
def reference_run(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRun:
    """Give the run directory of a benchmark's reference solutions."""

    @functools.cache
    def run(benchmark: str, split: str, sandbox: str) -> Path:
        out = tmp_path_factory.mktemp("run") / "reference"
        chosen: list[Any] = ["--split", split] if split else []
        succeed("run", benchmark, *chosen, "--model", "reference:", "--sandbox", sandbox, "--out", out, "-q")
        return out

    return run

"""Real completions of several models get the verdicts that the official evaluator gave them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import BOTH, codeeval, complain, rows, succeed, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Recorded

DIFFERENCES: dict[tuple[str, int], str] = {}
"""Samples whose verdict differs from the official evaluator's, with the cause: there are none."""

SAMPLES = 984
NOT_A_SAMPLE = ("humaneval-c.jsonl", 493)
"""The one line of the files that is no sample but a summary."""


@pytest.mark.verdicts
@pytest.mark.parametrize("sandbox", BOTH)
def test_verdicts_are_the_official_ones(
    sandbox: str, recorded: Recorded, recorded_run: Callable[[str], Path]
) -> None:
    found = verdicts(recorded_run(sandbox))
    assert found.keys() == recorded.passed.keys()
    assert len(found) == SAMPLES
    differing = {
        key: found[key] for key, passed in recorded.passed.items() if (found[key] == "PASSED") != passed
    }
    assert differing == DIFFERENCES
    assert {key for key, outcome in found.items() if outcome == "TIMEOUT"} == {
        key for key, result in recorded.result.items() if result == "timed out"
    }
    assert "SANDBOX_ERROR" not in found.values()


@pytest.mark.verdicts
@pytest.mark.docker
def test_executions_of_an_earlier_run_come_to_the_same_verdicts(recorded: Recorded, tmp_path: Path) -> None:
    """``tests/performance/cached_verdicts.py`` shows it of all samples."""
    tasks = [f"--task=HumanEval/{number}" for number in range(2, 164, 18)]
    arguments = ("humaneval", recorded.file, "--keep-going", "--sandbox", "docker", *tasks)
    environment = {"CODEEVAL_CACHE_DIR": str(tmp_path / "cache")}
    said = ("outcome", "detail", "rule", "parts", "stdout", "stderr")

    def executed(name: str, *more: str) -> tuple[dict[tuple[str, int], list[object]], int]:
        out = tmp_path / name
        succeed("execute", *arguments, "--out", out, *more, env=environment)
        found = rows(out / "verdicts.jsonl")
        cached = sum(row.get("cached", False) for row in found)
        assert json.loads((out / "run.json").read_text())["execution_cache"] == bool(more)
        return {(row["task_id"], row["sample"]): [row.get(key) for key in said] for row in found}, cached

    without, none = executed("without")
    first, few = executed("first", "--execution-cache")
    again, many = executed("again", "--execution-cache")
    assert without == first == again
    assert {key: found[0] == "PASSED" for key, found in again.items()} == {
        key: recorded.passed[key] for key in again
    }
    assert none == few == 0
    assert many > len(again) / 2


@pytest.mark.verdicts
def test_a_malformed_sample_is_named(verdicts: Path, tmp_path: Path) -> None:
    name, number = NOT_A_SAMPLE
    ended = codeeval("execute", "humaneval", verdicts / name, "--out", tmp_path / "run")
    complain(4, f"{verdicts / name}:{number}: ", "task_id", "--keep-going", of=ended)
    assert not (tmp_path / "run").exists()


@pytest.mark.verdicts
@pytest.mark.bubblewrap
def test_the_other_lines_are_scored_with_keep_going(verdicts: Path, tmp_path: Path) -> None:
    name, number = NOT_A_SAMPLE
    arguments = (
        "--out",
        tmp_path / "run",
        "--sandbox",
        "bubblewrap",
        "--task",
        "HumanEval/2",
        "--keep-going",
    )
    ended = succeed("execute", "humaneval", verdicts / name, *arguments)
    assert f"{verdicts / name}:{number}:" in ended.err
    assert len(rows(tmp_path / "run" / "verdicts.jsonl")) == 3

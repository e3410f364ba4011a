"""Real completions of several models get the verdicts that the official evaluator gave them."""

from __future__ import annotations

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

"""BigCodeBench as users run it: references first, other tools' files, export, cheats, bad input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import codeeval, complain, rows, succeed

from codeeval.errors import CodeEvalError
from codeeval.interfaces import SandboxOptions
from codeeval.sandboxes.docker import DockerLauncher

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.data]

TASKS = ("BigCodeBench/1", "BigCodeBench/4", "BigCodeBench/8", "BigCodeBench/11")
"""Quick ones; among their libraries is numpy."""
CHOSEN = [argument for task in TASKS for argument in ("--task", task)]


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    try:
        DockerLauncher().describe(SandboxOptions(image="python-bigcodebench"))
    except CodeEvalError as error:
        pytest.skip(f"no image for BigCodeBench: {error.message}")


@pytest.fixture
def environment(tmp_path: Path, data_root: Path) -> dict[str, str | None]:
    return {"CODEEVAL_CACHE_DIR": str(tmp_path / "cache"), "CODEEVAL_DATA_ROOT": str(data_root)}


def samples(path: Path, *lines: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_references_are_run_first_and_cached(tmp_path: Path, environment: dict[str, str | None]) -> None:
    file = samples(
        tmp_path / "samples.jsonl",
        {"task_id": TASKS[0], "solution": "def task_func(length=100):\n    return {}\n"},
    )
    arguments = ("execute", "bigcodebench", file, "--sandbox", "docker", "--out")
    first = succeed(*arguments, tmp_path / "first", env=environment)
    assert all(fact in first.err for fact in ("1 of 1 ", "; 0 of"))
    again = succeed(*arguments, tmp_path / "again", env=environment)
    assert all(fact in again.err for fact in ("1 of 1 ", "; 1 of"))
    report = json.loads((tmp_path / "again" / "references.json").read_text())
    assert (report["tasks"], report["passed"], report["failures"]) == (1, 1, [])
    (verdict,) = rows(tmp_path / "again" / "verdicts.jsonl")
    assert verdict["outcome"] == "WRONG_ANSWER"
    assert verdict["detail"].startswith("test_generated_string_properties: fail: AssertionError: 0 != 10")
    shown = succeed("show", tmp_path / "again", "--task", TASKS[0], env=environment).out
    assert "test_negative_length: fail" in shown
    assert "AssertionError: ValueError not raised" in shown


def test_a_broken_environment_is_not_scored(tmp_path: Path, environment: dict[str, str | None]) -> None:
    task = "BigCodeBench/1005"  # its tests download a file
    file = samples(tmp_path / "samples.jsonl", {"task_id": task, "solution": "x = 1\n"})
    arguments = ("execute", "bigcodebench", file, "--sandbox", "docker", "--out", tmp_path / "run")
    refused = codeeval(*arguments, env=environment)
    complain(6, "0.0%", f"{task}: ", "--force", of=refused)
    assert not (tmp_path / "run" / "verdicts.jsonl").exists()
    succeed(*arguments, "--force", env=environment)
    report = json.loads((tmp_path / "run" / "references.json").read_text())
    assert [failure["task_id"] for failure in report["failures"]] == [task]
    assert report["failures"][0]["known"]


def test_files_of_the_evaluator_and_back(tmp_path: Path, environment: dict[str, str | None]) -> None:
    reference = tmp_path / "reference"
    run = ("run", "bigcodebench", "--model", "reference:", *CHOSEN, "--sandbox", "docker", "--out", reference)
    succeed(*run, "-q", env=environment)
    assert {line["outcome"] for line in rows(reference / "verdicts.jsonl")} == {"PASSED"}
    succeed("export", reference, "--format", "bigcodebench", env=environment)
    exported = rows(reference / "bigcodebench.jsonl")
    assert [line["task_id"] for line in exported] == list(TASKS)
    assert not any("    pass\n" in line["solution"] for line in exported)
    file = reference / "bigcodebench.jsonl"
    succeed(
        "execute", "bigcodebench", file, "--sandbox", "docker", "--out", tmp_path / "back", env=environment
    )
    assert {line["outcome"] for line in rows(tmp_path / "back" / "verdicts.jsonl")} == {"PASSED"}


def test_no_cheat_passes(environment: dict[str, str | None]) -> None:
    found = succeed(
        *("doctor", "bigcodebench", "--task", TASKS[0], "--task", TASKS[3]),
        *("--sandbox", "docker", "--json", "-q"),
        env=environment,
    ).json
    assert found["failures"] == []
    assert len(found["controls"]) >= 30


def test_bad_lines(tmp_path: Path, environment: dict[str, str | None]) -> None:
    file = samples(
        tmp_path / "samples.jsonl",
        {"task_id": TASKS[0], "solution": "a", "completion": "b"},
        {"task_id": "BigCodeBench/1140", "solution": "a"},
        {"task_id": TASKS[0], "completion": "    return {}"},
    )
    arguments = ("execute", "bigcodebench", file, "--sandbox", "docker", "--out", tmp_path / "run")
    complain(4, f"{file}:1: ", of=codeeval(*arguments, env=environment))
    ended = succeed(*arguments, "--keep-going", env=environment)
    assert f"{file}:1: " in ended.err
    assert "BigCodeBench/1140" in ended.err
    assert [line["task_id"] for line in rows(tmp_path / "run" / "verdicts.jsonl")] == [TASKS[0]]

"""Surrogate execution through the whole pipeline: expected outputs from a sandbox, then predictions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import codeeval as command
from command import complain, rows, succeed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCKER = pytest.param("docker", marks=pytest.mark.docker)
BUBBLEWRAP = pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)
OPAQUE = "surrogate:Mbpp/590/0"
"""Its reference returns a tuple with a complex number, which no literal of ours states."""
REGEX = "surrogate:Mbpp/737/0"
"""Its reference returns a match of a regular expression."""
FINE = "surrogate:Mbpp/2/0"


@pytest.mark.parametrize("sandbox", [DOCKER, BUBBLEWRAP])
@pytest.mark.parametrize("family", ["surrogate", "surrogate-input"])
def test_references_pass_and_cheats_fail(sandbox: str, family: str) -> None:
    found = succeed("doctor", f"{family}:humaneval", "--limit", 40, "--sandbox", sandbox, "--json", "-q").json
    assert found["failures"] == []
    assert found["tasks"] == 40
    assert len(found["controls"]) >= 10


@pytest.mark.docker
def test_a_file_of_predictions(tmp_path: Path) -> None:
    predicted = {
        "surrogate:HumanEval/2/0": "0.5",
        "surrogate:HumanEval/2/1": "0.3",
        "surrogate:HumanEval/2/2": "f()",
    }
    samples = tmp_path / "samples.jsonl"
    samples.write_text(
        "".join(
            json.dumps({"task_id": task, "completion": f"assert truncate_number(1) == {value}\n[/ANSWER]"})
            + "\n"
            for task, value in predicted.items()
        )
    )
    ended = succeed("execute", "surrogate:humaneval", samples, "--out", tmp_path / "run")
    assert "22 calls" in ended.err
    lines = {line["task_id"]: line for line in rows(tmp_path / "run" / "verdicts.jsonl")}
    assert [lines[task]["outcome"] for task in predicted] == ["PASSED", "WRONG_ANSWER", "WRONG_ANSWER"]
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["mistakes"] == {"computed wrong": 1, "format": 1}
    assert metrics["curves"]["program_lines"][0]["tasks"] == 3
    assert sum(each["tasks"] for each in metrics["curves"]["run_s"]) == 3
    before = (tmp_path / "run" / "metrics.json").read_bytes()
    succeed("score", tmp_path / "run")
    assert (tmp_path / "run" / "metrics.json").read_bytes() == before
    shown = succeed("show", tmp_path / "run").out
    assert "wrong by" in shown
    assert "lines of the program that are not blank" in shown


@pytest.mark.docker
@pytest.mark.data
def test_calls_that_cannot_be_tested_are_excluded(tmp_path: Path, data_root: Path) -> None:
    chosen = [argument for task in (OPAQUE, REGEX, FINE) for argument in ("--task", task)]
    data = ("--data-root", data_root, "--out", tmp_path / "run")
    ended = succeed("run", "surrogate:mbpp-plus", "--model", "reference:", *chosen, *data)
    assert "2 calls" in ended.err
    assert [line["task_id"] for line in rows(tmp_path / "run" / "verdicts.jsonl")] == [FINE]
    nothing = command("run", "surrogate:mbpp-plus", "--model", "reference:", "--task", REGEX, *data)
    complain(4, "surrogate:mbpp-plus", of=nothing)


@pytest.mark.docker
@pytest.mark.data
def test_values_of_another_language(data_root: Path, demand_image: Callable[[str], None]) -> None:
    demand_image("lua")
    where = ("--limit", 6, "--data-root", data_root, "--json", "-q")
    found = succeed("doctor", "surrogate:multipl-e:humaneval-lua", *where).json
    assert found["failures"] == []
    right = {each["control"]: each["outcomes"] for each in found["controls"]}
    assert right["reference solution"] == {"PASSED": 6}
    assert right["another"] == {"WRONG_ANSWER": 6}
    assert right["the-call-itself"] == {"NO_CODE": 6}
    refused = command(
        "run", "surrogate:multipl-e:humaneval-d", "--model", "reference:", "--data-root", data_root
    )
    complain(4, "12 tasks", of=refused)


def test_benchmarks_that_need_a_sandbox_before_generation(tmp_path: Path) -> None:
    out = ("--out", tmp_path / "run")
    ended = command("generate", "surrogate-input:humaneval", "--model", "reference:", *out)
    complain(2, "codeeval run", of=ended)
    ended = command("generate", "surrogate:humaneval", "--model", "reference:", *out)
    complain(2, "reference:", of=ended)


def test_benchmarks_that_cannot_be_wrapped() -> None:
    ended = command("run", "surrogate:lean", "--model", "reference:", "--offline")
    complain(4, of=ended)
    ended = command("run", "surrogate:surrogate:humaneval", "--model", "reference:")
    complain(2, "surrogate:humaneval", of=ended)

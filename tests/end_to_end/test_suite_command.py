"""A suite in a process of its own: four benchmarks on two models, killed, resumed, then gated."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from command import COMMAND, LONGEST_S, codeeval, environment, rows, succeed

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """\
name = "four"
models = [
    "reference:",
    {spec = "file:samples.jsonl", label = "candidate"},
]
defaults = {limit = 12, sandbox = "bubblewrap", workers = 2}

[[benchmarks]]
name = "humaneval"

[[benchmarks]]
name = "humaneval"
label = "sealed"
protocol = "sealed"
tier = "supporting"

[[benchmarks]]
name = "humaneval"
label = "chat"
style = "chat"
tier = "advisory"

[[benchmarks]]
name = "humaneval"
label = "limited"
limits = {cpu_s = 5}
"""
RUNS, TASKS = 8, 12


def start(*arguments: object, cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def status(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = succeed("status", "out", "--json", cwd=folder).json
    return found


def verdict_files(folder: Path) -> list[Path]:
    return sorted((folder / "out").glob("*/verdicts.jsonl"))


@pytest.mark.bubblewrap
def test_a_suite_killed_resumed_and_gated(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(SUITE, "utf-8")
    succeed("run", "humaneval", "--model", "reference:", "--limit", TASKS, "--out", "r", "-q", cwd=tmp_path)
    lines = [
        {"task_id": line["task_id"], "completion": line["text"]}
        for line in rows(tmp_path / "r/completions.jsonl")
    ]
    lines[3]["completion"] = lines[4]["completion"]
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    run = start("run", "suite.toml", "--out", "out", "-q", cwd=tmp_path)
    deadline = time.monotonic() + LONGEST_S
    while len(verdict_files(tmp_path)) < 3 and run.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    seen = status(tmp_path) if run.poll() is None else None
    run.send_signal(signal.SIGKILL)
    run.wait()
    if seen is not None and seen["activity"] == "running":
        assert seen["process"] == run.pid
    killed = status(tmp_path)
    assert (killed["activity"], killed["process"]) == ("stopped", None)
    assert 2 <= killed["done"] < RUNS
    kept = {file: file.read_bytes() for file in verdict_files(tmp_path)[: killed["done"]]}

    table = succeed("run", "suite.toml", "--out", "out", "--json", cwd=tmp_path).json
    assert status(tmp_path)["activity"] == "ended"
    for file in verdict_files(tmp_path):
        assert len(rows(file)) == TASKS
    assert len(verdict_files(tmp_path)) == RUNS
    done = {each["path"].removeprefix("out/") for each in killed["runs"] if each["activity"] == "ended"}
    assert all(file.read_bytes() == text for file, text in kept.items() if file.parent.name in done)
    scores = {each["entry"]: each["value"] for each in table["scores"]}
    assert scores == {"reference": 1.0, "candidate": pytest.approx(11 / 12)}
    (compared,) = table["comparisons"]
    assert (compared["value"], compared["tasks"]) == (pytest.approx(-1 / 12), 4 * TASKS)

    gate = ("gate", "--candidate", "out", "--baseline", "out", "--baseline-model", "reference", "--json")
    same = codeeval(*gate, "--model", "reference", "--max-drop", "50pp", cwd=tmp_path)
    assert (same.code, same.json["answer"]) == (0, "go")
    lost = codeeval(*gate, "--model", "candidate", "--max-drop", "2pp", "--history", "h.jsonl", cwd=tmp_path)
    assert (lost.code, lost.json["answer"]) == (2, "cannot tell")
    assert [check["tier"] for check in lost.json["checks"]] == [
        "critical",
        "supporting",
        "advisory",
        "critical",
    ]
    assert len(rows(tmp_path / "h.jsonl")) == 1

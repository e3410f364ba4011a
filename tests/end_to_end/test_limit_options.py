"""Limits that a user sets, from the option to the verdict, in both sandboxes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import codeeval
from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize(
    "sandbox",
    [
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    ],
)

BUSY = """
    import time
    while time.process_time() < 4.5:
        pass
    return number % 1.0
"""
LARGE = """
    size = 1200 << 20
    block = bytearray(size)
    for place in range(0, size, 4096):
        block[place] = 1
    import time
    while time.process_time() < 1:
        pass
    return number % 1.0
"""
TASK = "HumanEval/2"


def samples(folder: Path, *bodies: str) -> Path:
    path = folder / "samples.jsonl"
    path.write_text("".join(json.dumps({"task_id": TASK, "completion": body}) + "\n" for body in bodies))
    return path


def outcomes(run: Path) -> list[str]:
    lines = (run / "verdicts.jsonl").read_text("utf-8").splitlines()
    rows = sorted(map(json.loads, lines), key=lambda row: row["sample"])
    return [row["outcome"] for row in rows]


def record(run: Path) -> Any:  # what JSON holds
    return json.loads((run / "run.json").read_text("utf-8"))


def test_a_program_that_needs_more_than_the_benchmark_gives_passes(
    sandbox: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = samples(tmp_path, BUSY, LARGE)
    command = ["execute", "humaneval", str(file), "--sandbox", sandbox, "--workers", "1", "-q", "--out"]
    own, more = tmp_path / "own", tmp_path / "more"
    limits = ["--cpu-limit", "10", "--memory-limit", "1536MiB"]
    assert run_command([*command, str(own), "--timeout-reruns", "0"]) == 0
    assert outcomes(own) == ["TIMEOUT", "MEMORY_LIMIT"]
    assert run_command([*command, str(more), *limits]) == 0
    assert outcomes(more) == ["PASSED", "PASSED"]

    assert record(own)["limits"] == {"python": {"cpu_s": 3.0, "wall_s": 15.0}}
    stated = {"cpu_s": 10.0, "wall_s": 50.0, "memory_bytes": 1536 << 20}
    assert record(more)["limits"] == {"python": stated}
    assert record(more)["limit_options"] == {"cpu_s": 10.0, "memory_bytes": 1536 << 20}

    capsys.readouterr()
    assert run_command(["show", str(more), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["limits"] == {"python": stated}
    assert run_command(["show", str(more), "--task", TASK, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["program"]["steps"][0]["limits"] == shown["verdict"]["evidence"][0]["limits"] == stated

    assert run_command(["compare", str(own), str(more), "--json"]) == 0
    (compared,) = json.loads(capsys.readouterr().out)["benchmarks"]
    assert {each["name"] for each in compared["differences"] if each["area"] == "limits"} == {
        f"limits.python.{name}" for name in stated
    }

    assert run_command([*command, str(more)]) == 2, "other limits are another run"
    assert run_command([*command, str(more), *limits]) == 0


def test_the_doctor_and_the_api_take_limits(sandbox: str, tmp_path: Path) -> None:
    arguments = ["doctor", "humaneval", "--task", TASK, "--sandbox", sandbox, "-q"]
    assert run_command([*arguments, "--cpu-limit", "2"]) == 0
    made = codeeval.run(
        "humaneval",
        f"file:{samples(tmp_path, BUSY)}",
        out=tmp_path / "run",
        sandbox=sandbox,
        limits=codeeval.LimitOptions(cpu_s=10.0),
    )
    assert made.config.limits["python"].cpu_s == 10.0
    assert [verdict.passed for verdict in made.verdicts()] == [True]
    with codeeval.Evaluator(
        "humaneval", sandbox=sandbox, limits=codeeval.LimitOptions(cpu_s=10.0)
    ) as evaluator:
        (verdict,) = evaluator.evaluate([codeeval.Submission(TASK, BUSY, "continuation")])
    assert verdict.passed

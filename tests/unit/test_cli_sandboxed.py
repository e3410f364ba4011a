"""The command line with real HumanEval problems and real sandboxes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from pathlib import Path

BOTH = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]

pytestmark = pytest.mark.parametrize("sandbox", BOTH)

RIGHT = "    return number % 1.0\n"
SAMPLES = [
    {"task_id": "HumanEval/2", "completion": RIGHT},
    {"task_id": "HumanEval/2", "completion": "    return 0.5\n"},
    {"task_id": "HumanEval/2", "completion": "    import os; os._exit(0)\n"},
    {"task_id": "HumanEval/2", "completion": "    return (\n"},
    {"task_id": "HumanEval/2", "solution": f"def truncate_number(number: float) -> float:\r\n{RIGHT}"},
    {"task_id": "HumanEval/2", "completion": "    return [][1]\n"},
    {"task_id": "HumanEval/2", "completion": ""},
    {"task_id": "HumanEval/2", "completion": "    return '\x00'\n"},
    {"task_id": "HumanEval/2", "completion": "    return '\ud800'\n"},
]
OUTCOMES = {
    0: "PASSED",
    1: "WRONG_ANSWER",
    2: "INCOMPLETE",
    3: "COMPILE_ERROR",
    4: "PASSED",
    5: "RUNTIME_ERROR",
}


def verdicts(run: Path) -> dict[int, str]:
    lines = (run / "verdicts.jsonl").read_text("utf-8").splitlines()
    return {row["sample"]: row["outcome"] for row in map(json.loads, lines)}


def test_reference_solutions_pass(sandbox: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    arguments = ["--limit", "12", "--sandbox", sandbox, "--out", str(out), "--json"]
    assert run_command(["run", "humaneval", "--model", "reference:", *arguments]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["outcomes"]["PASSED"] == metrics["samples"] == metrics["tasks"] == 12
    assert metrics["metrics"]["pass@1"]["value"] == 1.0
    record = json.loads((out / "run.json").read_text("utf-8"))
    assert record["sandbox"]["launcher"] == sandbox
    assert "python" in record["sandbox"]["toolchain"]


def test_a_samples_file_gets_a_verdict_for_each_line(sandbox: str, tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text("".join(json.dumps(row) + "\n" for row in SAMPLES), "utf-8")
    out = tmp_path / "run"
    assert run_command(["execute", "humaneval", str(samples), "--sandbox", sandbox, "--out", str(out)]) == 0
    found = verdicts(out)
    assert len(found) == len(SAMPLES)
    assert OUTCOMES.items() <= found.items()
    assert not {"PASSED", "SANDBOX_ERROR"} & {found[6], found[7], found[8]}


@pytest.mark.parametrize("form", ["human-eval", "evalplus"])
def test_an_exported_run_gets_the_same_verdicts(sandbox: str, form: str, tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text("".join(json.dumps(row) + "\n" for row in SAMPLES[:6]), "utf-8")
    first, second = tmp_path / "first", tmp_path / "second"
    where = ["--sandbox", sandbox, "--quiet", "--out"]
    assert run_command(["execute", "humaneval", str(samples), *where, str(first)]) == 0
    assert run_command(["export", str(first), "--format", form]) == 0
    assert run_command(["execute", "humaneval", str(first / f"{form}.jsonl"), *where, str(second)]) == 0
    assert verdicts(second) == verdicts(first)


def test_a_malformed_line_stops_or_is_skipped(
    sandbox: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = tmp_path / "samples.jsonl"
    good = json.dumps(SAMPLES[0])
    samples.write_text(
        f"{good}\n{{\n{json.dumps({'task_id': 'HumanEval/999', 'completion': ''})}\n{good}\n", "utf-8"
    )
    command = ["execute", "humaneval", str(samples), "--sandbox", sandbox, "--out", str(tmp_path / "run")]
    assert run_command(command) == 4
    assert "samples.jsonl:2" in capsys.readouterr().err
    assert run_command([*command, "--keep-going"]) == 0
    shown = capsys.readouterr().err
    assert "samples.jsonl:2" in shown
    assert "HumanEval/999" in shown
    assert verdicts(tmp_path / "run") == {0: "PASSED", 1: "PASSED"}


def test_doctor_checks_a_benchmark(sandbox: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "humaneval", "--limit", "2", "--sandbox", sandbox, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["failures"] == []
    assert {count["control"] for count in found["controls"]} >= {
        "reference solution",
        "empty-body",
        "always-equal",
    }
    counts = {count["control"]: (count["tried"], count["right"]) for count in found["controls"]}
    tried, right = counts.pop("stubs")
    assert tried == right >= 6
    assert set(counts.values()) == {(2, 2)}


def test_self_tests_have_their_outcomes(sandbox: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["sandbox", "check", "python", "--sandbox", sandbox, "--workers", "1", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert {(each["expected"], each["outcome"]) for each in results} >= {
        ("PASSED", "PASSED"),
        ("TIMEOUT", "TIMEOUT"),
    }

"""What people read of a run: parts, exceptions, groups, verdicts judged anew, and runs side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import P, W, make_run

from codeeval.cli.main import run_command
from codeeval.interfaces import Scoring
from codeeval.types import Evidence, Limits, Part, StepKind, StepResult, StepStatus, Verdict

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def raised(name: str) -> StepResult:
    return StepResult(name="run", status=StepStatus.EXITED, exit_code=1, report=f"raised\n{name}\nwhy")


def with_parts(verdict: Verdict) -> Verdict:
    """The raw part of a failure raises; the sanitised one passes on task 1."""
    passed = StepResult(name="run", status=StepStatus.EXITED, completed=True)
    number = verdict.task_id[-1]
    raw = passed if verdict.outcome is P else raised({"1": "AssertionError"}.get(number, f"E\u202e{number}"))
    cut = passed if verdict.outcome is P or number == "1" else raised("KeyError")
    limits = Limits(cpu_s=1.0, wall_s=3.0)
    evidence = tuple(
        Evidence(part=name, kind=StepKind.PYTHON, limits=limits, last=last, matched=last is passed)
        for name, last in (("raw", raw), ("sanitised", cut))
    )
    parts = (
        Part(name="raw", outcome=verdict.outcome),
        Part(name="sanitised", outcome=P if cut is passed else W),
    )
    return msgspec.structs.replace(verdict, evidence=evidence, parts=parts)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(
        tmp_path / "run",
        "fake",
        {"Fake/0": [P], "Fake/1": [W], "Fake/2": [W]},
        verdict=with_parts,
        scoring=Scoring(parts=("raw", "sanitised"), best_of=True),
        groups={"intact": ("Fake/0", "Fake/1")},
    )


def test_parts_exceptions_and_groups_are_shown(run: Path, capsys: Capture) -> None:
    assert run_command(["score", str(run)]) == 0
    shown = capsys.readouterr().out
    lines = [line.split() for line in shown.splitlines()]
    assert ["pass@1", "66.7%"] in [line[:2] for line in lines]
    assert ["raw.pass@1", "33.3%"] in [line[:2] for line in lines]
    assert ["sanitised.pass@1", "66.7%"] in [line[:2] for line in lines]
    assert ["AssertionError", "1", "33.3%"] in lines
    assert ["other", "1", "33.3%"] in lines
    assert ["intact", "2", "2", "100.0%"] in [line[:4] for line in lines]
    assert run_command(["score", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rejudged"] == 0


def test_changed_verdicts_are_reported(run: Path, capsys: Capture) -> None:
    records = run / "verdicts.jsonl"
    records.write_bytes(records.read_bytes().replace(b'"outcome":"RUNTIME_ERROR"', b'"outcome":"TIMEOUT"', 1))
    assert run_command(["score", str(run)]) == 0
    assert "1 verdict " in capsys.readouterr().out
    records.write_bytes(records.read_bytes().replace(b'"outcome":"RUNTIME_ERROR"', b'"outcome":"TIMEOUT"', 1))
    assert run_command(["score", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rejudged"] == 1


def solved(join: dict[str, int]) -> list[int]:
    return [join[name] for name in ("tasks", "both", "only_first", "only_other", "neither")]


def test_runs_side_by_side(tmp_path: Path, capsys: Capture) -> None:
    first = make_run(tmp_path / "first", "humaneval", {f"HumanEval/{n}": [P] for n in range(4)})
    outcomes = {"0": [P], "1": [W], "2": [W], "7": [P]}
    other = make_run(tmp_path / "other", "humaneval-pro", outcomes)
    assert run_command(["show", str(first), str(other)]) == 0
    shown = capsys.readouterr().out
    lines = [line.split() for line in shown.splitlines()]
    assert ["both", "1", "33.3%"] in lines
    assert ["only", "first", "2", "66.7%"] in lines
    (line,) = (each for each in shown.splitlines() if "3 tasks" in each)
    assert "100.0%" in line
    assert "33.3%" in line
    assert "-66.7 pp" in shown
    assert "-50.0 pp" in shown, "the difference of the whole runs' scores"
    assert run_command(["show", str(first), str(other), "--json"]) == 0
    (join,) = json.loads(capsys.readouterr().out)["joins"]
    assert solved(join) == [
        3,
        1,
        2,
        0,
        0,
    ]


def test_tasks_of_mbpp_pro_are_paired_by_origin(tmp_path: Path, capsys: Capture) -> None:
    first = make_run(tmp_path / "first", "mbpp", {"Mbpp/2": [P], "Mbpp/3": [W], "Mbpp/11": [P]})
    other = make_run(tmp_path / "other", "mbpp-pro", {"0": [P], "1": [P], "2": [P], "3": [W]})
    assert run_command(["show", str(first), str(other), "--json"]) == 0
    (join,) = json.loads(capsys.readouterr().out)["joins"]
    assert solved(join) == [
        2,
        1,
        0,
        1,
        0,
    ]


def test_runs_without_a_task_in_common(tmp_path: Path, capsys: Capture) -> None:
    first = make_run(tmp_path / "first", "humaneval", {"HumanEval/0": [P]})
    other = make_run(tmp_path / "other", "mbpp-pro", {"0": [W]})
    assert run_command(["show", str(first), str(other)]) == 0
    capsys.readouterr()
    assert run_command(["show", str(first), str(other), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["joins"] == []


def test_one_run_twice_and_a_task_of_two_runs_are_refused(tmp_path: Path, capsys: Capture) -> None:
    first = make_run(tmp_path / "first", "humaneval", {"HumanEval/0": [P]})
    assert run_command(["show", str(first), str(first)]) == 2
    assert run_command(["show", str(first), str(first), "--task", "HumanEval/0"]) == 2
    assert "--task" in capsys.readouterr().err

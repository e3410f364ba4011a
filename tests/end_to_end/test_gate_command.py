"""``codeeval gate`` and ``codeeval compare`` as CI and people call them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from command import COMMAND, codeeval, complain, environment, succeed
from lxml import etree
from support.runs import P, W, bits, make_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with runs: good, the same again, bad, few tasks, another benchmark."""
    make_run(tmp_path / "good", "bench", bits("1" * 120 + "0" * 80))
    make_run(tmp_path / "same", "bench", bits("1" * 120 + "0" * 80))
    make_run(tmp_path / "bad", "bench", bits("0" * 200))
    make_run(tmp_path / "few", "bench", bits("1010"))
    make_run(tmp_path / "other", "other", bits("1" * 200))
    return tmp_path


@pytest.mark.parametrize(
    ("candidate", "code", "words"),
    [("same", 0, "not worse"), ("bad", 1, "worse"), ("few", 2, "cannot tell")],
)
def test_exit_codes_are_the_decision(runs: Path, candidate: str, code: int, words: str) -> None:
    ended = codeeval("gate", "--baseline", "good", "--candidate", candidate, "--max-drop", "2pp", cwd=runs)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.splitlines()[-1].startswith(f"{words} (exit code {code}; ")


def test_a_gain_passes_as_better(runs: Path) -> None:
    ended = succeed("gate", "--baseline", "bad", "--candidate", "good", "--json", cwd=runs)
    assert (ended.json["decision"], ended.json["exit_code"]) == ("better", 0)
    assert len(ended.json["checks"][0]["contrast"]["gained"]) == 120


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "nothing to decide on"),
        (["--frob"], "No such option"),
        (["--alpha", "x"], "not a valid float"),
        (["--candidate"], "requires an argument"),
        (["--candidate", "good"], "neither a baseline nor a least value"),
        (["--candidate", "good", "--min", "pass@1"], "cannot read 'pass@1'"),
        (["--candidate", "good", "--min", "pass@1=1", "--max-drop", "2pp"], "a drop needs a baseline"),
        (["--candidate", "good", "--baseline", "good", "--max-drop", "2%"], "percentage points"),
        (["--candidate", "good", "--baseline", "good", "--alpha", "0.9"], "no risk"),
        (["--candidate", "good", "--baseline", "other"], "cannot be compared"),
        (["--candidate", "good", "--baseline", "good", "--metric", "x"], "no such metric"),
        (["--config", "plan.yml", "--alpha", "0.1"], "exclude each other"),
        (["--config", "plan.yml"], "plan.yml: cannot be read"),
        (["--candidate", "good", "--min", "plus.pass@1=1"], "unknown metric"),
    ],
)
def test_a_usage_error_is_not_a_decision(runs: Path, arguments: list[str], part: str) -> None:
    complain(3, part, of=codeeval("gate", *arguments, cwd=runs))


def test_unreadable_runs_and_unwritable_reports_are_errors_too(runs: Path) -> None:
    gate = ("gate", "--baseline", "good", "--candidate")
    complain(4, "not a run directory", of=codeeval(*gate, "absent", cwd=runs))
    complain(7, "nowhere/gate.xml", of=codeeval(*gate, "same", "--junit", "nowhere/gate.xml", cwd=runs))


def test_every_report_is_written(runs: Path) -> None:
    ended = codeeval(
        "gate", "--baseline", "good", "--candidate", "bad", "--junit", "gate.xml", "--sarif", "gate.sarif",
        "--markdown", "gate.md", "--annotations", "--min", "pass@1=0.5", cwd=runs,
    )  # fmt: skip
    assert ended.code == 1
    assert etree.parse(runs / "gate.xml").getroot().get("failures") == "123"
    results = json.loads((runs / "gate.sarif").read_text("utf-8"))["runs"][0]["results"]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "bad/verdicts.jsonl"
    assert (runs / "gate.md").read_text("utf-8").startswith("## ❌ codeeval gate: worse")
    assert ended.out.startswith("::error title=codeeval bench%3A worse::worse: pass@1 went from 60.0%25 to")


def test_annotations_do_not_break_json(runs: Path) -> None:
    ended = codeeval("gate", "--baseline", "good", "--candidate", "bad", "--json", "--annotations", cwd=runs)
    assert ended.json["exit_code"] == 1
    assert ended.err.startswith("::error ")


def test_a_plan_of_several_benchmarks(runs: Path) -> None:
    (runs / "ci").mkdir()
    plan = runs / "ci" / "gate.yml"
    text = """
max_drop: 3pp
checks:
  - {baseline: ../good, candidate: ../same}
  - {candidate: ../other, min: {pass@1: 0.9}}
"""
    plan.write_text(text, "utf-8")
    ended = succeed("gate", "--config", plan, "--json")
    assert [each["benchmark"] for each in ended.json["checks"]] == ["bench", "other"]
    plan.write_text(text.replace("../same", "../bad"), "utf-8")
    assert codeeval("gate", "--config", plan).code == 1
    plan.write_text(text.replace("3pp", "much"), "utf-8")
    complain(3, f"{plan}:2: cannot read 'much'", of=codeeval("gate", "--config", plan))


def test_compare_flags_settings_before_numbers(runs: Path) -> None:
    make_run(runs / "warm", "bench", bits("1" * 100 + "0" * 100), template_hash="8" * 64)
    ended = succeed("compare", "good", "warm", cwd=runs)
    assert ended.err == ""
    assert ended.out.index("template_hash") < ended.out.index("pass@1")
    assert "20 lost" in ended.out
    assert "... and 10 more: --all names them." in ended.out
    assert "Task/119" in succeed("compare", "good", "warm", "--all", cwd=runs).out


def test_compare_of_several_benchmarks_and_bad_input(runs: Path) -> None:
    make_run(runs / "other2", "other", bits("1" * 199 + "0"))
    ended = succeed("compare", "good", "other", "bad", "other2", "--json", cwd=runs)
    assert [each["benchmark"] for each in ended.json["benchmarks"]] == ["bench", "other"]
    assert "p adjusted: by Holm" in succeed("compare", "good", "other", "bad", "other2", cwd=runs).out
    complain(2, "cannot be compared", "--force", of=codeeval("compare", "good", "other", cwd=runs))
    assert "(--force)" in succeed("compare", "good", "other", "--force", cwd=runs).out
    complain(2, "nothing to compare", of=codeeval("compare", "good", cwd=runs))
    complain(2, "named twice", of=codeeval("compare", "good", "good", cwd=runs))


def test_hostile_names_do_not_reach_the_terminal(runs: Path) -> None:
    task = "x\x1b[2J\n::error::owned\u202e"
    make_run(runs / "a\x1b[1m", "bench", {task: [P], **bits("1" * 30)})
    make_run(runs / "b", "bench", {task: [W], **bits("0" * 30)})
    for command in ("compare", "gate"):
        named = ["--baseline", "a\x1b[1m", "--candidate", "b"] if command == "gate" else ["a\x1b[1m", "b"]
        ended = codeeval(command, *named, cwd=runs)
        assert "\x1b" not in ended.out + ended.err
        assert "\u202e" not in ended.out
        assert not [line for line in ended.out.splitlines() if line.startswith("::")]


def test_a_closed_pipe_is_not_a_regression(runs: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "compare", "good", "bad", "--all"], cwd=runs, stdout=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 141

"""``codeeval gate`` and ``codeeval compare`` as CI and people call them."""

from __future__ import annotations

import errno
import json
import os
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
    ("candidate", "code", "decision"),
    [("same", 0, "not worse"), ("bad", 1, "worse"), ("few", 2, "cannot tell")],
)
def test_exit_codes_are_the_decision(runs: Path, candidate: str, code: int, decision: str) -> None:
    gate = ("gate", "--baseline", "good", "--candidate", candidate, "--max-drop", "2pp")
    ended = codeeval(*gate, "--json", cwd=runs)
    assert (ended.code, ended.err) == (code, "")
    assert (ended.json["decision"], ended.json["exit_code"]) == (decision, code)
    shown = codeeval(*gate, cwd=runs)
    assert (shown.code, shown.err) == (code, "")
    assert shown.out.splitlines()[-1].startswith(f"{decision} (exit code {code}; ")


def test_a_gain_passes_as_better(runs: Path) -> None:
    ended = succeed("gate", "--baseline", "bad", "--candidate", "good", "--json", cwd=runs)
    assert (ended.json["decision"], ended.json["exit_code"]) == ("better", 0)
    assert len(ended.json["checks"][0]["contrast"]["gained"]) == 120


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        ([], ["--baseline RUN", "--config FILE"]),
        (["--frob"], ["'--frob'"]),
        (["--alpha", "x"], ["'--alpha'", "'x'"]),
        (["--candidate"], ["'--candidate'"]),
        (["--candidate", "good"], ["pass@1=0.6"]),
        (["--candidate", "good", "--min", "pass@1"], ["'pass@1'", "pass@1=0.6"]),
        (["--candidate", "good", "--min", "pass@1=1", "--max-drop", "2pp"], ["--baseline RUN"]),
        (["--candidate", "good", "--baseline", "good", "--max-drop", "2%"], ["'2%'", "2pp"]),
        (["--candidate", "good", "--baseline", "good", "--alpha", "0.9"], ["0.9", "0.5"]),
        (["--candidate", "good", "--baseline", "other"], ["other (other)", "good (bench)", "--force"]),
        (["--candidate", "good", "--baseline", "good", "--metric", "x"], ["'x'", "pass@10"]),
        (["--config", "plan.yml", "--alpha", "0.1"], ["--alpha", "--config"]),
        (["--config", "plan.yml"], ["plan.yml: ", os.strerror(errno.ENOENT)]),
        (["--candidate", "good", "--min", "plus.pass@1=1"], ["'plus.pass@1'", "pass@1"]),
    ],
)
def test_a_usage_error_is_not_a_decision(runs: Path, arguments: list[str], facts: list[str]) -> None:
    complain(3, *facts, of=codeeval("gate", *arguments, cwd=runs))


def test_unreadable_runs_and_unwritable_reports_are_errors_too(runs: Path) -> None:
    gate = ("gate", "--baseline", "good", "--candidate")
    complain(4, "absent", of=codeeval(*gate, "absent", cwd=runs))
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
    assert (runs / "gate.md").read_text("utf-8").startswith("## ❌ ")
    assert ended.out.startswith("::error title=codeeval bench")
    assert "60.0%25" in ended.out, "a percent sign is escaped"


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
    complain(3, f"{plan}:2: ", "'much'", of=codeeval("gate", "--config", plan))


def test_compare_flags_settings_before_numbers(runs: Path) -> None:
    make_run(runs / "warm", "bench", bits("1" * 100 + "0" * 100), template_hash="8" * 64)
    ended = succeed("compare", "good", "warm", cwd=runs)
    assert ended.err == ""
    assert ended.out.index("template_hash") < ended.out.index("pass@1")
    assert "20 lost" in ended.out
    assert "Task/119" not in ended.out
    assert "--all" in ended.out
    assert "Task/119" in succeed("compare", "good", "warm", "--all", cwd=runs).out


def test_compare_of_several_benchmarks_and_bad_input(runs: Path) -> None:
    make_run(runs / "other2", "other", bits("1" * 199 + "0"))
    ended = succeed("compare", "good", "other", "bad", "other2", "--json", cwd=runs)
    assert [each["benchmark"] for each in ended.json["benchmarks"]] == ["bench", "other"]
    assert "Holm" in succeed("compare", "good", "other", "bad", "other2", cwd=runs).out
    complain(2, "good (bench)", "other (other)", "--force", of=codeeval("compare", "good", "other", cwd=runs))
    assert "(--force)" in succeed("compare", "good", "other", "--force", cwd=runs).out
    complain(2, "codeeval compare A B", of=codeeval("compare", "good", cwd=runs))
    complain(2, "good", of=codeeval("compare", "good", "good", cwd=runs))


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

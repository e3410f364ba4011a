"""Gates with tiers and over suites: go, no-go or cannot tell; and their history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from support.runs import bits, make_run

import codeeval
from codeeval.cli.main import run_command
from codeeval.errors import CodeEvalError, DataError, UnknownName, UsageError
from codeeval.gating import Answer, Decision, Tier, read_history
from codeeval.records import write_atomically
from codeeval.session.evidence import run_gate, workflow_commands
from codeeval.session.settings import GateOptions, GateReports
from codeeval.suites import RunRecord, RunState, SuiteRecord, write_record
from codeeval.suites.record import BenchmarkRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.gating import GateResult

GOOD, BAD, FEW = "1" * 150 + "0" * 50, "1" * 100 + "0" * 100, "1" * 4 + "0" * 4
TIERS = {"alpha": Tier.CRITICAL, "beta": Tier.SUPPORTING, "gamma": Tier.ADVISORY}


def make_suite(
    path: Path,
    models: Mapping[str, Mapping[str, str | None]],
    tiers: Mapping[str, Tier] = TIERS,
    changes: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Write a suite: for each model its benchmarks' outcomes, None for a run that failed."""
    path.mkdir()
    runs = []
    for model, outcomes in models.items():
        for label, passed in outcomes.items():
            directory = f"{label}--{model}"
            if passed is not None:
                make_run(path / directory, label, bits(passed))
            runs.append(
                RunRecord(
                    label=label,
                    benchmark=label,
                    model=model,
                    spec="fake:",
                    directory=directory,
                    state=RunState.DONE if passed else RunState.FAILED,
                    error="" if passed else "no image",
                )
            )
    benchmarks = tuple(
        BenchmarkRecord(label=label, benchmark=label, weight=1, tier=tier, **(changes or {}).get(label, {}))
        for label, tier in tiers.items()
    )
    record = SuiteRecord(
        name="s", source="s.toml", codeeval_version="0", created="", benchmarks=benchmarks, runs=tuple(runs)
    )
    write_record(path, record)
    return path


def gate(path: Path, **how: object) -> GateResult:
    options = {"max_drop": "6pp", "model": "new", "baseline_model": "old"} | how
    return run_gate(GateOptions(candidate=path, baseline=path, **options))


@pytest.mark.parametrize(
    ("new", "answer", "decision"),
    [
        ({"alpha": GOOD, "beta": GOOD, "gamma": BAD}, Answer.GO, Decision.NOT_WORSE),
        ({"alpha": GOOD, "beta": GOOD, "gamma": None}, Answer.GO, Decision.NOT_WORSE),
        ({"alpha": GOOD, "beta": BAD, "gamma": GOOD}, Answer.NO_GO, Decision.WORSE),
        ({"alpha": BAD, "beta": None, "gamma": GOOD}, Answer.NO_GO, Decision.WORSE),
        ({"alpha": None, "beta": GOOD, "gamma": GOOD}, Answer.CANNOT_TELL, Decision.CANNOT_TELL),
        ({"alpha": GOOD, "beta": None, "gamma": GOOD}, Answer.CANNOT_TELL, Decision.CANNOT_TELL),
    ],
)
def test_tiers(tmp_path: Path, new: dict[str, str | None], answer: Answer, decision: Decision) -> None:
    old = dict.fromkeys(new, GOOD)
    result = gate(make_suite(tmp_path / "suite", {"old": old, "new": new}))
    assert (result.answer, result.decision, result.exit_code) == (answer, decision, decision.exit_code)
    assert [each.benchmark for each in result.absent] == [label for label, text in new.items() if not text]
    assert all("no image" in each.reason for each in result.absent)


def test_too_few_samples_of_a_supporting_benchmark_do_not_block(tmp_path: Path) -> None:
    outcomes = {"alpha": GOOD, "beta": FEW, "gamma": FEW}
    both = {"old": outcomes, "new": outcomes}
    result = gate(make_suite(tmp_path / "suite", both))
    assert result.answer is Answer.GO
    assert [check.decision for check in result.checks] == [
        Decision.NOT_WORSE,
        Decision.CANNOT_TELL,
        Decision.CANNOT_TELL,
    ]
    critical = make_suite(tmp_path / "critical", both, TIERS | {"beta": Tier.CRITICAL})
    assert gate(critical).answer is Answer.CANNOT_TELL


def test_an_unfinished_supporting_run_blocks(tmp_path: Path) -> None:
    outcomes: dict[str, str | None] = {"alpha": GOOD, "beta": GOOD, "gamma": GOOD}
    path = make_suite(tmp_path / "suite", {"old": outcomes, "new": outcomes | {"beta": None}})
    make_run(path / "beta--new", "beta", bits(GOOD), planned=2)
    result = gate(path)
    assert result.answer is Answer.CANNOT_TELL
    assert [check.incomplete for check in result.checks] == [False, True, False]


def test_advisory_checks_cost_the_others_no_power(tmp_path: Path) -> None:
    """A benchmark's adjusted p-values are the same beside advisory ones."""
    alone = {"alpha": Tier.CRITICAL}
    many = alone | {f"more{i}": Tier.ADVISORY for i in range(3)}
    results = []
    for name, tiers in (("alone", alone), ("many", many)):
        old, new = dict.fromkeys(tiers, FEW * 5), dict.fromkeys(tiers, "0" + FEW * 4 + FEW[:-1])
        results.append(gate(make_suite(tmp_path / name, {"old": old, "new": new}, tiers)).checks[0].drops[0])
    assert results[0].p_worse_adjusted == results[1].p_worse_adjusted
    assert results[0].p_better_adjusted == results[1].p_better_adjusted


def test_thresholds_by_benchmark(tmp_path: Path) -> None:
    """The plan's for a benchmark stand above the suite's, and those above the plan's default."""
    old = dict.fromkeys(TIERS, GOOD)
    changes = {"alpha": {"max_drop": 0.3}, "beta": {"max_drop": 0.04, "least": {"pass@1": 0.7}}}
    make_suite(tmp_path / "suite", {"old": old, "new": old}, changes=changes)
    config = tmp_path / "gate.yml"
    config.write_text(
        """
history: history.jsonl
max_drop: 9pp
checks:
  - candidate: suite
    model: new
    baseline: suite
    baseline_model: old
    benchmarks:
      alpha: {max_drop: 8pp, min: {pass@1: 0.9}, tier: supporting}
      gamma: {tier: critical}
""",
        "utf-8",
    )
    result = run_gate(GateOptions(config=config))
    assert [check.drops[0].max_drop for check in result.checks] == [0.08, 0.04, 0.09]
    assert [check.tier for check in result.checks] == [Tier.SUPPORTING, Tier.SUPPORTING, Tier.CRITICAL]
    assert [[floor.least for floor in check.floors] for check in result.checks] == [[0.9], [0.7], []]
    assert result.answer is Answer.NO_GO, "the least value of alpha is not met"
    assert len(read_history(tmp_path / "history.jsonl")) == 1


@pytest.mark.parametrize(
    ("how", "kind", "fact"),
    [
        ({"model": ""}, UsageError, "several models: old, new"),
        ({"baseline_model": ""}, UsageError, "--baseline-model"),
        ({"model": "newer"}, UnknownName, "new"),
        ({"baseline": Path("run")}, UsageError, "run is none"),
        ({"candidate": Path("run"), "baseline": None, "minimum": ("pass@1=0.1",)}, UsageError, "no suite"),
        ({"baseline": None, "baseline_model": ""}, UsageError, "nothing to decide"),
    ],
)
def test_questions_that_cannot_be_answered(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: dict[str, object],
    kind: type[CodeEvalError],
    fact: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    both = {"old": {"alpha": FEW}, "new": {"alpha": FEW}}
    suite = make_suite(Path("suite"), both, {"alpha": Tier.CRITICAL})
    make_run(Path("run"), "alpha", bits(FEW))
    options = {"candidate": suite, "baseline": suite, "model": "new", "baseline_model": "old"}
    with pytest.raises(kind) as caught:
        run_gate(GateOptions(**(options | how)))
    assert fact in str(caught.value)


def test_a_gate_that_nothing_could_fail_is_refused(tmp_path: Path) -> None:
    both = {"old": {"alpha": FEW}, "new": {"alpha": FEW}}
    path = make_suite(tmp_path / "suite", both, {"alpha": Tier.ADVISORY})
    with pytest.raises(UsageError, match="no check is critical"):
        gate(path)


def test_reports_show_tiers_and_what_is_absent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = dict.fromkeys(TIERS, GOOD)
    path = make_suite(tmp_path / "suite", {"old": old, "new": {"alpha": GOOD, "beta": None, "gamma": BAD}})
    files = {name: tmp_path / name for name in ("junit", "sarif", "markdown")}
    question = GateOptions(candidate=path, baseline=path, max_drop="6pp", model="new", baseline_model="old")
    result = run_gate(question, GateReports(**files))
    root = ET.fromstring(files["junit"].read_text("utf-8"))
    assert (root.get("failures"), root.get("errors")) == ("0", "1"), "an advisory regression is no failure"
    assert root.find("testsuite[@name='beta']/testcase/error") is not None
    assert root.find("testsuite[@name='gamma']/testcase[@name='gate']/skipped") is not None
    levels = {each["level"] for each in json.loads(files["sarif"].read_text("utf-8"))["runs"][0]["results"]}
    assert levels == {"note"}
    shown = files["markdown"].read_text("utf-8")
    assert "codeeval gate: cannot tell" in shown
    assert "<code>beta</code> (supporting): the candidate could not run it" in shown
    commands = list(workflow_commands(result))
    assert not any(line.startswith("::error") for line in commands)
    assert any(line.startswith("::warning") and "beta" in line for line in commands)
    arguments = ["gate", "--candidate", str(path), "--model", "new", "--baseline", str(path)]
    assert run_command([*arguments, "--baseline-model", "old", "--max-drop", "6pp"]) == 2
    assert "gamma (advisory)" in capsys.readouterr().out


def test_the_history_is_only_appended_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = {"old": {"alpha": GOOD}, "new": {"alpha": BAD}}
    path = make_suite(tmp_path / "suite", both, {"alpha": Tier.CRITICAL})
    file = tmp_path / "kept" / "history.jsonl"
    gate(path, history=file)
    first = file.read_bytes()
    file.write_bytes(first + b'{"torn')
    result = codeeval.gate(path, path, model="old", baseline_model="old", max_drop="6pp", history=str(file))
    assert result.answer is Answer.GO
    assert file.read_bytes().startswith(first)
    past = codeeval.gate_history(file)
    assert [each.answer for each in past] == [Answer.NO_GO, Answer.GO]
    (metric,) = past[0].checks[0].metrics
    assert (metric.metric, metric.baseline, metric.candidate) == ("pass@1", 0.75, 0.5)
    assert run_command(["gate", "--show-history", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "no-go" in shown
    assert "alpha worse" in shown
    assert run_command(["gate", "--show-history", str(file), "--candidate", "x"]) == 3
    capsys.readouterr()
    write_atomically(file, [first, b'{"answer": 3}\n'])
    with pytest.raises(DataError, match=r"history.jsonl:2"):
        read_history(file)
    assert run_command(["gate", "--show-history", str(tmp_path / "none")]) == 4

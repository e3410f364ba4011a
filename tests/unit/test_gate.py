"""The gate: its decisions, what keeps a run from passing, and what it is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.runs import P, S, W, bits, make_run

from codeeval.errors import DataError, RunMismatch, UnknownName, UsageError
from codeeval.gating import Check, Decision, Evidence, Plan, decide, gate, overall, parse_drop, parse_least
from codeeval.types import Sampling

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.gating import CheckResult

B, N, C, X = Decision.BETTER, Decision.NOT_WORSE, Decision.CANNOT_TELL, Decision.WORSE


def one(baseline: Path | None, candidate: Path, **how: object) -> CheckResult:
    plan = Plan(checks=(Check(baseline=baseline, candidate=candidate, **how),))
    (result,) = gate(plan).checks
    return result


@pytest.mark.parametrize(
    ("baseline", "candidate", "max_drop", "decision"),
    [
        ("1" * 50 + "0" * 50, "0" * 100, 0.02, X),
        ("0" * 100, "1" * 30 + "0" * 70, 0.02, B),
        ("1" * 100 + "0" * 100, "1" * 100 + "0" * 100, 0.02, N),
        ("1" * 10 + "0" * 10, "1" * 10 + "0" * 10, 0.02, C),
        ("1" * 10 + "0" * 10, "1" * 10 + "0" * 10, 0.15, N),
        ("1" * 100 + "0" * 64, "0" * 4 + "1" * 96 + "0" * 64, 0.02, C),
        # A drop that is certain, but smaller than what is allowed, passes.
        ("1" * 200 + "0" * 200, "0" * 8 + "1" * 192 + "0" * 200, 0.10, N),
    ],
)
def test_decisions(
    tmp_path: Path, baseline: str, candidate: str, max_drop: float, decision: Decision
) -> None:
    a = make_run(tmp_path / "a", "bench", bits(baseline))
    b = make_run(tmp_path / "b", "bench", bits(candidate))
    result = one(a, b, max_drop=max_drop)
    assert result.decision is decision
    assert result.reason.startswith(f"{decision}: pass@1 went from ")


@pytest.mark.parametrize(("decision", "code"), [(B, 0), (N, 0), (X, 1), (C, 2)])
def test_exit_codes(decision: Decision, code: int) -> None:
    assert decision.exit_code == code


@pytest.mark.parametrize(
    ("decisions", "whole"),
    [([N, B], B), ([N, N], N), ([B, C], C), ([C, X, B], X), ([], N)],
)
def test_the_gate_is_as_bad_as_its_worst_check(decisions: list[Decision], whole: Decision) -> None:
    assert overall(decisions) is whole


def test_claims_of_any_are_adjusted_and_claims_of_all_are_not() -> None:
    worse = Evidence(not_worse=0.99, worse=0.03, better=0.99)
    fine = Evidence(not_worse=0.03, worse=0.99, better=0.99)
    gain = Evidence(not_worse=0.001, worse=0.99, better=0.03)
    assert decide([worse], 0.05) == [X]
    assert decide([worse, fine], 0.05) == [C, N]
    assert decide([fine, fine, fine], 0.05) == [N, N, N]
    assert decide([gain], 0.05) == [B]
    assert decide([gain, fine], 0.05) == [N, N]


def test_an_undecided_gate_states_what_would_decide_it(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("10" * 10))
    b = make_run(tmp_path / "b", "bench", bits("10" * 9 + "01"))
    (drop,) = one(a, b).drops
    assert drop.decision is C
    assert "samples" not in drop.needs  # sampled at temperature 0, more samples would be the same
    hot = Sampling(seed=1, temperature=0.8)
    a = make_run(tmp_path / "c", "bench", bits(" ".join(["1010", "1110"] * 10)), sampling=hot)
    b = make_run(tmp_path / "d", "bench", bits(" ".join(["1110", "1010"] * 10)), sampling=hot)
    (drop,) = one(a, b).drops
    assert drop.decision is C
    assert "samples" in drop.needs
    assert " 4" in drop.needs


def test_a_drop_equal_to_the_allowed_one_cannot_be_decided(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1" * 10 + "0" * 10))
    b = make_run(tmp_path / "b", "bench", bits("1" * 9 + "0" * 11))
    (drop,) = one(a, b, max_drop=0.05).drops
    assert drop.decision is C
    assert "-5.0 pp" in drop.needs


def test_least_values_are_decided_by_the_estimate(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", "bench", bits("1" * 60 + "0" * 40))
    result = one(None, run, least={"pass@1": 0.6})
    (floor,) = result.floors
    assert (floor.value, floor.decision, floor.clear, result.decision) == (0.6, N, False, N)
    assert floor.reason
    result = one(None, run, least={"pass@1": 0.61})
    assert (result.floors[0].decision, result.floors[0].clear, result.decision) == (X, False, X)
    result = one(None, run, least={"pass@1": 0.9})
    assert (result.floors[0].decision, result.floors[0].clear) == (X, True)
    assert floor.reason not in result.reason


def test_an_unfinished_run_does_not_pass(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1" * 200))
    b = make_run(tmp_path / "b", "bench", {**bits("1" * 199), "Task/199": []}, planned=1)
    result = one(a, b, least={"pass@1": 0.5})
    assert result.decision is C
    assert "unfinished" in result.reason
    assert "199 of 200 samples" in " ".join(result.warnings)
    assert one(None, b, least={"pass@1": 1.0}).decision is C
    worse = make_run(tmp_path / "c", "bench", {**bits("0" * 199), "Task/199": []}, planned=1)
    assert one(a, worse).decision is X


def test_too_many_sandbox_errors_leave_the_gate_undecided(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1" * 200))
    outcomes = {**bits("1" * 197), **{f"Task/{i}": [S] for i in range(197, 200)}}
    b = make_run(tmp_path / "b", "bench", outcomes)
    check = Check(baseline=a, candidate=b)
    strict = gate(Plan(checks=(check,)))
    assert (strict.decision, strict.exit_code) == (C, 2)
    assert "1.5%" in strict.checks[0].reason
    assert gate(Plan(checks=(check,), max_sandbox_errors=0.02)).decision is N


def test_several_checks_are_decided_together(tmp_path: Path) -> None:
    good = Check(
        baseline=make_run(tmp_path / "a", "one", bits("1" * 200)),
        candidate=make_run(tmp_path / "b", "one", bits("1" * 200)),
    )
    bad = Check(
        baseline=make_run(tmp_path / "c", "two", bits("1" * 50)),
        candidate=make_run(tmp_path / "d", "two", bits("0" * 50)),
    )
    result = gate(Plan(checks=(good, bad)))
    assert [each.decision for each in result.checks] == [N, X]
    assert (result.decision, result.exit_code) == (X, 1)
    drop = result.checks[1].drops[0]
    assert drop.p_worse_adjusted == pytest.approx(2 * drop.p_worse)


def test_differences_and_exclusions_are_reported(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1" * 200))
    b = make_run(tmp_path / "b", "bench", bits("1" * 150), template_hash="8" * 64)
    warnings = " ".join(one(a, b).warnings)
    assert "50 tasks" in warnings
    assert "dataset.rows, template_hash" in warnings


def test_a_run_against_itself_is_noted(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1" * 200))
    result = one(a, a)
    assert result.decision is N
    (warning,) = result.warnings
    assert "baseline" in warning


def test_other_benchmarks_and_metrics_are_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "other", bits("11"))
    with pytest.raises(RunMismatch):
        one(a, b)
    with pytest.raises(UnknownName, match=r"plus\.pass@1"):
        one(a, a, metrics=("plus.pass@1",))
    with pytest.raises(UsageError, match="'accuracy'"):
        one(a, a, metrics=("accuracy",))
    with pytest.raises(UsageError, match="pass@2"):
        one(a, a, metrics=("pass@2",))
    with pytest.raises(UsageError, match="pass@2"):
        one(None, a, least={"pass@2": 0.1})
    empty = make_run(tmp_path / "c", "bench", {"Task/0": []}, planned=1)
    with pytest.raises(DataError, match=re.escape(f"codeeval execute bench {empty}")):
        one(a, empty)


def test_a_run_whose_every_sandbox_failed_is_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", {"x": [P], "y": [W]})
    b = make_run(tmp_path / "b", "bench", {"x": [S], "y": [S]})
    with pytest.raises(UsageError, match="pass@1"):
        one(a, b)


@pytest.mark.parametrize(
    ("text", "drop"),
    [
        ("2pp", 0.02),
        ("2 PP", 0.02),
        (".5pp", 0.005),
        ("1 point", 0.01),
        ("0.02", 0.02),
        (0.02, 0.02),
        ("0", 0.0),
    ],
)
def test_drops_in_every_notation(text: str | float, drop: float) -> None:
    assert parse_drop(text) == pytest.approx(drop)


@pytest.mark.parametrize("text", ["2%", "2", "-1pp", "100pp", "nan", "inf", "two", "", "1e400", "2pp0"])
def test_drops_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_drop(text)
    assert "2pp" in refused.value.remedy


def test_least_values_in_every_notation() -> None:
    assert parse_least("pass@1=0.6") == ("pass@1", 0.6)
    assert parse_least("base.pass@10 = 1") == ("base.pass@10", 1.0)
    for text in ("pass@1", "pass@1=60", "pass@1=60%", "pass@0=0.5", "speed=0.5", "pass@1=nan", "=0.5"):
        with pytest.raises(UsageError):
            parse_least(text)

"""``codeeval score``: parts and groups in ``metrics.json``, and verdicts judged anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.runs import P, S, W, make_run

from codeeval.interfaces import Scoring
from codeeval.pipeline import read_metrics, score
from codeeval.records import RunDirectory
from codeeval.types import Evidence, Limits, Outcome, Part, StepKind, StepResult, StepStatus, Verdict

if TYPE_CHECKING:
    from pathlib import Path

PASSED = StepResult(name="run", status=StepStatus.EXITED, completed=True)
FAILED = StepResult(
    name="run", status=StepStatus.EXITED, exit_code=1, report="raised\nAssertionError\nit is 3"
)


def with_evidence(verdict: Verdict) -> Verdict:
    """Give a verdict the evidence that its outcome follows from."""
    last = PASSED if verdict.outcome is Outcome.PASSED else FAILED
    evidence = Evidence(
        kind=StepKind.PYTHON,
        limits=Limits(cpu_s=1.0, wall_s=3.0),
        last=last,
        matched=verdict.outcome is Outcome.PASSED,
    )
    detail = "" if verdict.outcome is Outcome.PASSED else "AssertionError: it is 3"
    return msgspec.structs.replace(verdict, evidence=(evidence,), detail=detail)


def outcomes(path: Path) -> list[tuple[str, int, Outcome, str]]:
    with RunDirectory.open(path) as run:
        return [(each.task_id, each.sample, each.outcome, each.detail) for each in run.verdicts()]


def test_a_record_that_this_version_judges_alike_stays_byte_for_byte(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "b", {"Task/0": [P, W], "Task/1": [W, W]}, verdict=with_evidence)
    before = {file.name: file.read_bytes() for file in run.iterdir() if file.name != "run.lock"}
    result = score(run, (1,))
    assert result.rejudged == 0
    assert {file.name: file.read_bytes() for file in run.iterdir() if file.name != "run.lock"} == before


def test_a_verdict_that_its_evidence_contradicts_is_replaced_and_counted(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "b", {"Task/0": [P, W], "Task/1": [W, W]}, verdict=with_evidence)
    lines = (run / "verdicts.jsonl").read_bytes().splitlines()
    forged = [line.replace(b'"WRONG_ANSWER"', b'"PASSED"') for line in lines[:3]] + lines[3:]
    (run / "verdicts.jsonl").write_bytes(b"\n".join(forged) + b"\n")
    result = score(run, (1,))
    assert result.rejudged == 2
    assert result.metrics is not None
    assert result.metrics.metrics["pass@1"].value == 0.25
    assert [outcome for *_, outcome, _ in outcomes(run)] == [P, W, W, W]
    assert score(run, (1,)).rejudged == 0


def test_metrics_with_fields_that_are_gone_are_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [P, W]})
    before, file = read_metrics(run), run / "metrics.json"
    earlier = msgspec.json.decode(file.read_bytes()) | {"resamples": 10_000, "seed": 0}
    file.write_bytes(msgspec.json.encode(earlier))
    assert read_metrics(run) == before
    score(run, (1,))
    assert "resamples" not in msgspec.json.decode(file.read_bytes())


def test_parts_and_groups_are_in_the_metrics(tmp_path: Path) -> None:
    def parted(verdict: Verdict) -> Verdict:
        if verdict.outcome is S:
            return verdict
        parts = (
            Part(name="raw", outcome=verdict.outcome),
            Part(name="sanitised", outcome=P if verdict.task_id != "Task/2" else W),
        )
        return msgspec.structs.replace(verdict, parts=parts)

    run = make_run(
        tmp_path / "run",
        "b",
        {"Task/0": [P], "Task/1": [W], "Task/2": [W], "Task/3": [S]},
        verdict=parted,
        scoring=Scoring(parts=("raw", "sanitised"), best_of=True),
        groups={"easy": ("Task/0", "Task/1"), "broken": ("Task/3",), "absent": ("Task/9",)},
    )
    metrics = read_metrics(run)
    values = {name: round(each.value, 6) for name, each in metrics.metrics.items()}
    assert values == {"pass@1": 0.666667, "raw.pass@1": 0.333333, "sanitised.pass@1": 0.666667}
    assert (metrics.metrics["pass@1"].worst, metrics.metrics["pass@1"].best) == (0.5, 0.75)
    assert list(metrics.groups) == ["easy", "broken"], "a group without samples is omitted"
    easy = metrics.groups["easy"]
    assert (easy.tasks, easy.samples, easy.metrics["pass@1"].value) == (2, 2, 1.0)
    assert easy.metrics["raw.pass@1"].value == 0.5
    assert metrics.groups["broken"].metrics == {}
    assert metrics.groups["broken"].outcomes["SANDBOX_ERROR"] == 1

"""Run directories of schema 1, as codeeval 0.1.0 wrote them: read, scored, compared, shown and reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from codeeval.cli.main import run_command
from codeeval.pipeline.references import read_references
from codeeval.records import RunDirectory
from codeeval.types import Outcome

RUNS = Path(__file__).parents[1] / "fixtures" / "runs_schema1"
ALL = sorted(path.name for path in RUNS.iterdir() if path.is_dir())
JUDGED = [name for name in ALL if name != "generated"]
OF_HUMANEVAL = ["reference", "samples", "chat", "self-repair", "majority"]
KS = {"samples": "1,2,5", "majority": "1,2"}
EVIDENCE = {"said": "hint", "words": "diagnostic", "refuted": "violated_rule", "difference": "difference"}
"""Fields of a verdict's evidence by their names in schema 1, and what they are called now."""

# Any: what JSON holds
Rows = list[dict[str, Any]]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A copy: scoring writes."""
    return Path(shutil.copytree(RUNS, tmp_path / "runs"))


def lines(name: str, file: str) -> Rows:
    return [json.loads(line) for line in (RUNS / name / file).read_text("utf-8").splitlines()]


def without_schema(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    value.pop("schema", None)
    return value


def outcome_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code = run_command([*map(str, arguments), "--json"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def test_the_fixture_has_every_shape_of_record() -> None:
    """Otherwise the other tests would show less than they seem to."""
    verdicts = [line for name in JUDGED for line in lines(name, "verdicts.jsonl")]
    assert {line["outcome"] for line in verdicts} == set(Outcome)
    evidence = [each for line in verdicts for each in line.get("evidence", ())]
    assert {each["kind"] for each in evidence} == {"python", "forked", "command", "calls", "proof"}
    for field in (*EVIDENCE, "missing", "cumulative"):
        assert any(each.get(field) for each in evidence), field
    for field in ("parts", "scores", "stderr", "stdout", "attempts", "compile_s"):
        assert any(line.get(field) for line in verdicts), field
    assert any(line["study"] for line in verdicts)
    completions = [line for name in ALL for line in lines(name, "completions.jsonl")]
    for field in ("trace", "reasoning", "score", "usage", "finish_reason"):
        assert any(line.get(field) for line in completions), field
    schemas = {json.loads((RUNS / name / "run.json").read_text())["schema"] for name in ALL}
    assert schemas | {line["schema"] for line in (*verdicts, *completions)} == {1}


@pytest.mark.parametrize("name", ALL)
def test_configuration_and_completions_are_read(name: str) -> None:
    stored = json.loads((RUNS / name / "run.json").read_text("utf-8"))
    with RunDirectory.open(RUNS / name) as run:
        assert run.config.benchmark == stored["benchmark"]
        assert run.config.settings == stored["settings"]
        assert run.config.plan == stored["plan"]
        assert run.config.dataset.sha256 == stored["dataset"]["sha256"]
        assert run.config.model.spec == stored["model"]["spec"]
        assert run.config.model.style == stored["model"]["style"]
        assert run.config.sampling.max_tokens == stored["sampling"]["max_tokens"]
        assert (run.config.sandbox.toolchain if run.config.sandbox else None) == (
            stored["sandbox"]["toolchain"] if stored["sandbox"] else None
        )
        assert (run.config.strategy.name if run.config.strategy else None) == (
            stored["strategy"]["name"] if stored["strategy"] else None
        )
        assert run.config.scoring.scores == tuple(stored["scoring"]["scores"])
        rows = lines(name, "completions.jsonl")
        read = list(run.completions())
        assert [(each.task_id, each.sample, each.text) for each in read] == [
            (row["task_id"], row["sample"], row["text"]) for row in rows
        ]
        assert [each.reasoning for each in read] == [row.get("reasoning", "") for row in rows]
        assert [each.score for each in read] == [row.get("score") for row in rows]
        assert [[turn.step for turn in each.trace] for each in read] == [
            [turn["step"] for turn in row.get("trace", ())] for row in rows
        ]
        assert [(each.usage.prompt_tokens, each.usage.generations) for each in read] == [
            (row.get("usage", {}).get("prompt_tokens", 0), row.get("usage", {}).get("draws", 1))
            for row in rows
        ]


@pytest.mark.parametrize("name", JUDGED)
def test_verdicts_are_read_with_their_evidence(name: str) -> None:
    rows = lines(name, "verdicts.jsonl")
    with RunDirectory.open(RUNS / name) as run:
        read = list(run.verdicts())
    for field in ("task_id", "sample", "outcome", "detail", "rule", "wall_s", "cpu_s", "peak_rss_bytes"):
        assert [getattr(each, field) for each in read] == [row[field] for row in rows], field
    for field in ("stdout", "stderr"):
        assert [getattr(each, field) for each in read] == [row.get(field, "") for row in rows], field
    assert [[(part.name, part.outcome) for part in each.parts] for each in read] == [
        [(part["name"], part["outcome"]) for part in row.get("parts", ())] for row in rows
    ]
    assert [[(score.scorer, score.value) for score in each.scores] for each in read] == [
        [(score["scorer"], score["value"]) for score in row.get("scores", ())] for row in rows
    ]
    for each, row in zip(read, rows, strict=True):
        stored = row.get("evidence", [])
        assert [evidence.matched for evidence in each.evidence] == [
            evidence.get("matched", False) for evidence in stored
        ]
        assert [evidence.last.status for evidence in each.evidence] == [
            evidence["last"]["status"] for evidence in stored
        ]
        for old, new in EVIDENCE.items():
            # an enum's empty member is a text as well
            assert [str(getattr(evidence, new)) for evidence in each.evidence] == [
                evidence.get(old, "") for evidence in stored
            ], old


def test_the_reference_check_is_read() -> None:
    report = read_references(RUNS / "plus")
    assert report is not None
    assert (report.tasks, report.passed, report.failures[0].outcome) == (3, 2, Outcome.TIMEOUT)


@pytest.mark.parametrize("name", JUDGED)
def test_scoring_again_gives_the_stored_metrics(
    name: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (runs / name / "verdicts.jsonl").read_bytes()
    scored = outcome_json(capsys, "score", runs / name, "--k", KS.get(name, "1,10,100"))
    assert scored.get("rejudged", 0) == 0
    assert without_schema(runs / name / "metrics.json") == without_schema(RUNS / name / "metrics.json")
    assert (runs / name / "verdicts.jsonl").read_bytes() == before
    timings = without_schema(RUNS / name / "timings.json")
    timings["generations"] = timings.pop("draws")
    assert {
        key: value for key, value in without_schema(runs / name / "timings.json").items() if key in timings
    } == (timings)


def test_runs_of_one_benchmark_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    compared = outcome_json(capsys, "compare", *(RUNS / name for name in OF_HUMANEVAL))
    (benchmark,) = compared["benchmarks"]
    assert [run["label"] for run in benchmark["runs"]] == OF_HUMANEVAL
    assert {"model.spec", "strategy.name"} <= {each["name"] for each in benchmark["differences"]}


@pytest.mark.parametrize("name", ALL)
def test_a_run_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = outcome_json(capsys, "show", RUNS / name)
    plan = json.loads((RUNS / name / "run.json").read_text("utf-8"))["plan"]
    assert {task["task_id"]: task["planned"] for task in shown["tasks"]} == plan
    assert run_command(["show", str(RUNS / name)]) == 0


@pytest.mark.parametrize("name", [*OF_HUMANEVAL, "generated"])
def test_a_sample_is_shown_with_its_prompt(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = outcome_json(capsys, "show", RUNS / name, "--task", "HumanEval/0", "--offline")
    assert shown["completion"]["text"] == lines(name, "completions.jsonl")[0]["text"]
    assert (
        shown["prompt"]["template_hash"]
        == json.loads((RUNS / name / "run.json").read_text())["template_hash"]
    )
    assert shown["program"]["files"]
    assert run_command(["show", str(RUNS / name), "--task", "HumanEval/0", "--offline"]) == 0


def test_all_runs_are_reported(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    assert (
        run_command(["report", *(str(runs / name) for name in JUDGED), "--offline", "--out", str(page)]) == 0
    )
    assert page.stat().st_size > 100_000
    capsys.readouterr()


def test_samples_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "samples.jsonl"
    outcome_json(capsys, "export", RUNS / "samples", "--format", "human-eval", "--out", out)
    exported = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(exported) == len(lines("samples", "completions.jsonl"))


@pytest.mark.bubblewrap
def test_completions_of_an_old_run_are_executed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome_json(capsys, "execute", "humaneval", runs / "generated", "--sandbox", "bubblewrap")
    with RunDirectory.open(runs / "generated") as run:
        outcomes = [verdict.outcome for verdict in run.verdicts()]
    wrong = ["return 'wrong'" in row["text"] for row in lines("generated", "completions.jsonl")]
    assert any(wrong)
    assert outcomes == [Outcome.WRONG_ANSWER if each else Outcome.PASSED for each in wrong]

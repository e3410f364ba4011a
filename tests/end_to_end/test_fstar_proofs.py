"""Proofs from data to verdict: on a double of recorded sessions, or on a real F* where one is named."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import codeeval
from support.fstar_replay import task as task_of

from codeeval import benchmarks
from codeeval.benchmarks.fstar.benchmark import FStar
from codeeval.config import load_settings
from codeeval.errors import SandboxError
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import judge
from codeeval.provers.findings import Category
from codeeval.provers.fstar.prover import FStarLauncher
from codeeval.testing import golden
from codeeval.types import Completion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.provers.fstar.task import ProofTask
    from codeeval.provers.sandbox import Checkers

pytestmark = pytest.mark.fstar_recordings
WALL_S = 300.0
REFUSED = {
    "admit": {Category.CHEAT},
    "admitP": {Category.CHEAT},
    "admit_smt_queries": {Category.CHEAT},
    "assume_false": {Category.CHEAT},
    "assume_val_helper": {Category.CHEAT},
    "commented_admit": {Category.CHEAT},
    "comment_only": {Category.MISMATCH},
    "empty": {Category.MISMATCH},
    "expect_failure": {Category.CHEAT},
    "extra_axiom": {Category.CHEAT},
    "lax_pragma": {Category.CHEAT},
    "other_lemma": {Category.MISMATCH},
    "weaker_type": {Category.MISMATCH},
    "unterminated_doc": {Category.SYNTAX},
    "pop_options": {Category.CHEAT},
    "set_smt": {Category.CHEAT},
}
"""What F* accepted, died of, or is not sent, and what it is found to be; else F*'s own message decides."""
BY_NUMBER = {19: Category.UNPROVED, 16: Category.UNPROVED, 168: Category.SYNTAX}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def files(fstar_recordings: Path) -> Iterator[Checkers[ProofTask]]:
    settings = load_settings()
    include = tuple(settings.fstar_include.split(":")) if settings.fstar_include else ()
    prover = settings.fstar or f"double:{fstar_recordings}"
    files = FStarLauncher().checkers(SandboxOptions(image="fstar", prover=prover, prover_include=include))
    files.open()
    yield files
    files.close()


def test_every_verified_definition_is_accepted(files: Checkers[ProofTask], fstar_recordings: Path) -> None:
    rows = sorted(read(fstar_recordings / "problems.jsonl"), key=lambda row: row["file_name"])
    assert len(rows) == 132
    for row in rows:
        finding = files.check(task_of(row), row["source_definition"], WALL_S)
        assert finding.category is Category.ACCEPTED, (row["name"], finding)


def test_every_wrong_candidate_gets_the_verdict_of_f_stars_messages(
    files: Checkers[ProofTask], fstar_recordings: Path
) -> None:
    problems = {row["name"]: row for row in read(fstar_recordings / "problems.jsonl")}
    accepted: Counter[str] = Counter()
    for row in sorted(read(fstar_recordings / "negatives.jsonl"), key=lambda row: row["file_name"]):
        found = files.check(task_of(problems[row["name"]]), row["candidate"], WALL_S)
        if found.category is Category.ACCEPTED:
            assert row["may_be_a_real_proof"], row
            assert row["status"] == "success"
            accepted[row["kind"]] += 1
        elif row["status"] != "failure" or row["kind"] in ("pop_options", "set_smt"):
            assert {found.category} == REFUSED[row["kind"]], (row["kind"], found)
        else:
            number = row["numbers"][0][0]
            assert found.category is BY_NUMBER.get(number, Category.TYPE), (row["kind"], number, found)
    assert accepted == {"unit": 4, "other_body": 1}


def test_the_golden_cases_have_their_outcomes(fstar_recordings: Path) -> None:
    folder = Path(benchmarks.__path__[0]) / "fstar"
    benchmark = FStar(BenchmarkOptions())
    loaded = benchmark.load(DataSource(root=fstar_recordings))
    problems = {problem.task_id: problem for problem in loaded.problems}
    prover = load_settings().fstar or f"double:{fstar_recordings}"
    sandbox = FStarLauncher().launch(SandboxOptions(image="fstar", prover=prover))
    for case in golden.read(folder / "golden/cases.jsonl"):
        if isinstance(case, golden.GoldenProgram):
            completion = Completion(task_id=case.task_id, sample=0, text=case.text, kind=case.kind)
            program = benchmark.program(problems[case.task_id], completion)
            execution = None
            if program.steps:
                sandbox.send([program])
                execution = sandbox.receive()
            assert judge(program, execution).outcome is case.outcome, case
    sandbox.close()


def test_wrong_candidates_of_a_file_cost_one_start_and_each_proof_one_of_its_own(
    fstar_recordings: Path, tmp_path: Path
) -> None:
    log = tmp_path / "starts"
    binary = tmp_path / "fstar.exe"
    double = f'exec {sys.executable} -m codeeval.provers.fstar.double {fstar_recordings} "$@"'
    binary.write_text(f'#!/bin/sh\ncase "$*" in *--ide*) echo start >> {log};; esac\n{double}\n')
    binary.chmod(0o755)
    files = FStarLauncher().checkers(SandboxOptions(image="fstar", prover=str(binary)))
    files.open()
    rows = {row["name"]: row for row in read(fstar_recordings / "problems.jsonl")}
    wrong = [row for row in read(fstar_recordings / "negatives.jsonl") if row["numbers"]]
    row = max(wrong, key=lambda row: sum(each["file_name"] == row["file_name"] for each in wrong))
    task = task_of(rows[row["name"]])
    for _ in range(200):
        assert files.check(task, row["candidate"], WALL_S).category is not Category.ACCEPTED
    assert log.read_text() == "start\n"
    for _ in range(3):
        assert files.check(task, task.reference, WALL_S).category is Category.ACCEPTED
    assert files.starts == 1 + 3
    files.close()
    assert log.read_text() == "start\n" * 4


def test_a_run_on_a_double_states_that_it_is_one(fstar_recordings: Path, tmp_path: Path) -> None:
    done = codeeval(
        *("run", "fstar", "--data-root", fstar_recordings, "--model", "reference:", "--limit", 6),
        *("--sandbox", f"fstar:double:{fstar_recordings}", "--out", tmp_path / "run"),
    )
    assert done.code == 0, done.err
    assert "double" in done.err
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metrics["metrics"]["verify@1"] == metrics["metrics"]["pass@1"]
    assert metrics["metrics"]["verify@1"]["value"] == 1.0
    assert set(metrics["groups"]) <= {"proof", "simply typed", "dependently typed"}
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert "double" in run["sandbox"]["toolchain"]["fstar"]
    assert run["sandbox"]["description"]["double"] == str(fstar_recordings)


def test_an_unrecorded_query_has_no_verdict(fstar_recordings: Path, tmp_path: Path) -> None:
    row = read(fstar_recordings / "problems.jsonl")[0]
    wrong = {"task_id": row["name"], "solution": row["source_definition"] + " (* never recorded *)"}
    (tmp_path / "samples.jsonl").write_text(json.dumps(wrong))
    done = codeeval(
        *(
            "execute",
            "fstar",
            tmp_path / "samples.jsonl",
            "--data-root",
            fstar_recordings,
            "--out",
            tmp_path / "run",
        ),
        *("--sandbox", f"fstar:double:{fstar_recordings}"),
    )
    assert done.code == 6, done.err
    assert "recording" in done.err
    verdict = json.loads((tmp_path / "run/verdicts.jsonl").read_text().splitlines()[0])
    assert (verdict["outcome"], verdict.get("attempts", 1)) == ("SANDBOX_ERROR", 1)


@pytest.mark.model
def test_a_real_model_runs_on_the_double(fstar_recordings: Path, weights: Path, tmp_path: Path) -> None:
    done = codeeval(
        *("run", "fstar:none", "--data-root", fstar_recordings, "--model", "local:smollm2", "--limit", 2),
        *("--max-tokens", 16, "--max-sandbox-errors", 1, "--sandbox", f"fstar:double:{fstar_recordings}"),
        *("--out", tmp_path / "run"),
    )
    assert done.code == 0, done.err
    assert "double" in done.err
    assert len((tmp_path / "run/verdicts.jsonl").read_text().splitlines()) == 2


def test_without_f_star_the_error_names_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        FStarLauncher().describe(SandboxOptions(image="fstar", prover=str(tmp_path / "none")))
    assert "releases" in caught.value.remedy
    other = tmp_path / "not-fstar"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(SandboxError, match=re.escape(str(other))):
        FStarLauncher().describe(SandboxOptions(image="fstar", prover=str(other)))

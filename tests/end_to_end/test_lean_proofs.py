"""Lean's theorems from data to verdict, on a double whose sessions are written by hand."""

from __future__ import annotations

import json
from pathlib import Path

from command import codeeval, complain
from support import lean_sessions as sessions

from codeeval import benchmarks
from codeeval.benchmarks.lean.benchmark import Lean
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import judge
from codeeval.provers.lean.prover import LeanLauncher
from codeeval.testing import golden
from codeeval.types import Completion, CompletionKind, Outcome

ROW = {
    "name": "add_swap",
    "split": "test",
    "informal_prefix": "/-- Sums commute. -/\n",
    "formal_statement": f"{sessions.STATED} := by\n",
    "header": sessions.HEADER,
    "goal": "a b : Nat |- a + b = b + a",
    "formal_proof": ":= by\n  omega",
}


def data(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "minif2f.jsonl").write_text(json.dumps(ROW) + "\n")
    return folder


def test_a_run_on_a_double_states_that_it_is_one(tmp_path: Path) -> None:
    double = sessions.write(tmp_path / "double", repl=True)
    done = codeeval(
        *(
            "run",
            "lean",
            "--data-root",
            data(tmp_path / "data"),
            "--model",
            "reference:",
            "--sandbox",
            f"lean:{double}",
        ),
        *("--out", tmp_path / "run"),
    )
    assert done.code == 0, done.err
    assert "double" in done.err
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metrics["metrics"]["verify@1"]["value"] == 1.0
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert "double" in run["sandbox"]["toolchain"]["lean"]


def test_a_run_resumes_under_its_limits_alone(tmp_path: Path) -> None:
    double = sessions.write(tmp_path / "double")
    command = ("run", "lean", "--data-root", data(tmp_path / "data"), "--model", "reference:")
    command += ("--sandbox", f"lean:{double}", "--out", tmp_path / "run")
    assert [codeeval(*command).code for _ in range(2)] == [0, 0]
    assert codeeval(*command, "--wall-limit", 60).code == 2


def test_answers_get_the_outcomes_of_leans_messages(tmp_path: Path) -> None:
    double = sessions.write(tmp_path / "double")
    benchmark = Lean(BenchmarkOptions())
    problem = benchmark.load(DataSource(root=data(tmp_path / "data"))).problems[0]
    sandbox = LeanLauncher().launch(SandboxOptions(image="lean", prover=double))

    def outcome(text: str, kind: CompletionKind) -> tuple[Outcome, str]:
        completion = Completion(task_id=problem.task_id, sample=0, text=text, kind=kind)
        program = benchmark.program(problem, completion)
        execution = None
        if program.steps:
            sandbox.send([program])
            execution = sandbox.receive()
        found = judge(program, execution)
        return found.outcome, found.detail

    answer = CompletionKind.ANSWER
    whole = f"<think>sorry</think>Here:\n```lean4\n{sessions.HEADER}\n{sessions.PROOF}\n```"
    assert outcome(whole, answer)[0] is Outcome.PASSED
    assert outcome("```lean\nomega\n```", answer)[0] is Outcome.PASSED
    assert outcome("```lean\nby\n  omega\n```", answer)[0] is Outcome.PASSED
    assert outcome("\n  omega", CompletionKind.CONTINUATION)[0] is Outcome.PASSED
    assert outcome("I cannot.", answer)[0] is Outcome.NO_CODE
    assert outcome(sessions.WRONG, CompletionKind.SOLUTION)[0] is Outcome.WRONG_ANSWER
    assert outcome(sessions.WRONG, CompletionKind.SOLUTION)[1].startswith("unproved: ")
    assert outcome(sessions.UNKNOWN, CompletionKind.SOLUTION)[0] is Outcome.COMPILE_ERROR
    for cheat in benchmark.cheats(problem):
        found, detail = outcome(cheat.completion.text, CompletionKind.SOLUTION)
        assert found is not Outcome.PASSED, cheat.name
        # for an unrecorded candidate the double has no messages; the others are refused by rule
        assert (found is Outcome.SANDBOX_ERROR) is (cheat.name in ("another statement", "comment only")), (
            detail
        )
    sandbox.close()


def test_the_golden_cases_have_their_outcomes(tmp_path: Path) -> None:
    folder = Path(benchmarks.__path__[0]) / "lean" / "golden"
    benchmark = Lean(BenchmarkOptions())
    problem = benchmark.load(DataSource(root=folder)).problems[0]
    double = sessions.write(tmp_path)
    sandbox = LeanLauncher().launch(SandboxOptions(image="lean", prover=double))
    for case in golden.read(folder / "cases.jsonl"):
        if isinstance(case, golden.GoldenProgram):
            completion = Completion(task_id=case.task_id, sample=0, text=case.text, kind=case.kind)
            program = benchmark.program(problem, completion)
            execution = None
            if program.steps:
                sandbox.send([program])
                execution = sandbox.receive()
            assert judge(program, execution).outcome is case.outcome, case
    sandbox.close()


def test_malformed_data_is_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "minif2f.jsonl").write_text(
        json.dumps(ROW) + '\n{"name": "x", "formal_statement": "def x"}\n'
    )
    done = codeeval(
        "run", "lean", "--data-root", tmp_path, "--model", "reference:", "--out", tmp_path / "run"
    )
    complain(4, "minif2f.jsonl:2: formal_statement", of=done)

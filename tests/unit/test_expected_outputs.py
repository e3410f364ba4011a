"""Expected outputs are computed once, cached, and computed again where the cache is damaged."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark

from codeeval.errors import DataError, SandboxError
from codeeval.interfaces import LoadedProblems
from codeeval.pipeline import compute_expected_outputs
from codeeval.types import Execution, Problem, Program, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TOOLS = {"python": "3.13.1"}


class Printing(FakeBenchmark):
    """Expects what the reference printed."""

    def expected_outputs_program(self, problem: Problem) -> Program:
        return self.program(problem, self.reference(problem))

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        if execution.steps[0].exit_code:
            raise DataError(f"the reference of {problem.task_id} failed")
        return msgspec.structs.replace(problem, tests=(execution.steps[0].stdout,))


class Choosy(Printing):
    """Excludes a problem whose reference failed."""

    prompts_need_expected_outputs = False

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        return msgspec.structs.replace(problem, tests=(f"exit {execution.steps[0].exit_code}",))

    def is_included(self, problem: Problem) -> bool:
        return problem.tests == ("exit 0",)

    def exclusion_notes(self, chosen: Sequence[Problem]) -> Sequence[str]:
        return [f"{len(chosen)} chosen"]


class Pool:
    """Executes at once; ``errors`` is how often the sandbox fails first."""

    size = 1

    def __init__(self, *, errors: int = 0, exit_code: int = 0) -> None:
        self.ran: list[str] = []
        self.alone: list[str] = []
        self.errors = errors
        self.exit_code = exit_code
        self.renewed = 0

    def renew(self) -> None:
        self.renewed += 1

    def submit(self, program: Program) -> Future[Execution]:
        self.ran.append(program.task_id)
        result = StepResult(
            name="run", status=StepStatus.EXITED, exit_code=self.exit_code, stdout=f"of {program.task_id}"
        )
        self.errors -= 1
        error = "it died" if self.errors >= 0 else ""
        future: Future[Execution] = Future()
        future.set_result(Execution(task_id=program.task_id, sample=0, steps=(result,), error=error))
        return future

    def submit_alone(self, program: Program) -> Future[Execution]:
        self.alone.append(program.task_id)
        return self.submit(program)


def compute(
    benchmark: FakeBenchmark, pool: Pool, cache: Path, *tasks: str, tools: dict[str, str] = TOOLS
) -> dict[str, tuple[str, ...]]:
    loaded = LoadedProblems(problems=benchmark.problems, identity=benchmark.identity)
    found = compute_expected_outputs(benchmark, loaded, tasks, pool, toolchain=tools, cache_dir=cache)
    assert [problem.task_id for problem in found.problems] == [p.task_id for p in benchmark.problems]
    return {problem.task_id: problem.tests for problem in found.problems}


def test_selected_tasks_get_their_expected_outputs_once(tmp_path: Path) -> None:
    benchmark, pool = Printing(3), Pool()
    found = compute(benchmark, pool, tmp_path, "Fake/0", "Fake/2")
    assert found == {"Fake/0": ("of Fake/0",), "Fake/1": (), "Fake/2": ("of Fake/2",)}
    assert compute(benchmark, pool, tmp_path, "Fake/0", "Fake/1")["Fake/1"] == ("of Fake/1",)
    assert pool.ran == ["Fake/0", "Fake/2", "Fake/1"]
    assert pool.renewed == 2
    compute(benchmark, pool, tmp_path, "Fake/0")
    assert pool.renewed == 2, "nothing has run"


def test_other_tools_mean_another_execution(tmp_path: Path) -> None:
    pool = Pool()
    compute(Printing(1), pool, tmp_path, "Fake/0")
    compute(Printing(1), pool, tmp_path, "Fake/0", tools={"python": "3.14.0"})
    assert len(pool.ran) == 2


def test_another_program_means_another_execution(tmp_path: Path) -> None:
    pool = Pool()
    compute(Printing(1), pool, tmp_path, "Fake/0")
    changed = Printing(1)
    changed.problems = (msgspec.structs.replace(changed.problems[0], reference="pass  # better"),)
    compute(changed, pool, tmp_path, "Fake/0")
    assert len(pool.ran) == 2


def test_a_damaged_cache_counts_as_none(tmp_path: Path) -> None:
    pool = Pool()
    compute(Printing(1), pool, tmp_path, "Fake/0")
    (file,) = tmp_path.glob("expected-outputs/*/*.json")
    for text in (b"", b"{", b"[]"):
        file.write_bytes(text)
        assert compute(Printing(1), pool, tmp_path, "Fake/0")["Fake/0"] == ("of Fake/0",)
    assert len(pool.ran) == 4


def test_an_unwritable_cache_is_ignored(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert compute(Printing(1), Pool(), blocked, "Fake/0")["Fake/0"] == ("of Fake/0",)


def test_a_reference_that_fails_is_named_and_not_cached(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Fake/0"):
        compute(Printing(1), Pool(exit_code=1), tmp_path, "Fake/0")
    assert compute(Printing(1), Pool(), tmp_path, "Fake/0")["Fake/0"] == ("of Fake/0",)


def test_a_reference_without_usable_outputs_is_repeated_alone_and_not_cached(
    tmp_path: Path,
) -> None:
    pool = Pool(exit_code=1)
    assert compute(Choosy(1), pool, tmp_path, "Fake/0") == {"Fake/0": ("exit 1",)}
    assert (pool.ran, pool.alone) == (["Fake/0", "Fake/0"], ["Fake/0"])
    assert compute(Choosy(1), Pool(), tmp_path, "Fake/0") == {"Fake/0": ("exit 0",)}
    kept = Pool(exit_code=1)
    assert compute(Choosy(1), kept, tmp_path, "Fake/0") == {"Fake/0": ("exit 0",)}
    assert kept.ran == []


def test_a_failed_sandbox_is_retried(tmp_path: Path) -> None:
    pool = Pool(errors=2)
    assert compute(Printing(1), pool, tmp_path, "Fake/0")["Fake/0"] == ("of Fake/0",)
    assert len(pool.ran) == 3
    with pytest.raises(SandboxError, match=r"Fake/0 .*it died"):
        compute(Printing(1), Pool(errors=9), tmp_path / "other", "Fake/0")


def test_a_benchmark_that_knows_its_expected_outputs_runs_nothing(tmp_path: Path) -> None:
    pool = Pool()
    assert compute(FakeBenchmark(1), pool, tmp_path, "Fake/0") == {"Fake/0": ()}
    assert pool.ran == []

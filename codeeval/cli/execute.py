"""``codeeval execute``: scores completions that exist already, whoever generated them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.errors import UsageError
from codeeval.session.settings import RUN, Duplicates, RunRequest

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import (
        DataOptions,
        ExecutionOptions,
        PromptOptions,
        SandboxSettings,
        TaskSelection,
    )
    from codeeval.types import LimitOptions


@click.command()
@click.argument("benchmark")
@click.argument("samples", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run directory; not needed where SAMPLES is one.",
)
@click.option(
    "--keep-going", is_flag=True, help="Skip malformed lines, each with a note, and score the rest."
)
@click.option(
    "--duplicates",
    type=click.Choice(["refuse", "keep"]),
    default="refuse",
    help="Samples of one task with the same number: an error (the default), or each counts.",
)
@options.shard_option
@options.task_options
@options.k_option
@options.prompt_options
@options.data_options
@options.sandbox_options
@options.limit_options
@options.execution_options
@options.notify_option
@options.output_options
def execute(
    *,
    benchmark: str,
    samples: Path,
    out: Path | None,
    keep_going: bool,
    duplicates: str,
    tasks: TaskSelection,
    k: tuple[int, ...],
    prompting: PromptOptions,
    data: DataOptions,
    sandbox: SandboxSettings,
    limits: LimitOptions,
    execution: ExecutionOptions,
    notify: str | None,
    output: Output,
) -> None:
    """Execute and score completions.

    SAMPLES is a file of JSON lines (or a JSON array, plain or gzip) with `task_id` and `completion` or
    `solution`, as human-eval, EvalPlus and BigCodeBench write them, a folder of programs as EvalPlus writes
    it, a file or folder of completions as MultiPL-E writes them (`*.json.gz`), or a run directory of
    `codeeval generate`.

    A `completion` continues the dataset's prompt, with `--style chat` too; a `solution` is the program. A
    chat model's raw answer, from which the code is yet to be taken, is a line with `task_id`, `text` and
    `"kind": "answer"`.
    """
    from codeeval.cli.running import execute_and_present, run_and_present  # noqa: PLC0415 -- not for --help

    request = RunRequest(
        benchmark=benchmark,
        model=f"file:{samples}",
        out=out,
        ks=k,
        keep_going=keep_going,
        duplicates=Duplicates(duplicates),
        command=options.recorded_command(),
        tasks=tasks,
        prompting=prompting,
        data=data,
        sandbox=sandbox,
        limits=limits,
        execution=execution,
        notify=notify,
    )
    if (samples / RUN).exists():
        if out is not None and out.resolve() != samples.resolve():
            raise UsageError(
                "a run directory is executed in place",
                f"Omit --out, or name {samples}/completions.jsonl.",
            )
        execute_and_present(request, samples, output)
        return
    if out is None:
        raise UsageError("--out is missing", "Name a folder for the run: --out DIR.")
    run_and_present(request, output)

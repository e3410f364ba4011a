"""``codeeval run``: a benchmark on a model, from prompt to pass@k."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.session.settings import RunRequest, Stage

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import (
        DataOptions,
        ExecutionOptions,
        ModelOptions,
        PromptOptions,
        SamplingOptions,
        SandboxSettings,
        TaskSelection,
    )
    from codeeval.types import LimitOptions


@click.command()
@click.argument("benchmark")
@click.option("--model", "model_spec", required=True, metavar="SPEC", help="For example local:smollm2.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run directory. Default: runs/<benchmark>--<model>.",
)
@click.option(
    "--strategy",
    metavar="NAME[:KEY=VALUE,...]",
    help="Sample by a strategy: best-of-n:n=5, majority, self-repair:rounds=2, plan-search.",
)
@options.shard_option
@options.task_options
@options.sampling_options
@options.k_option
@options.prompt_options
@options.data_options
@options.model_options
@options.sandbox_options
@options.limit_options
@options.execution_options
@options.output_options
def run(
    *,
    benchmark: str,
    model_spec: str,
    out: Path | None,
    strategy: str | None,
    tasks: TaskSelection,
    sampling: SamplingOptions,
    k: tuple[int, ...],
    prompting: PromptOptions,
    data: DataOptions,
    model_options: ModelOptions,
    sandbox: SandboxSettings,
    limits: LimitOptions,
    execution: ExecutionOptions,
    output: Output,
) -> None:
    """Sample completions from a model, execute them in sandboxes, and score them.

    The same command again resumes: nothing that is done is done twice.
    """
    from codeeval.cli.running import run_and_present  # noqa: PLC0415 -- not for --help

    request = RunRequest(
        benchmark=benchmark,
        model=model_spec,
        out=out,
        stage=Stage.ALL,
        ks=k,
        strategy=strategy,
        command=("codeeval", *sys.argv[1:]),
        tasks=tasks,
        prompting=prompting,
        sampling=sampling,
        data=data,
        model_options=model_options,
        sandbox=sandbox,
        limits=limits,
        execution=execution,
    )
    run_and_present(request, output)

"""``codeeval generate``: completions only, for machines that have the model but no sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.session.settings import RunRequest, Stage

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import (
        DataOptions,
        ModelOptions,
        PromptOptions,
        SamplingOptions,
        TaskSelection,
    )


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
@options.prompt_options
@options.data_options
@options.model_options
@options.notify_option
@options.output_options
def generate(
    *,
    benchmark: str,
    model_spec: str,
    out: Path | None,
    strategy: str | None,
    tasks: TaskSelection,
    sampling: SamplingOptions,
    prompting: PromptOptions,
    data: DataOptions,
    model_options: ModelOptions,
    notify: str | None,
    output: Output,
) -> None:
    """Sample completions from a model; execute them later, here or elsewhere.

    `codeeval execute BENCHMARK DIR` continues from this run directory.
    """
    from codeeval.cli.running import run_and_present  # noqa: PLC0415 -- not for --help

    request = RunRequest(
        benchmark=benchmark,
        model=model_spec,
        out=out,
        stage=Stage.GENERATE,
        strategy=strategy,
        command=options.recorded_command(),
        tasks=tasks,
        prompting=prompting,
        sampling=sampling,
        data=data,
        model_options=model_options,
        notify=notify,
    )
    run_and_present(request, output)

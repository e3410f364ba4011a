"""``codeeval run``: a benchmark on a model, from prompt to pass@k, or a suite of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.errors import UsageError
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
@click.argument("benchmark", metavar="BENCHMARK|SUITE")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="SPEC",
    help="For example local:smollm2. Repeatable for a suite, in place of its own models.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run directory. Default: runs/<benchmark>--<model>; of a suite runs/<its name>.",
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
@options.notify_option
@options.output_options
@click.pass_context
def run(
    context: click.Context,
    *,
    benchmark: str,
    models: tuple[str, ...],
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
    notify: str | None,
    output: Output,
) -> None:
    """Sample completions from a model, execute them in sandboxes, and score them.

    SUITE is a TOML file with several benchmarks and models, or one that comes with codeeval: suite:core,
    suite:multilingual, suite:reasoning, suite:smoke. Further options then are of all its runs.

    The same command again resumes: nothing that is done is done twice.
    """
    from codeeval.cli.running import run_and_present, run_suite_and_present  # noqa: PLC0415 -- not for --help
    from codeeval.session.suites import SuiteRequest, names_suite  # noqa: PLC0415 -- as above

    if names_suite(benchmark):
        if tasks.shard is not None:
            raise UsageError("--shard is of one run", "Shard the runs of a suite one by one.")
        run_suite_and_present(
            SuiteRequest(
                suite=benchmark,
                models=models,
                out=out,
                settings=options.given_settings(context),
                command=options.recorded_command(),
                notify=notify,
            ),
            output,
        )
        return
    if len(models) != 1:
        raise click.UsageError(
            "Missing option '--model'." if not models else "Several models need a suite: docs/suites.md."
        )
    request = RunRequest(
        benchmark=benchmark,
        model=models[0],
        out=out,
        stage=Stage.ALL,
        ks=k,
        strategy=strategy,
        command=options.recorded_command(),
        tasks=tasks,
        prompting=prompting,
        sampling=sampling,
        data=data,
        model_options=model_options,
        sandbox=sandbox,
        limits=limits,
        execution=execution,
        notify=notify,
    )
    run_and_present(request, output)

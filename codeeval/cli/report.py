"""``codeeval report``: one HTML file about one or more runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.console import lines, size
from codeeval.session.settings import parse_ks

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
)
@click.option(
    "--charts", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Save each chart too."
)
@click.option(
    "--samples",
    type=click.IntRange(min=0),
    default=2000,
    show_default=True,
    metavar="N",
    help="Most samples that the page holds whole, failing ones first; it links to the rest.",
)
@click.option(
    "--k",
    default="1,10,100",
    show_default=True,
    callback=lambda _context, _option, value: parse_ks(value),
    help="Which pass@k; runs are compared by the first.",
)
@click.option(
    "--cutoff",
    default="",
    metavar="MONTH",
    help="The first month that the models do not know (2024-06): marked where problems have dates.",
)
@click.option("--force", is_flag=True, help="Compare runs on different data too, on their common tasks.")
@options.data_options
@options.output_options
def report(
    runs: tuple[Path, ...],
    *,
    out: Path,
    charts: Path | None,
    samples: int,
    k: tuple[int, ...],
    cutoff: str,
    force: bool,
    data: DataOptions,
    output: Output,
) -> None:
    """Write one self-contained HTML file about the run directories RUN...

    Runs of one benchmark are compared with the first of them.
    """
    from codeeval.session.evidence import write_report  # noqa: PLC0415 -- not for --help

    done = write_report(
        runs,
        out,
        charts=charts,
        samples=samples,
        ks=k,
        force=force,
        cutoff=cutoff,
        data=data,
        notes=output.note,
    )
    rest = f"; {done.shown:,} of {done.samples:,} samples whole" if done.shown < done.samples else ""
    more = f"\n{len(done.charts)} charts in {charts}" if charts else ""
    output.result(done, lines(f"{out}: {size(done.bytes)}{rest}{more}"))

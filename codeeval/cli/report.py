"""``codeeval report``: one HTML file about one or more runs, or a leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.errors import UsageError
from codeeval.rendering.console import lines, size
from codeeval.session.settings import parse_ks

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Default: report.html; with --leaderboard the folder leaderboard.",
)
@click.option("--leaderboard", is_flag=True, help="Write models by benchmarks instead, as a static site.")
@click.option("--title", default="Leaderboard", show_default=True, metavar="TEXT", help="Of the leaderboard.")
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
    out: Path | None,
    leaderboard: bool,
    title: str,
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
    from codeeval.session.evidence import write_leaderboard, write_report  # noqa: PLC0415 -- not for --help

    if leaderboard:
        if charts or cutoff or force:
            raise UsageError(
                "--leaderboard takes none of --charts, --cutoff and --force",
                "Leave them out, or make a report.",
            )
        site = write_leaderboard(
            runs,
            out or Path("leaderboard"),
            title=title,
            samples=samples,
            ks=k,
            data=data,
            notes=output.note,
        )
        output.result(site, lines(f"{site.path}/index.html; {len(site.pages) - 1} reports"))
        return
    done = write_report(
        runs,
        out or Path("report.html"),
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
    output.result(done, lines(f"{done.path}: {size(done.bytes)}{rest}{more}"))

"""``codeeval report``: one HTML file about one or more runs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.output import lines, size
from codeeval.metrics import parse_ks
from codeeval.records import RunDirectory, write_atomically, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.cli.output import Output
    from codeeval.records import RunConfig
    from codeeval.reports.drawing import Chart
    from codeeval.reports.source import Origin
    from codeeval.session.settings import DataOptions


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    path: str
    bytes: int
    runs: int
    samples: int
    """Judged samples of all runs."""
    shown: int
    """Of these, those that the page holds whole."""
    charts: tuple[str, ...]
    """Files with charts."""


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
    force: bool,
    data: DataOptions,
    output: Output,
) -> None:
    """Write one HTML file about the run directories RUN..., whole in itself: it loads nothing from anywhere.

    Runs of one benchmark are compared with the first of them.
    """
    from codeeval.reports.page import build  # noqa: PLC0415 -- not for --help
    from codeeval.reports.sections import make_sections  # noqa: PLC0415 -- as above
    from codeeval.reports.source import label_runs, read_run  # noqa: PLC0415 -- as above

    for folder in (out.parent, *([charts] if charts else [])):
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(RunDirectory.open(run)) for run in runs]
        labels = label_runs(runs, [each.config for each in opened])
        find = _origins(data)
        views = [
            read_run(directory, label, k, find(directory.config))
            for directory, label in zip(opened, labels, strict=True)
        ]
        for view in views:
            if view.origin.missing:
                output.note(f"{view.path}: {view.origin.missing}")
        sections = make_sections(views, k[0], force=force)
        page, built = build(views, sections, out, samples)
    write_atomically(out, (encoded := page.encode("utf-8", "backslashreplace"),))
    saved = _save([chart for section in sections for chart in section.charts], charts) if charts else ()
    done = Reported(
        path=str(out),
        bytes=len(encoded),
        runs=len(views),
        samples=built.samples,
        shown=built.shown,
        charts=tuple(map(str, saved)),
    )
    rest = f"; {built.shown:,} of {built.samples:,} samples whole" if built.shown < built.samples else ""
    more = f"\n{len(saved)} charts in {charts}" if charts else ""
    output.result(done, lines(f"{out}: {size(len(encoded))}{rest}{more}"))


def _origins(data: DataOptions) -> Callable[[RunConfig], Origin]:
    """Make benchmarks again, each dataset once however many runs are of it."""
    from codeeval.reports.source import find_origin  # noqa: PLC0415 -- as above
    from codeeval.session.benchmarks import data_source, remake_benchmark  # noqa: PLC0415 -- not for --help

    known: dict[tuple[str, bytes], Origin] = {}

    def find(config: RunConfig) -> Origin:
        key = (config.benchmark, msgspec.json.encode(config.options, enc_hook=str))
        if key not in known:
            known[key] = find_origin(
                lambda: remake_benchmark(config), lambda made: made.load(data_source(data)).problems
            )
        return known[key]

    return find


def _save(charts: Sequence[Chart], folder: Path) -> list[Path]:
    """Write each chart as SVG, PNG and Vega-Lite."""
    from codeeval.reports.drawing import png  # noqa: PLC0415 -- not for --help

    saved = []
    for chart in charts:
        forms = {
            "svg": chart.wide.encode(),
            "png": png(chart),
            "vl.json": msgspec.json.format(msgspec.json.encode(chart.spec), indent=2),
        }
        for ending, content in forms.items():
            path = folder / f"{chart.name}.{ending}"
            write_atomically(path, (content,))
            saved.append(path)
    return saved

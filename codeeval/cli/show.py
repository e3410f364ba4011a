"""``codeeval show``: a run as a whole, or one sample on its way from prompt to verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.errors import UsageError

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--task", metavar="ID", help="Show one sample of this task.")
@click.option(
    "--sample", type=click.IntRange(min=0), default=0, show_default=True, metavar="I", help="Which."
)
@click.option("--analysis", is_flag=True, help="What several samples a task show beyond pass@k.")
@options.data_options
@options.output_options
def show(
    runs: tuple[Path, ...],
    *,
    task: str | None,
    sample: int,
    analysis: bool,
    data: DataOptions,
    output: Output,
) -> None:
    """Show the run directory RUN: its tasks, or with --task one sample from prompt to verdict.

    Of the folder of a suite, show its table.

    Several runs are put side by side, and paired on the tasks that were made from one another: a run of
    `humaneval` and one of `humaneval-pro` show what the self-invoking problems cost.

    What a model wrote is shown with control characters made visible.
    """
    if analysis:
        if len(runs) > 1 or task is not None:
            raise UsageError("--analysis is of one whole run", "Name one run, and omit --task.")
        from codeeval.rendering.analysis import show_analysis  # noqa: PLC0415 -- not for --help
        from codeeval.session.inspection import analyse_run  # noqa: PLC0415 -- as above

        found = analyse_run(runs[0])
        output.result(found, *([] if output.json else show_analysis(found)))
        return
    if len(runs) > 1:
        if task is not None:
            raise UsageError("--task shows a sample of one run", "Name one run, or omit --task.")
        from codeeval.rendering.side_by_side import show_side_by_side  # noqa: PLC0415 -- not for --help
        from codeeval.session.side_by_side import side_by_side  # noqa: PLC0415 -- as above

        sides = side_by_side(runs)
        output.result(sides, *([] if output.json else show_side_by_side(sides)))
        return
    from codeeval.session.inspection import sample_of, view_run  # noqa: PLC0415 -- not for --help
    from codeeval.session.suites import is_suite, make_table  # noqa: PLC0415 -- as above

    if task is None and is_suite(runs[0]):
        from codeeval.rendering.suite import suite_tables  # noqa: PLC0415 -- as above

        suite = make_table(runs[0])
        output.result(suite, *([] if output.json else suite_tables(suite)))
        return
    if task is None:
        from codeeval.rendering.overview import overview_tables  # noqa: PLC0415 -- as above

        view = view_run(runs[0])
        output.result(view.overview, *([] if output.json else overview_tables(view)))
    else:
        from codeeval.rendering.sample import sample_tables  # noqa: PLC0415 -- as above

        one = sample_of(runs[0], task, sample, data)
        output.result(one, *([] if output.json else sample_tables(one)))

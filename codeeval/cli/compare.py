"""``codeeval compare``: two or more runs side by side, paired by task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output

SHOWN_TASKS: Final = 10


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="RUN RUN...")
@click.option("--k", type=click.IntRange(min=1), default=1, show_default=True, help="Compare by this pass@k.")
@click.option("--force", is_flag=True, help="Compare other data too, on the tasks in common.")
@click.option("--all", "everything", is_flag=True, help="Name every task gained and lost.")
@options.output_options
def compare(runs: tuple[Path, ...], k: int, *, force: bool, everything: bool, output: Output) -> None:
    """Compare runs task by task; the first of each benchmark is the baseline of the others.

    What differs between their settings is shown before any number.
    """
    from codeeval.rendering.comparison import comparison_tables  # noqa: PLC0415 -- not for --help
    from codeeval.session.evidence import compare_runs  # noqa: PLC0415 -- as above

    found = compare_runs(runs, k=k, force=force)
    shown = None if everything else SHOWN_TASKS
    output.result(found, *([] if output.json else comparison_tables(found, shown)))

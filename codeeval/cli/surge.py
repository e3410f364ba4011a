"""``codeeval surge``: what can be done with SURGE beside running it on a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.benchmarks.surge.rows import Subset
from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection

COMMANDS: Final[dict[str, LazyCommand]] = {
    "verify": LazyCommand(
        "codeeval.cli.surge:verify", "Run the rows' programs and compare with the answers."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def surge() -> None:
    """Look into SURGE's rows."""


@click.command()
@click.argument(
    "subsets", nargs=-1, metavar="[SUBSET]...", type=click.Choice([subset.value for subset in Subset])
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    required=True,
    help="Where the results are written; what is there already is not run again.",
)
@click.option(
    "--cpu-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="CPU time of one program. The longest rows of tc take minutes.",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write counts and causes as Markdown, without the rows' content, over what an earlier call wrote.",
)
@options.task_options
@options.data_options
@options.sandbox_options
@options.output_options
def verify(
    *,
    subsets: tuple[str, ...],
    out: Path,
    cpu_limit: float,
    markdown: Path | None,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    output: Output,
) -> None:
    """Run each row's program in a sandbox, and compare what it prints with the row's answer.

    Subsets are ml, cl, rl, sc, tc, bg, dr and fl; all of them where none is named. `--limit` is of each.
    Writes DIR/rows.jsonl, a line a row with both outputs and, where they differ, the cause.
    """
    from codeeval.cli.surge_checks import Wanted, present, verify_rows  # noqa: PLC0415 -- not for --help

    wanted = Wanted(
        subsets=tuple(Subset(name) for name in dict.fromkeys(subsets)) or tuple(Subset),
        out=out,
        cpu_s=cpu_limit,
        markdown=markdown,
    )
    present(verify_rows(wanted, tasks, data, sandbox, output), wanted, output)

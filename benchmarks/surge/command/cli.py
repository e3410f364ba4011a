"""``codeeval surge``: what can be done with SURGE beside running it on a model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.benchmarks.surge.rows import Subset
from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.verification import Summary
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
    from codeeval.types import LimitOptions

COMMANDS: Final[dict[str, LazyCommand]] = {
    "verify": LazyCommand(
        "codeeval.benchmarks.surge.command.cli:verify", "Run the rows' programs and compare with the answers."
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
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write counts and causes as Markdown, without the rows' content, over what an earlier call wrote.",
)
@options.task_options
@options.data_options
@options.sandbox_options
@options.limit_options
@options.output_options
def verify(
    *,
    subsets: tuple[str, ...],
    out: Path,
    markdown: Path | None,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    limits: LimitOptions,
    output: Output,
) -> None:
    """Run each row's program in a sandbox, and compare what it prints with the row's answer.

    Subsets are ml, cl, rl, sc, tc, bg, dr and fl; all of them where none is named. `--limit` is of each.
    A program has 60 s of CPU time unless `--cpu-limit` sets another; the longest of tc take minutes.
    Writes DIR/rows.jsonl, a line a row with both outputs and, where they differ, the cause.
    """
    from codeeval.benchmarks.surge.command.verifying import (  # noqa: PLC0415 -- not for --help
        ROWS,
        VerifySettings,
        verify_rows,
    )
    from codeeval.cli.progress import run_progress  # noqa: PLC0415 -- as above

    wanted = VerifySettings(
        out=out,
        subsets=tuple(Subset(name) for name in dict.fromkeys(subsets)) or tuple(Subset),
        limits=limits,
        markdown=markdown,
        tasks=tasks,
        data=data,
        sandbox=sandbox,
    )
    summary = verify_rows(wanted, notes=output.note, progress=lambda stage: run_progress(output, stage))
    present(summary, out / ROWS, output)


def present(summary: Summary, rows: Path, output: Output) -> None:
    """Show agreement by subset, the causes of what differs, and where to read on."""
    counts = [
        (
            line.subset,
            str(line.rows),
            str(line.executed),
            _percent(line.agreement),
            str(line.exact),
            str(line.white_space),
            str(line.metric),
            str(line.no),
            str(line.cut_off),
            str(line.not_run),
            *("" if score is None else f"{score:.2f}" for score in (line.official, line.fixed)),
        )
        for line in summary.lines
    ]
    headers = ("subset", "rows", "executed", "agree", "exact", "white space", "metric", "differ", "cut off")
    agreement = table((*headers, "not run", "official", "fixed"), counts, right=range(1, 12))
    causes = Counter((each.subset, str(each.cause), each.note) for each in summary.differing)
    reasons = [f"not run: {count} of {subset}: {reason}" for subset, reason, count in _reasons(summary)]
    output.result(
        summary,
        agreement,
        table(
            ("subset", "cause", "what shows it", "rows"),
            [(*key, str(count)) for key, count in causes.items()],
            right=(3,),
        ),
        lines(*reasons, f"Each row: {rows}"),
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _reasons(summary: Summary) -> list[tuple[str, str, int]]:
    return [
        (subset, reason, count)
        for subset, reasons in summary.not_run.items()
        for reason, count in reasons.items()
    ]

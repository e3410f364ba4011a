"""``codeeval audit``: how often the judge itself is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.audit import audit_tables

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
    from codeeval.types import LimitOptions


@click.command()
@click.argument("benchmark")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Solutions with known verdicts, as JSON lines with task_id, completion and passed; default: those "
    "of the benchmark's dataset.",
)
@click.option("--split", help="The dataset's split. Default: the protocol's.")
@options.task_options
@options.data_options
@options.sandbox_options
@options.limit_options
@options.protocol_option
@options.output_options
def audit(
    *,
    benchmark: str,
    labels: Path | None,
    split: str | None,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    limits: LimitOptions,
    protocol: str | None,
    output: Output,
) -> None:
    """Measure how often the judge is wrong, on solutions with known verdicts.

    Judges right and wrong solutions that a dataset or a problem package has, and reports false positives
    (must fail, pass) and false negatives (must pass, fail) with intervals, and each error with its cause.
    Solutions whose sandbox failed are counted apart.
    """
    from codeeval.cli.event_loop import run_session  # noqa: PLC0415 -- not for --help
    from codeeval.cli.progress import run_progress  # noqa: PLC0415 -- as above
    from codeeval.session.auditing import audit_judge  # noqa: PLC0415 -- as above

    found = run_session(
        lambda blocking: audit_judge(
            benchmark,
            labels=labels,
            split=split,
            tasks=tasks,
            data=data,
            sandbox=sandbox,
            limits=limits,
            protocol=protocol,
            notes=output.note,
            progress=lambda stage: run_progress(output, stage),
            blocking=blocking,
        )
    )
    output.result(found, *([] if output.json else audit_tables(found)))

"""``codeeval audit``: how often the judge itself is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.audit import audit_tables

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import JudgingSettings


@click.command()
@click.argument("benchmark")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Solutions with known verdicts, as JSON lines with task_id, completion and passed; default: those "
    "of the benchmark's dataset.",
)
@options.judging_options
@options.output_options
def audit(
    *,
    benchmark: str,
    labels: Path | None,
    judging: JudgingSettings,
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
            judging,
            labels=labels,
            notes=output.note,
            progress=lambda stage: run_progress(output, stage),
            blocking=blocking,
        )
    )
    output.result(found, *([] if output.json else audit_tables(found)))

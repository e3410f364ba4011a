"""``codeeval gate``: whether a candidate may pass, with an exit code and reports for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.errors import CodeEvalError, UsageError
from codeeval.session.settings import GateOptions, GateReports

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.cli.output import Output

EXIT_USAGE: Final = 3
"""1 and 2 are answers of the gate, so that its usage errors need another code than elsewhere."""


class GateCommand(click.Command):
    """A command whose usage errors do not look like a regression (1) or like doubt (2)."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        """Read the command line."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            error.exit_code = EXIT_USAGE  # type: ignore[misc] # click reads it from the instance
            raise

    def invoke(self, ctx: click.Context) -> object:
        """Run the command.

        Raises:
            CodeEvalError: in place of a ``UsageError``.
        """
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise CodeEvalError(error.message, error.remedy) from error


def _question(function: Callable[..., object]) -> Callable[..., object]:
    return options.bundle(
        "question",
        GateOptions,
        click.option(
            "--baseline",
            type=click.Path(path_type=Path),
            metavar="RUN|SUITE",
            help="The run, or the folder of the suite, to compare with.",
        ),
        click.option(
            "--candidate",
            type=click.Path(path_type=Path),
            metavar="RUN|SUITE",
            help="The run or suite to decide on.",
        ),
        click.option(
            "--model",
            default="",
            metavar="LABEL",
            help="The candidate's model, where it is a suite with several.",
        ),
        click.option(
            "--baseline-model",
            default="",
            metavar="LABEL",
            help="The baseline's model. Default: as the candidate's, or the only one.",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Several checks, from a YAML file.",
        ),
        click.option("--max-drop", metavar="DROP", help="Largest allowed drop: 2pp or 0.02. Default: 2pp."),
        click.option(
            "--metric", "metrics", multiple=True, metavar="NAME", help="Repeatable. Default: pass@1."
        ),
        click.option(
            "--min",
            "minimum",
            multiple=True,
            metavar="NAME=SHARE",
            help="Least value: pass@1=0.6. Repeatable.",
        ),
        click.option(
            "--alpha",
            type=float,
            metavar="RISK",
            help="Of a false alarm, and of a false pass. Default: 0.05.",
        ),
        click.option(
            "--max-sandbox-errors",
            type=click.FloatRange(min=0, max=1),
            metavar="SHARE",
            help="Share of samples without a verdict above which the gate cannot tell. Default: 0.01.",
        ),
        click.option(
            "--force", is_flag=True, help="Compare runs on different data too, on their common tasks."
        ),
        click.option(
            "--history",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Add the answer to this file, a line of JSON each.",
        ),
    )(function)


def _reports(function: Callable[..., object]) -> Callable[..., object]:
    return options.bundle(
        "reports",
        GateReports,
        click.option(
            "--junit",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write JUnit XML.",
        ),
        click.option(
            "--sarif",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write SARIF 2.1.0.",
        ),
        click.option(
            "--markdown",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write GitHub-flavoured Markdown.",
        ),
    )(function)


@click.command(cls=GateCommand)
@_question
@_reports
@click.option(
    "--show-history",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Show the answers in a file of --history, and decide nothing.",
)
@click.option("--annotations", is_flag=True, help="Print GitHub workflow commands (::error::) first.")
@options.output_options
def gate(
    question: GateOptions,
    reports: GateReports,
    *,
    show_history: Path | None,
    annotations: bool,
    output: Output,
) -> int:
    """Decide whether a candidate may pass: better, not worse, worse, or cannot tell.

    A suite is decided on benchmark by benchmark, as their tiers say: go, no-go, or cannot tell.

    Exit code 0: better or not worse. 1: worse. 2: cannot tell. 3 and above: an error.
    """
    from codeeval.rendering.gate import gate_tables, history_table  # noqa: PLC0415 -- not for --help
    from codeeval.session.evidence import (  # noqa: PLC0415 -- not for --help
        read_history,
        run_gate,
        workflow_commands,
    )

    if show_history is not None:
        if question != GateOptions() or reports != GateReports():
            raise UsageError("--show-history decides nothing", "Omit it, or the other options.")
        past = read_history(show_history)
        output.result(past, *([] if output.json else [history_table(past)]))
        return 0
    result = run_gate(question, reports)
    if annotations:
        for line in workflow_commands(result):
            click.echo(line, err=output.json)
    output.result(result, *([] if output.json else gate_tables(result)))
    return result.exit_code

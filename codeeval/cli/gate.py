"""``codeeval gate``: whether a candidate may pass, with an exit code and reports for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.cli.output import heading, lines, table
from codeeval.errors import CodeEvalError, UsageError
from codeeval.session.settings import GateOptions, GateReports
from codeeval.spelling import one_line, p_value, points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.gating import CheckResult, GateResult

SHOWN_TASKS: Final = 20
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
            "--baseline", type=click.Path(path_type=Path), metavar="RUN", help="The run to compare with."
        ),
        click.option(
            "--candidate", type=click.Path(path_type=Path), metavar="RUN", help="The run to decide on."
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
@click.option("--annotations", is_flag=True, help="Print GitHub workflow commands (::error::) first.")
@options.output_options
def gate(question: GateOptions, reports: GateReports, *, annotations: bool, output: Output) -> int:
    """Decide whether a candidate may pass: better, not worse, worse, or cannot tell.

    Exit code 0: better or not worse. 1: worse. 2: cannot tell. 3 and above: an error.
    """
    from codeeval.session.evidence import run_gate, workflow_commands  # noqa: PLC0415 -- not for --help

    result = run_gate(question, reports)
    if annotations:
        for line in workflow_commands(result):
            click.echo(line, err=output.json)
    output.result(result, *([] if output.json else _people(result)))
    return result.exit_code


def _people(result: GateResult) -> Iterator[RenderableType]:
    for check in result.checks:
        yield heading(check.benchmark)
        yield lines(f"candidate {check.candidate.path} ({check.candidate.model})")
        if check.baseline:
            yield lines(f"baseline  {check.baseline.path} ({check.baseline.model})")
        yield lines("")
        for warning in check.warnings:
            yield lines(f"Note: {warning}.")
        if check.drops:
            yield _drop_table(check)
            yield lines("")
        for floor in check.floors:
            yield lines(floor.reason)
        for drop in check.drops:
            if drop.needs:
                yield lines(f"{drop.contrast.metric}: {drop.needs}.")
        if check.contrast:
            for title, tasks in (("lost", check.contrast.lost), ("gained", check.contrast.gained)):
                if tasks:
                    names = ", ".join(one_line(each.task_id) for each in tasks[:SHOWN_TASKS])
                    more = f" and {len(tasks) - SHOWN_TASKS} more" if len(tasks) > SHOWN_TASKS else ""
                    yield lines(f"{len(tasks)} tasks {title}: {names}{more}")
        yield lines(f"{check.benchmark}: {check.reason}", "")
    yield lines(f"{result.decision} (exit code {result.exit_code}; alpha {result.alpha:g})")


def _drop_table(check: CheckResult) -> RenderableType:
    rows = [
        (
            drop.contrast.metric,
            f"{drop.contrast.baseline:.1%}",
            f"{drop.contrast.candidate:.1%}",
            points(drop.contrast.difference),
            f"{points(drop.contrast.low)} to {points(drop.contrast.high)}",
            points(drop.max_drop, signed=False),
            p_value(drop.p_worse_adjusted),
            p_value(drop.p_not_worse),
            drop.decision.value,
        )
        for drop in check.drops
    ]
    headers = (
        "metric",
        "baseline",
        "candidate",
        "difference",
        "95% interval",
        "may drop",
        "p worse",
        "p not worse",
        "decision",
    )
    return table(headers, rows, right=range(1, 8))

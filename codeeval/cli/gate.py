"""``codeeval gate``: whether a candidate may pass, with an exit code and reports for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.output import heading, lines, table
from codeeval.errors import CodeEvalError, UsageError
from codeeval.spelling import one_line, p_value, points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.gating import CheckResult, GateResult, Plan

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


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What to decide on, from ``--baseline``, ``--candidate``, ``--config`` and so on."""

    baseline: Path | None
    candidate: Path | None
    config: Path | None
    max_drop: str | None
    metric: tuple[str, ...]
    least: tuple[str, ...]
    alpha: float | None
    max_sandbox_errors: float | None
    force: bool


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports to write."""

    junit: Path | None
    sarif: Path | None
    markdown: Path | None
    annotations: bool


def _asked(function: Callable[..., object]) -> Callable[..., object]:
    return options.bundle(
        "asked",
        Asked,
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
        click.option("--metric", multiple=True, metavar="NAME", help="May be given again. Default: pass@1."),
        click.option(
            "--min",
            "least",
            multiple=True,
            metavar="NAME=SHARE",
            help="Least value: pass@1=0.6. May be given again.",
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
            help="Share of samples without verdict above which nothing can be told. Default: 0.01.",
        ),
        click.option("--force", is_flag=True, help="Compare other data too, on the tasks in common."),
    )(function)


def _written(function: Callable[..., object]) -> Callable[..., object]:
    return options.bundle(
        "written",
        Written,
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
        click.option("--annotations", is_flag=True, help="Print GitHub workflow commands (::error::) first."),
    )(function)


@click.command(cls=GateCommand)
@_asked
@_written
@options.output_options
def gate(asked: Asked, written: Written, output: Output) -> int:
    """Decide whether a candidate may pass: better, not worse, worse, or cannot tell.

    Exit code 0: better or not worse. 1: worse. 2: cannot tell. 3 and above: an error.
    """
    from codeeval import gating  # noqa: PLC0415 -- not for --help

    result = gating.gate(_plan(asked), force=asked.force)
    _write(result, written)
    if written.annotations:
        from codeeval.reports.annotations import workflow_commands  # noqa: PLC0415 -- only where asked for

        for line in workflow_commands(result):
            click.echo(line, err=output.json)
    output.result(result, *([] if output.json else _people(result)))
    return result.exit_code


def _plan(asked: Asked) -> Plan:
    from codeeval import gating  # noqa: PLC0415 -- not for --help

    single = {
        "--baseline": asked.baseline,
        "--candidate": asked.candidate,
        "--max-drop": asked.max_drop,
        "--metric": asked.metric,
        "--min": asked.least,
        "--alpha": asked.alpha,
        "--max-sandbox-errors": asked.max_sandbox_errors,
    }
    if asked.config is not None:
        if given := [name for name, value in single.items() if value not in {None, ()}]:
            raise UsageError(f"{given[0]} and --config exclude each other", "Write it into the file.")
        return gating.read_plan(asked.config)
    if asked.candidate is None:
        raise UsageError(
            "nothing to decide on", "Name runs, --baseline RUN --candidate RUN, or a plan, --config FILE."
        )
    least = dict(map(gating.parse_least, asked.least))
    gating.require_question(has_baseline=asked.baseline is not None, least=least)
    if asked.baseline is None and (asked.max_drop or asked.metric):
        raise UsageError("a drop needs a baseline", "Name it: --baseline RUN.")
    metrics = tuple(dict.fromkeys(asked.metric)) or (gating.METRIC,)
    for name in metrics:
        gating.parse_metric(name)
    check = gating.Check(
        candidate=asked.candidate,
        baseline=asked.baseline,
        max_drop=gating.MAX_DROP if asked.max_drop is None else gating.parse_drop(asked.max_drop),
        metrics=metrics,
        least=least,
    )
    share = asked.max_sandbox_errors
    return gating.Plan(
        checks=(check,),
        alpha=gating.check_alpha(gating.ALPHA if asked.alpha is None else asked.alpha),
        max_sandbox_errors=gating.MAX_SANDBOX_ERRORS if share is None else share,
    )


def _write(result: GateResult, written: Written) -> None:
    from codeeval.records import write_atomically  # noqa: PLC0415 -- not for --help

    if written.junit:
        from codeeval.reports.junit import junit  # noqa: PLC0415 -- only where asked for

        write_atomically(written.junit, (junit(result),))
    if written.sarif:
        from codeeval.reports.sarif import sarif  # noqa: PLC0415 -- as above

        write_atomically(written.sarif, (sarif(result),))
    if written.markdown:
        from codeeval.reports.markdown import markdown  # noqa: PLC0415 -- as above

        write_atomically(written.markdown, (markdown(result).encode(),))


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

"""``codeeval doctor``: what works here, and whether a benchmark is sound here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.cli.output import Verbosity
from codeeval.rendering.doctor import machine_tables, soundness_tables

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
    from codeeval.types import LimitOptions


@click.command()
@click.argument("benchmark", required=False)
@options.task_options
@options.data_options
@options.sandbox_options
@options.limit_options
@options.protocol_option
@options.output_options
@click.pass_context
def doctor(
    context: click.Context,
    *,
    benchmark: str | None,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    limits: LimitOptions,
    protocol: str | None,
    output: Output,
) -> None:
    """Report what works on this machine, and what would help.

    With BENCHMARK, execute its reference solutions, which must all pass, and programs that cheat (empty
    body, early exit, an object that equals everything, patched tests), which must all fail; with --protocol
    both under either protocol, and --json is a list. Exits with 1 if something that is needed does not work.
    """
    fine = (
        _machine(data, output)
        if benchmark is None
        else _benchmark(benchmark, tasks, data, sandbox, limits=limits, protocol=protocol, output=output)
    )
    context.exit(0 if fine else 1)


def _machine(data: DataOptions, output: Output) -> bool:
    from codeeval.session.doctor import can_run, check_this_machine  # noqa: PLC0415 -- not for --help

    checks = []
    for check in check_this_machine(data):
        output.note(f"{check.area} {check.name}: {check.health}", Verbosity.VERBOSE)
        checks.append(check)
    fine = can_run(checks)
    output.result(checks, *([] if output.json else machine_tables(checks, fine=fine)))
    return fine


def _benchmark(
    name: str,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    *,
    limits: LimitOptions,
    protocol: str | None,
    output: Output,
) -> bool:
    from codeeval.cli.event_loop import run_session  # noqa: PLC0415 -- not for --help
    from codeeval.cli.progress import run_progress  # noqa: PLC0415 -- as above
    from codeeval.session.doctor import check_soundness, protocols_of  # noqa: PLC0415 -- as above

    checked = [
        run_session(
            lambda blocking, judged_by=each: check_soundness(  # type: ignore[misc]
                name,
                tasks=tasks,
                data=data,
                sandbox=sandbox,
                limits=limits,
                protocol=judged_by,
                notes=output.note,
                progress=lambda stage: run_progress(output, stage),
                blocking=blocking,
            )
        )
        for each in protocols_of(protocol)
    ]
    tables = [] if output.json else [part for each in checked for part in soundness_tables(each)]
    output.result(checked[0] if len(checked) == 1 else checked, *tables)
    return all(each.sound for each in checked)

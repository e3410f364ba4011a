"""``codeeval doctor``: what works here, and whether a benchmark is sound here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.output import Verbosity
from codeeval.errors import UsageError
from codeeval.rendering.doctor import machine_tables, node_tables, soundness_tables
from codeeval.session.settings import CLUSTER

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, JudgingSettings, SandboxSettings


@click.command()
@click.argument("benchmark", required=False)
@options.judging_options
@click.option("--prepare", is_flag=True, help="With --ray: build the images that a node needs and lacks.")
@options.output_options
@click.pass_context
def doctor(
    context: click.Context,
    *,
    benchmark: str | None,
    judging: JudgingSettings,
    prepare: bool,
    output: Output,
) -> None:
    """Report what works on this machine, and what would help; with --ray, on the nodes of a cluster.

    With BENCHMARK, execute its reference solutions, which must all pass, and programs that cheat (empty
    body, early exit, an object that equals everything, patched tests), which must all fail; with --protocol
    both under either protocol, and --json is a list. Exits with 1 if something that is needed does not work.
    """
    sandbox = judging.sandbox
    on_cluster = sandbox.ray is not None or sandbox.sandbox == CLUSTER
    if prepare and not on_cluster:
        raise UsageError("--prepare is for the nodes of a cluster", "Name it: --ray ADDRESS.")
    if on_cluster and (prepare or benchmark is None):
        fine = _cluster(benchmark, sandbox, prepare=prepare, output=output)
    elif benchmark is None:
        fine = _machine(judging.data, output)
    else:
        fine = _benchmark(benchmark, judging, output)
    context.exit(0 if fine else 1)


def _cluster(benchmark: str | None, sandbox: SandboxSettings, *, prepare: bool, output: Output) -> bool:
    from codeeval.session.cluster_doctor import check_nodes  # noqa: PLC0415 -- not for --help

    checks = check_nodes(sandbox, output.note, benchmark=benchmark, prepare=prepare)
    output.result(checks, *([] if output.json else node_tables(checks)))
    taking_part = [check for check in checks if check.slots]
    return bool(taking_part) and all(check.fine for check in taking_part)


def _machine(data: DataOptions, output: Output) -> bool:
    from codeeval.session.doctor import can_run, check_this_machine  # noqa: PLC0415 -- not for --help

    checks = []
    for check in check_this_machine(data):
        output.note(f"{check.area} {check.name}: {check.health}", Verbosity.VERBOSE)
        checks.append(check)
    fine = can_run(checks)
    output.result(checks, *([] if output.json else machine_tables(checks, fine=fine)))
    return fine


def _benchmark(name: str, judging: JudgingSettings, output: Output) -> bool:
    from codeeval.cli.event_loop import run_session  # noqa: PLC0415 -- not for --help
    from codeeval.cli.progress import run_progress  # noqa: PLC0415 -- as above
    from codeeval.session.doctor import check_soundness, protocols_of  # noqa: PLC0415 -- as above

    checked = [
        run_session(
            lambda blocking, judged_by=each: check_soundness(  # type: ignore[misc]
                name,
                msgspec.structs.replace(judging, protocol=judged_by),
                notes=output.note,
                progress=lambda stage: run_progress(output, stage),
                blocking=blocking,
            )
        )
        for each in protocols_of(judging.protocol)
    ]
    tables = [] if output.json else [part for each in checked for part in soundness_tables(each)]
    output.result(checked[0] if len(checked) == 1 else checked, *tables)
    return all(each.sound for each in checked)

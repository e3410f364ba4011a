"""``codeeval doctor``: what works here, and whether a benchmark is sound here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.cli.output import Verbosity, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.session.doctor import Check, Soundness
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
    from codeeval.types import LimitOptions

SHOWN_FAILURES = 50


@click.command()
@click.argument("benchmark", required=False)
@options.task_options
@options.data_options
@options.sandbox_options
@options.limit_options
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
    output: Output,
) -> None:
    """Say what works on this machine, and what would help.

    With BENCHMARK, execute its reference solutions, which must all pass, and programs that cheat (empty
    body, early exit, an object that equals everything, patched tests), which must all fail. Exits with 1
    if something that is needed does not work.
    """
    fine = (
        _machine(data, output)
        if benchmark is None
        else _benchmark(benchmark, tasks, data, sandbox, limits=limits, output=output)
    )
    context.exit(0 if fine else 1)


def _machine(data: DataOptions, output: Output) -> bool:
    from codeeval.config import load_settings  # noqa: PLC0415 -- not for --help
    from codeeval.session.benchmarks import data_source  # noqa: PLC0415 -- as above
    from codeeval.session.doctor import can_run, check_machine  # noqa: PLC0415 -- not for --help

    checks = []
    for check in check_machine(load_settings(), data_source(data)):
        output.note(f"{check.area} {check.name}: {check.health}", Verbosity.VERBOSE)
        checks.append(check)
    fine = can_run(checks)
    output.result(checks, *([] if output.json else _show_machine(checks, fine=fine)))
    return fine


def _show_machine(checks: Sequence[Check], *, fine: bool) -> Iterator[RenderableType]:
    rows = [(check.area, check.name, check.health.value, check.detail) for check in checks]
    yield table(("part", "name", "state", ""), rows)
    remedies = [check for check in checks if check.remedy]
    if remedies:
        yield lines("", "What would help:")
        for check in remedies:
            yield lines(f"  {check.area} {check.name}: {check.remedy}")
    yield lines("", "This machine can run benchmarks." if fine else "This machine cannot run benchmarks yet.")


def _benchmark(
    name: str,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    *,
    limits: LimitOptions,
    output: Output,
) -> bool:
    from codeeval.cli.event_loop import run_session  # noqa: PLC0415 -- not for --help
    from codeeval.cli.progress import run_progress  # noqa: PLC0415 -- as above
    from codeeval.session.doctor import check_soundness  # noqa: PLC0415 -- as above

    soundness = run_session(
        lambda blocking: check_soundness(
            name,
            tasks=tasks,
            data=data,
            sandbox=sandbox,
            limits=limits,
            notes=output.note,
            progress=lambda stage: run_progress(output, stage),
            blocking=blocking,
        )
    )
    output.result(soundness, *([] if output.json else _show_soundness(soundness)))
    return soundness.sound


def _show_soundness(soundness: Soundness) -> Iterator[RenderableType]:
    yield lines(f"{soundness.benchmark}, {soundness.tasks} tasks", "")
    rows = [
        (
            count.control,
            f"{count.right} of {count.tried}",
            ", ".join(f"{number} {outcome}" for outcome, number in count.outcomes.items()),
        )
        for count in soundness.controls
    ]
    yield table(("control", "as it must be", "outcomes"), rows, right=(1,))
    if soundness.sound:
        yield lines("", "Sound: every reference solution passes and every cheat fails, here and now.")
        return
    yield lines("", f"Not sound here: {len(soundness.failures)} controls came out wrong.")
    shown = soundness.failures[:SHOWN_FAILURES]
    wrong = [(each.task_id, each.control, each.outcome.value, each.detail) for each in shown]
    yield table(("task", "control", "outcome", "detail"), wrong)
    if len(shown) < len(soundness.failures):
        yield lines(f"and {len(soundness.failures) - len(shown)} more; --json has them all")

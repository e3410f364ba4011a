"""Lays out what the doctor found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from codeeval.session.cluster_doctor import NodeCheck
    from codeeval.session.doctor import Check, Soundness

SHOWN_FAILURES: Final = 50


def machine_tables(checks: Sequence[Check], *, fine: bool) -> Iterator[RenderableType]:
    """Lay out the parts of the machine, and what would help."""
    rows = [(check.area, check.name, check.health.value, check.detail) for check in checks]
    yield table(("part", "name", "state", ""), rows)
    remedies = [check for check in checks if check.remedy]
    if remedies:
        yield lines("", "What would help:")
        for check in remedies:
            yield lines(f"  {check.area} {check.name}: {check.remedy}")
    yield lines("", "This machine can run benchmarks." if fine else "This machine cannot run benchmarks yet.")


def node_tables(checks: Sequence[NodeCheck]) -> Iterator[RenderableType]:
    """Lay out the nodes of a cluster, and what would help."""
    rows = [
        (
            check.name,
            str(check.slots),
            check.version,
            check.launcher,
            str(len(check.images)),
            "takes part" if check.fine else "left out" if check.slots else "offers no codeeval_exec",
        )
        for check in checks
    ]
    yield table(("node", "slots", "codeeval", "sandbox", "images", "state"), rows, right=(1, 4))
    for check in checks:
        lacking = [f"{image}: {reason}" for image, reason in check.lacking.items()]
        for trouble in (check.error, *lacking, *check.differs):
            if trouble:
                yield lines("", f"{check.name}: {trouble}")


def soundness_tables(soundness: Soundness) -> Iterator[RenderableType]:
    """Lay out how the controls of a benchmark came out."""
    protocol = f", protocol {soundness.protocol}" if soundness.protocol else ""
    yield lines(f"{soundness.benchmark}, {soundness.tasks} tasks{protocol}", "")
    rows = [
        (
            count.control,
            f"{count.right} of {count.tried}",
            ", ".join(f"{number} {outcome}" for outcome, number in count.outcomes.items()),
        )
        for count in soundness.controls
    ]
    yield table(("control", "as it must be", "outcomes"), rows, right=(1,))
    if soundness.weak:
        yield lines("", "Tests that are too weak: a function that does none of the work passes them.")
        stubs: dict[str, list[str]] = {}
        for each in soundness.weak:
            stubs.setdefault(each.task_id, []).append(each.control)
        yield table(("task", "passes"), [(task, ", ".join(names)) for task, names in stubs.items()])
    if soundness.sound:
        yield lines("", "Sound: every reference solution passes and every cheat fails on this machine.")
        return
    yield lines("", f"Not sound here: {len(soundness.failures)} controls came out wrong.")
    shown = soundness.failures[:SHOWN_FAILURES]
    wrong = [(each.task_id, each.control, each.outcome.value, each.detail) for each in shown]
    yield table(("task", "control", "outcome", "detail"), wrong)
    if len(shown) < len(soundness.failures):
        yield lines(f"and {len(soundness.failures) - len(shown)} more; --json has them all")

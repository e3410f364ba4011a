"""In what the sandboxes of two nodes differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codeeval.cluster.messages import NodeReport

_PER_MACHINE: Final = frozenset({"engine", "inherited", "warning"})
"""Of a description, what may differ without moving a verdict."""


def essence(report: NodeReport) -> dict[str, str]:
    """Return what has to be the same on all nodes."""
    described = {key: text for key, text in report.description.items() if key not in _PER_MACHINE}
    tools = {f"toolchain.{tool}": version for tool, version in report.toolchain.items()}
    missing = dict.fromkeys((f"{image}.image" for image in report.missing), "missing")
    return {"sandbox": report.launcher, **described, **tools, **missing}


def differences(first: NodeReport, other: NodeReport) -> dict[str, str]:
    """Return in what the sandboxes of two nodes differ: ``theirs, not ours`` by name."""
    ours, theirs = essence(first), essence(other)
    return {
        name: f"{theirs.get(name, 'nothing')}, not {ours.get(name, 'nothing')}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    }

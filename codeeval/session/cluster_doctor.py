"""What the nodes of a cluster have: slots, versions, sandboxes and images, and in what they differ."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval import __version__
from codeeval.cluster.ray_cluster import RESOURCE, Connection, node_names
from codeeval.errors import CodeEvalError
from codeeval.languages import PYTHON
from codeeval.sandboxes.building import build
from codeeval.sandboxes.images import catalogue
from codeeval.session.benchmarks import images_of, make_benchmark
from codeeval.session.cluster import on_node
from codeeval.session.sandboxes import AUTO, choose_launcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.session.hooks import Notes
    from codeeval.session.settings import SandboxSettings

INSPECT_S: Final = 60.0
"""How long a node may take to report what it has."""
PREPARE_S: Final = 3600.0
"""How long it may take to build images."""


class NodeCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One node of a cluster."""

    name: str
    slots: int
    """Programs that it executes at the same time; 0 for a node that takes no part."""
    version: str = ""
    """codeeval's, there."""
    launcher: str = ""
    """What it executes the image ``python`` with."""
    images: dict[str, str] = {}
    """Content ids of the images that can be used there, by name."""
    lacking: dict[str, str] = {}
    """Why others cannot, by name: those that were asked for, or ``python``."""
    differs: tuple[str, ...] = ()
    """In what it differs from most nodes."""
    error: str = ""
    """Why nothing is known about it."""

    @property
    def fine(self) -> bool:
        """Whether it can take part in a run."""
        return not (self.error or self.lacking or self.differs) and self.slots > 0


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a node reports about itself."""

    version: str
    launcher: str
    images: dict[str, str]
    lacking: dict[str, str]


def check_nodes(
    settings: SandboxSettings, notes: Notes, *, benchmark: str | None = None, prepare: bool = False
) -> list[NodeCheck]:
    """Ask every node of a cluster what it has.

    Args:
        settings: which cluster, and which sandboxes.
        notes: receives what a user should know on the way, a line each.
        benchmark: whose images are needed; None: that of Python.
        prepare: whether images that are needed and missing are built there.

    Raises:
        UnknownName: no such benchmark.
        SandboxError: Ray is missing, or the cluster does not answer.
    """
    needed = tuple(images_of(make_benchmark(benchmark))) if benchmark else (PYTHON.image,)
    connection = Connection(settings.ray or AUTO)
    try:
        nodes = connection.nodes()
        names = node_names(nodes)
        if prepare:
            notes(f"preparing {', '.join(needed)} on {len(nodes)} nodes")
        pending = {
            node["NodeID"]: connection.call_on(
                node["NodeID"], inspect_node, on_node(settings), needed, prepare=prepare
            )
            for node in nodes
        }
        limit_s = PREPARE_S if prepare else INSPECT_S
        return _compared(
            [_check(node, names, connection.result(pending[node["NodeID"]], limit_s)) for node in nodes]
        )
    finally:
        connection.close()


def inspect_node(settings: SandboxSettings, needed: Sequence[str], *, prepare: bool) -> Inspection:
    """Say what this node has; called there.

    Args:
        settings: which sandboxes.
        needed: images that a run needs.
        prepare: whether those of them that are missing are built.
    """
    failed = _prepare(settings, needed) if prepare else {}
    images: dict[str, str] = {}
    lacking: dict[str, str] = {}
    launcher = ""
    for name in catalogue().images:
        try:
            chosen = choose_launcher(name, settings)
        except CodeEvalError as error:
            if name in needed:
                lacking[name] = failed.get(name) or " ".join(str(error).split())
            continue
        images[name] = chosen.description.get("image_id") or chosen.description.get("interpreter", "")
        if name == needed[0]:
            launcher = chosen.launcher.name
    return Inspection(version=__version__, launcher=launcher, images=images, lacking=lacking)


def _prepare(settings: SandboxSettings, needed: Sequence[str]) -> dict[str, str]:
    """Build the images that cannot be used; returns why some cannot be built."""
    failed = {}
    for name in needed:
        try:
            choose_launcher(name, settings)
        except CodeEvalError:
            try:
                build([name], bootstrap_base=False, ca_bundle=None, log=lambda _: None)
            except CodeEvalError as error:
                failed[name] = f"it cannot be built: {' '.join(str(error).split())}"
    return failed


def _check(
    node: dict[str, Any],  # Any: as Ray states it
    names: dict[str, str],
    found: Inspection | str,
) -> NodeCheck:
    name, slots = names[node["NodeID"]], int(node["Resources"].get(RESOURCE, 0))
    if isinstance(found, str):
        return NodeCheck(name=name, slots=slots, error=found)
    return NodeCheck(
        name=name,
        slots=slots,
        version=found.version,
        launcher=found.launcher,
        images=found.images,
        lacking=found.lacking,
    )


def _compared(checks: Sequence[NodeCheck]) -> list[NodeCheck]:
    """State in what each node differs from most of those that take part."""
    values: dict[str, Counter[str]] = {}
    for check in checks:
        if check.slots and not check.error:
            for what, value in _stated(check).items():
                values.setdefault(what, Counter())[value] += 1
    usual = {what: counts.most_common(1)[0][0] for what, counts in values.items()}
    return [
        check
        if check.error or not check.slots
        else msgspec.structs.replace(
            check,
            differs=tuple(
                f"{what}: {value or 'none'}, and most have {usual[what]}"
                for what, value in _stated(check).items()
                if value != usual[what]
            ),
        )
        for check in sorted(checks, key=lambda check: check.name)
    ]


def _stated(check: NodeCheck) -> dict[str, str]:
    own = {"codeeval": check.version, "sandbox": check.launcher}
    return own | {f"image {name}": id_ for name, id_ in check.images.items()}

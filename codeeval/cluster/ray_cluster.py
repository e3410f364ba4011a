"""A Ray cluster: connects to it, finds its nodes, and starts an actor on each."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from codeeval.cluster.executor_node import ExecutorNode
from codeeval.cluster.messages import pack, unpack_answers
from codeeval.cluster.nodes import NodeLost, Offer
from codeeval.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from codeeval.cluster.messages import Answer, Batch, NodeReport, OpenNode, Refusal

RESOURCE: Final = "codeeval_exec"
"""How many programs a node executes at a time: ``ray start --resources '{"codeeval_exec": 8}'``."""
LEAST_VERSION: Final = (2, 55)
CONNECT_S: Final = 10.0
LOOPBACK: Final = ("127.0.0.1", "localhost")
HTTP2_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
"""What a client of gRPC begins with, and an empty frame of settings."""
HTTP2_SETTINGS: Final = 4
GRACE_S: Final = 60.0
"""How much later than asked for an actor may answer, before it counts as lost."""
CLOSE_S: Final = 10.0
THREADS: Final = 6
"""Calls of an actor that may be under way at once: one collects, one executes, others close and cancel."""
MOST_DEMAND: Final = 256
"""Slots demanded at once."""


class Connection:
    """A connection to a Ray cluster.

    Args:
        address: ``HOST:PORT`` of its head, or ``auto`` for the one that this machine belongs to.

    Raises:
        SandboxError: Ray is not installed or too old, or nothing answers at the address.
    """

    def __init__(self, address: str) -> None:
        self.ray = _import_ray()
        self.address = address
        self._owned = not self.ray.is_initialized()
        if self._owned:
            _require_answer(address, self.ray.util.get_node_ip_address())
            try:
                self.ray.init(
                    address=address, log_to_driver=False, logging_level="ERROR", namespace="codeeval"
                )
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                raise no_cluster(address, str(error)) from error

    def nodes(self) -> list[dict[str, Any]]:  # Any: as Ray states them
        """Return the nodes that are alive, in Ray's words."""
        found: list[dict[str, Any]] = self.ray.nodes()  # Any: as above
        return [node for node in found if node["Alive"]]

    def call_on(
        self, node_id: str, function: Callable[..., object], *arguments: object, **named: object
    ) -> object:
        """Call a function on a node, whatever else is done there; returns at once what ``result`` wants."""
        from ray.util.scheduling_strategies import (  # noqa: PLC0415 -- only where Ray is used
            NodeAffinitySchedulingStrategy,
        )

        strategy = NodeAffinitySchedulingStrategy(node_id, soft=False)
        remote = self.ray.remote(function).options(num_cpus=0, max_retries=0, scheduling_strategy=strategy)
        reference: object = remote.remote(*arguments, **named)
        return reference

    def result(self, reference: object, wait_s: float) -> Any:  # Any: what was called, or why it failed
        """Return what a function on a node returned, or in words why it did not."""
        try:
            return self.ray.get(reference, timeout=wait_s)
        except self.ray.exceptions.GetTimeoutError:
            return f"it does not answer within {wait_s:.0f} seconds"
        except self.ray.exceptions.RayError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            return lines[-1] if lines else type(error).__name__

    def close(self) -> None:
        """Leave the cluster, unless the caller was in it before."""
        if self._owned:
            self.ray.shutdown()


def node_names(nodes: Sequence[dict[str, Any]]) -> dict[str, str]:  # Any: as Ray states them
    """Return the names of nodes by id: their own or their hosts', with a part of the id if these repeat."""
    stated = {
        node["NodeID"]: node["NodeManagerHostname"]
        if node.get("NodeName") in (None, "", node["NodeManagerAddress"])
        else node["NodeName"]
        for node in nodes
    }
    count = Counter(stated.values())
    return {id_: name if count[name] == 1 else f"{name}-{id_[:6]}" for id_, name in stated.items()}


class RayCluster:
    """The nodes of a Ray cluster that offer ``codeeval_exec``.

    Args:
        connection: to the cluster; closed with this.
        opener: opens a node's sandboxes, given how many programs run at a time; called there.
        workers: programs at a time on a node; None: as many as the node offers.
    """

    def __init__(
        self,
        connection: Connection,
        opener: Callable[[int], Callable[[], OpenNode]],
        workers: int | None = None,
    ) -> None:
        self._connection = connection
        self._ray = connection.ray
        self._opener = opener
        self._workers = workers
        self._names: dict[str, str] = {}
        self._group: Any = None  # Any: a placement group of Ray's
        self._demanded = 0

    def offers(self) -> Mapping[str, Offer]:
        """Return the nodes that are there now and take part, by id."""
        nodes = self._connection.nodes()
        for id_, name in node_names(nodes).items():
            self._names.setdefault(id_, name)  # a name never changes, whoever joins
        offers = {}
        for node in nodes:
            offered = int(node["Resources"].get(RESOURCE, 0))
            if offered:
                slots = min(offered, self._workers or offered)
                offers[node["NodeID"]] = Offer(node["NodeID"], self._names[node["NodeID"]], slots)
        return offers

    def start(self, offer: Offer) -> RayActor:
        """Start an actor on a node; returns at once."""
        from ray.util.scheduling_strategies import (  # noqa: PLC0415 -- only where Ray is used
            NodeAffinitySchedulingStrategy,
        )

        remote = self._ray.remote(ExecutorNode).options(
            resources={RESOURCE: offer.slots},
            num_cpus=offer.slots,
            scheduling_strategy=NodeAffinitySchedulingStrategy(offer.id, soft=False),
            max_restarts=0,  # the pool starts another one: it knows what this one had
            max_concurrency=THREADS,
        )
        return RayActor(self._ray, remote.remote(self._opener(offer.slots), offer.name))

    def demand(self, slots: int) -> None:
        """State demand as a placement group that waits: an autoscaler starts nodes for it.

        Where it is granted, new nodes are there: it is given back, for their actors to take.
        """
        from ray.util import placement_group, remove_placement_group  # noqa: PLC0415 -- as above

        slots = min(slots, MOST_DEMAND)
        granted = self._group is not None and self._group.wait(0)
        if self._group is not None and (granted or not slots or slots > 2 * self._demanded):
            remove_placement_group(self._group)
            self._group = None
        if slots and self._group is None and not granted:
            self._group = placement_group([{"CPU": 1, RESOURCE: 1}] * slots, strategy="PACK")
            self._demanded = slots

    def lacking(self) -> str:
        """Say what the cluster has."""
        nodes = self._connection.nodes()
        offering = [node for node in nodes if node["Resources"].get(RESOURCE)]
        total, free = self._ray.cluster_resources(), self._ray.available_resources()
        stated = ", ".join(
            f"{free.get(name, 0):g} of {total.get(name, 0):g} {name} free" for name in (RESOURCE, "CPU")
        )
        return f"{len(nodes)} nodes, {len(offering)} of them with {RESOURCE}; {stated}"

    def close(self) -> None:
        """Leave the cluster."""
        with contextlib.suppress(self._ray.exceptions.RayError, ConnectionError):  # it may be gone
            self.demand(0)
        self._connection.close()


class RayActor:
    """An ``ExecutorNode`` on a node of a Ray cluster."""

    def __init__(self, ray: ModuleType, handle: Any) -> None:  # Any: Ray's handle has the actor's methods
        self._ray = ray
        self._handle = handle
        handle.end_with_parent.remote()
        self._opening = handle.open.remote()

    def opened(self, wait_s: float) -> NodeReport | Refusal | None:
        """Return what it executes with; None where it has not started after ``wait_s``."""
        ready, _ = self._ray.wait([self._opening], timeout=wait_s)
        if not ready:
            return None
        report: NodeReport | Refusal = self._get(self._opening, GRACE_S)
        return report

    def execute(self, batch: Batch) -> None:
        """Hand over programs; returns at once."""
        self._handle.execute.remote([order.number for order in batch.orders], pack(batch))

    def collect(self, wait_s: float) -> Sequence[Answer]:
        """Wait for executions; returns none after ``wait_s``."""
        return unpack_answers(self._get(self._handle.collect.remote(wait_s), wait_s + GRACE_S))

    def cancel(self, numbers: Sequence[int]) -> None:
        """Take programs back, as far as they have not begun; returns at once."""
        self._handle.cancel.remote(list(numbers))

    def close(self) -> None:
        """End it, and its sandboxes in an orderly way if it still answers."""
        with contextlib.suppress(NodeLost):
            self._get(self._handle.close.remote(), CLOSE_S)
        with contextlib.suppress(self._ray.exceptions.RayError, ValueError):  # it is gone already
            self._ray.kill(self._handle)

    def _get(self, reference: Any, timeout_s: float) -> Any:  # Any: what the actor's method returns
        try:
            return self._ray.get(reference, timeout=timeout_s)
        except self._ray.exceptions.RayError as error:
            raise NodeLost(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _import_ray() -> ModuleType:
    try:
        import ray  # noqa: PLC0415 -- an optional package
    except ImportError:
        raise SandboxError(
            "a cluster needs Ray, which is not installed", "Install it: pip install 'codeeval[ray]'"
        ) from None
    version = str(ray.__version__)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < LEAST_VERSION:
        raise SandboxError(
            f"a cluster needs Ray {'.'.join(map(str, LEAST_VERSION))} or newer, and this is {version}",
            "Install it: pip install 'codeeval[ray]'",
        )
    found: ModuleType = ray
    return found


def _require_answer(address: str, own: str) -> None:
    """Find out quickly whether a head listens at an address: Ray itself tries for many minutes.

    Args:
        address: as the user gave it; one without a port is left to Ray.
        own: this machine's address, which Ray asks in place of a loopback address.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        return
    host = own if host in LOOPBACK else host.strip("[]")
    try:
        with socket.create_connection((host, int(port)), CONNECT_S) as head:
            head.settimeout(CONNECT_S)
            head.sendall(HTTP2_PREFACE)
            answer = head.recv(9)
    except OSError as error:
        raise no_cluster(f"{address}, asked at {host}:{port}", str(error)) from error
    if len(answer) < 4 or answer[3] != HTTP2_SETTINGS:  # what every gRPC server begins with
        raise no_cluster(address, "something else listens there")


def no_cluster(address: str, reason: str) -> SandboxError:
    """Return the error for an address without a cluster."""
    return SandboxError(
        f"no Ray cluster answers at {address}: {reason}",
        "Start one (ray start --head), or name its head: --ray HOST:PORT.",
    )

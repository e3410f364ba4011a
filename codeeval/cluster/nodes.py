"""What a pool needs of a cluster: which nodes there are, and an actor on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.cluster.messages import Answer, Batch, NodeReport, Refusal


class Offer(NamedTuple):
    """A node that takes part in executing programs."""

    id: str
    name: str
    slots: int
    """Programs that it executes at the same time."""


class NodeLost(Exception):
    """An actor does not answer any more; nothing that was handed over to it has an answer."""


class NodeActor(Protocol):
    """The actor of a node, as the driver sees it; safe to call from several threads."""

    def opened(self, wait_s: float) -> NodeReport | Refusal | None:
        """Return what it executes with; None where it has not started after ``wait_s``.

        Raises:
            NodeLost: it will not start any more.
        """
        ...

    def execute(self, batch: Batch) -> None:
        """Hand over programs; returns at once."""
        ...

    def collect(self, wait_s: float) -> Sequence[Answer]:
        """Wait for executions; returns none after ``wait_s``.

        Raises:
            NodeLost: it is gone.
        """
        ...

    def cancel(self, numbers: Sequence[int]) -> None:
        """Take programs back, as far as they have not begun; returns at once."""
        ...

    def close(self) -> None:
        """End it, and its sandboxes in an orderly way if it still answers."""
        ...


class Cluster(Protocol):
    """Where the nodes are."""

    def offers(self) -> Mapping[str, Offer]:
        """Return the nodes that are there now and take part, by id."""
        ...

    def start(self, offer: Offer) -> NodeActor:
        """Start an actor on a node; returns at once."""
        ...

    def demand(self, slots: int) -> None:
        """State for how many more programs at a time there is work."""
        ...

    def lacking(self) -> str:
        """Say what the cluster has, for a user whose actors do not start."""
        ...

    def close(self) -> None:
        """Leave the cluster."""
        ...

"""The driver's side of a model's replicas: starts their actors, and knows which servers are well."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from codeeval.cluster.replica_node import ReplicaNode, ReplicaStatus
from codeeval.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from codeeval.cluster.ray_cluster import Connection

LOOK_S: Final = 1.0
"""Time between two looks at the replicas."""
GRANT_S: Final = 60.0
"""Time after which what a replica waits for is reported."""
STATUS_S: Final = 30.0
STOP_S: Final = 25.0
MOST_FAILURES: Final = 3
"""Starts of a server, one after the other, after which none will succeed."""
THREADS: Final = 4
"""Calls of an actor that may be under way at once."""


class Replica(NamedTuple):
    """An actor and the resources that are reserved for it."""

    handle: Any  # Any: Ray's handle has the actor's methods
    group: Any  # Any: a placement group of Ray's


class Replicas:
    """Servers of one model on the nodes of a Ray cluster.

    Args:
        connection: to the cluster; closed with this.
        command: with ``{model}``, ``{host}`` and ``{port}``.
        model: the model's name.
        count: replicas.
        gpus: reserved for each, on one node.
        update: receives the healthy servers whenever they change.
        notes: receives what a user should know, a line each.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        command: str,
        model: str,
        count: int,
        gpus: float,
        update: Callable[[Iterable[str]], None],
        notes: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._ray = connection.ray
        self._command = command
        self._model = model
        self._gpus = gpus
        self._update = update
        self._notes = notes
        self._closing = threading.Event()
        self._known: dict[int, ReplicaStatus] = {}
        self._replicas = [self._start() for _ in range(count)]
        self._thread = threading.Thread(target=self._watch, name="codeeval-replicas", daemon=True)

    def start(self, wait_s: float) -> None:
        """Wait until a server is well; the others may come later.

        Raises:
            ModelError: no resources are granted, the command fails, or none is well in time.
        """
        self._thread.start()
        started_s = time.monotonic()
        stated = False
        while not any(status.healthy for status in self._known.values()):
            waited_s = time.monotonic() - started_s
            failed = [status for status in self._known.values() if status.failures >= MOST_FAILURES]
            if failed and len(failed) == len(self._replicas):
                self.close()
                raise ModelError(
                    f"the server of {self._model} ends before it answers: {self._command}\n{failed[0].tail}",
                    "The lines are the server's. Correct --serve-command.",
                )
            if waited_s > wait_s:
                lacking = self._lacking()
                self.close()
                raise ModelError(
                    f"no server of {self._model} is well after {waited_s:.0f} s: {lacking}",
                    "Add nodes, lower --replicas or --replica-gpus, or wait longer: --serve-wait.",
                )
            if waited_s > GRANT_S and not stated:
                stated = True
                self._notes(f"no server of {self._model} is well yet: {self._lacking()}")
            self._closing.wait(LOOK_S / 4)

    def close(self) -> None:
        """End the servers, and give the resources back."""
        from ray.util import remove_placement_group  # noqa: PLC0415 -- only where Ray is used

        if self._closing.is_set():
            return
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        with contextlib.suppress(self._ray.exceptions.RayError, ConnectionError):  # what is gone is gone
            stopping = [
                replica.handle.stop.remote()
                for number, replica in enumerate(self._replicas)
                if number in self._known
            ]
            self._ray.wait(stopping, num_returns=max(1, len(stopping)), timeout=STOP_S) if stopping else None
            for replica in self._replicas:
                self._ray.kill(replica.handle)
                remove_placement_group(replica.group)
        self._connection.close()

    def _start(self) -> Replica:
        from ray.util import placement_group  # noqa: PLC0415 -- as above
        from ray.util.scheduling_strategies import (  # noqa: PLC0415 -- as above
            PlacementGroupSchedulingStrategy,
        )

        bundle = {"CPU": 1.0} | ({"GPU": self._gpus} if self._gpus else {})
        group = placement_group([bundle], strategy="STRICT_PACK")
        remote = self._ray.remote(ReplicaNode).options(
            num_cpus=1,
            num_gpus=self._gpus,
            scheduling_strategy=PlacementGroupSchedulingStrategy(group),
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=THREADS,
        )
        return Replica(remote.remote(self._command, self._model), group)

    def _watch(self) -> None:
        """Check the health of the replicas, and return the healthy ones."""
        pending: dict[Any, int] = {}  # Any: Ray's references
        asked_s: dict[int, float] = {}
        while not self._closing.is_set():
            for number, replica in enumerate(self._replicas):
                if number not in asked_s:
                    pending[replica.handle.status.remote()] = number
                    asked_s[number] = time.monotonic()
            ready, _ = self._ray.wait(list(pending), num_returns=len(pending), timeout=0)
            for reference in ready:
                number = pending.pop(reference)
                asked_s.pop(number)
                self._take(number, reference)
            for number, since_s in asked_s.items():
                if time.monotonic() - since_s > STATUS_S and number in self._known:
                    self._known.pop(number)
            self._update(sorted(status.url for status in self._known.values() if status.healthy))
            self._closing.wait(LOOK_S)

    def _take(self, number: int, reference: Any) -> None:  # Any: as above
        before = self._known.get(number)
        try:
            status: ReplicaStatus = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            self._known.pop(number, None)
            if before is not None:
                self._notes(f"replica {number} was lost, and is started again: {type(error).__name__}")
            return
        if before is not None and before.healthy and not status.healthy:
            self._notes(f"replica {number} is not well, and is started again")
        self._known[number] = status

    def _lacking(self) -> str:
        total, free = self._ray.cluster_resources(), self._ray.available_resources()
        stated = ", ".join(
            f"{free.get(name, 0):g} of {total.get(name, 0):g} {name} free" for name in ("CPU", "GPU")
        )
        wanted = f"{len(self._replicas)} replicas want 1 CPU and {self._gpus:g} GPU each"
        tail = next((status.tail for status in self._known.values() if status.tail), "")
        return f"{wanted}; {stated}" + (f"\n{tail}" if tail else "")

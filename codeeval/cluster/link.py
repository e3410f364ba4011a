"""The driver's side of one node: what it was handed over, how much more it may get, and how it goes."""

from __future__ import annotations

import enum
import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from codeeval.cluster.messages import Refusal
from codeeval.cluster.nodes import NodeLost

if TYPE_CHECKING:
    from codeeval.cluster.jobs import Job
    from codeeval.cluster.messages import NodeReport
    from codeeval.cluster.nodes import NodeActor, Offer
    from codeeval.cluster.pool import ClusterPool

COLLECT_S: Final = 10.0
"""How long one call waits for executions: a node that answers none of them is there."""
OPEN_S: Final = 1.0
LEAST_AHEAD: Final = 2
"""Programs that a node has for each slot at the least: one at work, and the next."""
MOST_AHEAD: Final = 24
"""At the most: as many as let its pool hand over several to a sandbox at once."""
AHEAD_S: Final = 0.5
"""Work that a node has in advance, by its rate; more of it would be kept from others at the end."""
WINDOW_S: Final = 0.2
"""Shortest time over which a rate is measured."""


class State(enum.Enum):
    """What a node may do."""

    STARTING = enum.auto()
    WAITING = enum.auto()
    """Its sandboxes are open; whether it may take part is not decided."""
    VETTING = enum.auto()
    """It executes what it is examined with, and nothing else."""
    ADMITTED = enum.auto()
    GONE = enum.auto()


class Link:
    """Starts the actor of a node and receives what it executes, in a thread of its own.

    What is not ``actor`` or ``thread`` is used with the pool's lock held.
    """

    def __init__(self, pool: ClusterPool, offer: Offer, actor: NodeActor) -> None:
        self._pool = pool
        self.offer = offer
        self.actor = actor
        self.thread = threading.Thread(target=self._run, name=f"codeeval-{offer.name}", daemon=True)
        self.state = State.STARTING
        self.report: NodeReport | None = None
        self.open: dict[int, Job] = {}
        """What it was handed over and has not answered, by number."""
        self.pinned: deque[Job] = deque()
        """What only this node may execute."""
        self.rate = 0.0
        """Programs a second, smoothed."""
        self._measured_s = 0.0
        self._done = 0

    @property
    def name(self) -> str:
        """The node's."""
        return self.offer.name

    @property
    def credit(self) -> int:
        """How many more programs it may be handed over."""
        slots = self.offer.slots
        ahead = LEAST_AHEAD * slots + math.ceil(self.rate * AHEAD_S)
        return min(ahead, MOST_AHEAD * slots) - len(self.open)

    @property
    def load(self) -> float:
        """Programs that it has for each slot."""
        return len(self.open) / self.offer.slots

    def count(self, done: int) -> None:
        """Measure the rate."""
        now_s = time.monotonic()
        self._done += done
        elapsed_s = now_s - self._measured_s
        if elapsed_s >= WINDOW_S:
            current = self._done / elapsed_s
            self.rate = current if not self.rate else 0.5 * self.rate + 0.5 * current
            self._measured_s, self._done = now_s, 0

    def _run(self) -> None:
        """Work until the node is gone or the pool is closed."""
        try:
            report = self._opened()
            if report is None:
                return
            self._pool.opened(self, report)
            self._measured_s = time.monotonic()
            while self.state is not State.GONE:
                answers = self.actor.collect(COLLECT_S)
                if answers:
                    self._pool.answered(self, answers)
        except NodeLost as error:
            self._pool.lost(self, str(error))
        except Exception as error:  # noqa: BLE001 -- whatever it is, its programs must get an answer
            self._pool.lost(self, f"{type(error).__name__}: {error}")
        finally:
            self.actor.close()

    def _opened(self) -> NodeReport | None:
        while self.state is not State.GONE:
            report = self.actor.opened(OPEN_S)
            if isinstance(report, Refusal):
                self._pool.refused(self, report)
                return None
            if report is not None:
                return report
        return None

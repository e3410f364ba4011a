"""Admits programs to the sandboxes: a bounded queue, fair between clients, with a deadline for each.

All of it runs in the event loop. What is admitted waits in the pool no longer than a moment: so many more
programs than there are workers are admitted as end within ``AHEAD_S``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final

from codeeval.serve.failures import draining, overdue, queue_is_full
from codeeval.serve.memory import available_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AHEAD_S: Final = 0.25
"""Of work that the sandboxes have before them, so that none waits for this process."""
MOST_AHEAD: Final = 22
"""Programs admitted beyond those at work, for each worker."""
SMOOTHING: Final = 0.05
"""Weight of the last program in the mean time between the ends of programs."""
FREE_BYTES: Final = 512 << 20
"""Memory that stays free: beside this, the program's own limit must be available."""
MEMORY_POLL_S: Final = 0.25
MEMORY_KNOWN_S: Final = 0.05
"""How long what the kernel has said about memory holds; asking it costs as much as decoding a request."""


class Admission:
    """Slots for programs.

    Args:
        workers: programs that execute at the same time.
        max_queue: programs that wait at the most.
    """

    def __init__(self, workers: int, max_queue: int) -> None:
        self._workers = workers
        self._max_queue = max_queue
        self._clients: dict[str, deque[asyncio.Future[None]]] = {}
        self._interval_s = 1.0 / workers
        """Between the ends of two programs, while sandboxes are busy."""
        self._available_bytes = 0
        self._asked_s = float("-inf")
        self.waiting = 0
        self.admitted = 0
        self.draining = False

    @property
    def slots(self) -> int:
        """Programs admitted at once, by how long they take."""
        return self._workers + min(self._workers * MOST_AHEAD, round(AHEAD_S / self._interval_s))

    @contextlib.asynccontextmanager
    async def slot(self, client: str, *, within_s: float, memory_bytes: int) -> AsyncIterator[None]:
        """Wait for a slot, and hold it.

        Args:
            client: whose turn it is; clients take turns.
            within_s: longest wait.
            memory_bytes: what the program may use.

        Raises:
            Failure: the queue is full, the wait was too long, or the service ends.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        await self._turn(client, until_s, within_s)
        try:
            while self.admitted > 1 and self._free_bytes() < memory_bytes + FREE_BYTES:
                if loop.time() > until_s:
                    raise overdue(within_s)
                await asyncio.sleep(MEMORY_POLL_S)
            began_s = loop.time()
            yield
            # what is admitted is as long there as so many programs take to end (Little's law)
            interval_s = (loop.time() - began_s) / self.admitted
            self._interval_s += SMOOTHING * (interval_s - self._interval_s)
        finally:
            self.admitted -= 1
            self._admit()

    def _free_bytes(self) -> int:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._asked_s > MEMORY_KNOWN_S:
            self._available_bytes, self._asked_s = available_bytes(), now_s
        return self._available_bytes

    async def _turn(self, client: str, until_s: float, within_s: float) -> None:
        if self.draining:
            raise draining()
        if not self.waiting and self.admitted < self.slots:
            self.admitted += 1
            return
        if self.waiting >= self._max_queue:
            raise queue_is_full(self.waiting)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clients.setdefault(client, deque()).append(turn)
        self.waiting += 1
        try:
            async with asyncio.timeout_at(until_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # admitted in the same moment
                self.admitted -= 1
                self._admit()
            else:
                self._forget(client, turn)
            if isinstance(error, TimeoutError):
                raise overdue(within_s) from None
            raise

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        waiting = self._clients.get(client, deque())
        with contextlib.suppress(ValueError):
            waiting.remove(turn)
            self.waiting -= 1
        if not waiting:
            self._clients.pop(client, None)

    def _admit(self) -> None:
        """Give free slots to those that wait, the clients in turn."""
        while self._clients and self.admitted < self.slots:
            client = next(iter(self._clients))
            waiting = self._clients.pop(client)
            turn = waiting.popleft()
            if waiting:
                self._clients[client] = waiting  # at the end: the others' turn comes first
            self.waiting -= 1
            if not turn.done():
                self.admitted += 1
                turn.set_result(None)

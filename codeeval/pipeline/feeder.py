"""Makes programs in a thread of its own and hands them to a verifier, a bounded number at a time."""

from __future__ import annotations

import functools
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from codeeval.errors import SandboxError
from codeeval.pipeline.verifier import Pending, Room
from codeeval.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from codeeval.pipeline.verifier import Verifier
    from codeeval.types import Program

T = TypeVar("T")


class Feeder(Generic[T]):
    """Turns items into verdicts for any number of threads and event loops.

    What is put in costs its caller nothing: programs are made here, in the order of the items, as there is
    room for them.

    Args:
        verifier: executes and judges.
        make: makes an item's program, or its verdict where nothing is to be executed; what it raises, the
            item's future raises.
    """

    def __init__(self, verifier: Verifier, make: Callable[[T], Program | Verdict]) -> None:
        self._verifier = verifier
        self._make = make
        self._changed = threading.Condition()
        self._waiting: deque[tuple[T, Pending[Verdict]]] = deque()
        self._room = Room(verifier.pool)
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="codeeval-feeder", daemon=True)
        self._thread.start()

    def put(self, item: T) -> Future[Verdict]:
        """Queue an item; cancelling its future takes it back.

        The future raises SandboxError where this is stopped first, or no sandbox works any more.
        """
        pending: Pending[Verdict] = Pending()
        with self._changed:
            if not self._closed:
                self._waiting.append((item, pending))
                self._changed.notify()
                return pending
        pending.settle(_closed())
        return pending

    def stop(self) -> None:
        """Take nothing more; what has not reached the verifier ends in a SandboxError."""
        with self._changed:
            self._closed = True
            waiting = [pending for _, pending in self._waiting]
            self._waiting.clear()
            self._changed.notify()
        for pending in waiting:
            pending.settle(_closed())

    def join(self) -> None:
        """Wait for the thread's end, which comes once this was stopped and ``make`` has returned."""
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            self._feed(*taken)

    def _feed(self, item: T, pending: Pending[Verdict]) -> None:
        if pending.cancelled():
            return
        try:
            made = self._make(item)
        except Exception as error:  # noqa: BLE001 -- raised again where the result is asked for
            pending.settle(error)
            return
        if isinstance(made, Verdict):
            pending.settle(made)
            return
        with self._changed:
            chars = self._room.enter(made)
        verdict = pending.handle = self._verifier.submit(made)
        if pending.cancelled():  # meanwhile
            verdict.cancel()
        verdict.add_done_callback(functools.partial(self._pass_on, pending, chars))

    def _take(self) -> tuple[T, Pending[Verdict]] | None:
        """Wait for an item and for room; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._waiting and not self._room.full))
            return None if self._closed else self._waiting.popleft()

    def _pass_on(self, pending: Pending[Verdict], chars: int, verdict: Future[Verdict]) -> None:
        with self._changed:
            self._room.leave(chars)
            self._changed.notify()
        if not verdict.cancelled():
            pending.settle(verdict.exception() or verdict.result())


def _closed() -> SandboxError:
    return SandboxError("the sandboxes were closed while programs were waiting for them")

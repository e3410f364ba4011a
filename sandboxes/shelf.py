"""Warm sandboxes that no worker needs right now, the longest unused first to go."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeeval.interfaces import Sandbox


class Shelf:
    """Keeps idle sandboxes, at most ``room``.

    Args:
        room: how many may wait; more are ended.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._idle: list[tuple[str, Sandbox]] = []

    def put(self, image: str, sandbox: Sandbox) -> None:
        """Keep a sandbox; the one that has waited longest is ended where there is no room."""
        with self._lock:
            self._idle.append((image, sandbox))
            old = self._idle.pop(0)[1] if len(self._idle) > self._room else None
        if old is not None:
            old.close()

    def take(self, image: str) -> Sandbox | None:
        """Return a sandbox of an image, the one used last, or None."""
        with self._lock:
            for index in reversed(range(len(self._idle))):
                if self._idle[index][0] == image:
                    return self._idle.pop(index)[1]
        return None

    def clear(self) -> None:
        """End all sandboxes here."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, sandbox in idle:
            sandbox.close()

    def close(self) -> None:
        """End all sandboxes here; what is put later is ended at once."""
        self._room = 0
        self.clear()

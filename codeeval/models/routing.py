"""Spreads the requests of one model over several servers that have it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOK_S: Final = 0.1
"""Time between two looks for a server that is well."""
SUSPECT_S: Final = 5.0
"""How long a server gets no request after a connection to it failed."""


class Router:
    """Knows which servers are well, and gives each request to the one with the fewest; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._well: tuple[str, ...] = ()
        self._open: Counter[str] = Counter()
        self._suspects: dict[str, float] = {}
        self.answered: Counter[str] = Counter()
        """Requests that each server has answered."""

    def update(self, urls: Iterable[str]) -> None:
        """State which servers are well."""
        with self._lock:
            self._well = tuple(urls)
            self._suspects = {url: until_s for url, until_s in self._suspects.items() if url in self._well}

    def choose(self) -> str | None:
        """Return the server with the fewest requests, and count one more; None where none is well."""
        with self._lock:
            now_s = time.monotonic()
            well = [url for url in self._well if self._suspects.get(url, 0.0) < now_s]
            if not well:
                return None
            url = min(well, key=lambda each: (self._open[each], self.answered[each]))
            self._open[url] += 1
            return url

    async def wait(self) -> str:
        """Return as ``choose``, once there is a server; whoever waits sets the limit."""
        while (url := self.choose()) is None:  # noqa: ASYNC110 -- another thread makes it well
            await asyncio.sleep(LOOK_S)
        return url

    def release(self, url: str, *, failed: bool = False) -> None:
        """Count a request less, and keep others from a server that could not be reached or broke off."""
        with self._lock:
            self._open[url] -= 1
            if failed:
                self._suspects[url] = time.monotonic() + SUSPECT_S
            else:
                self.answered[url] += 1

"""What opens where it is first used and is closed once, from threads, event loops and forked processes."""

from __future__ import annotations

import abc
import os
import threading
import weakref
from typing import Generic, Protocol, Self, TypeVar

from codeeval.errors import UsageError
from codeeval.session.hooks import in_thread


class Closable(Protocol):
    """What is open. It must not refer to its ``Openable``, which may be forgotten."""

    def close(self) -> None:
        """End it; called once, in the process that opened it."""
        ...


T = TypeVar("T", bound=Closable)


class Openable(abc.ABC, Generic[T]):
    """Something with warm sandboxes: a context manager, sync and async, that may as well be used without."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._opened: T | None = None
        self._closed = False

    @abc.abstractmethod
    def _make(self) -> T:
        """Open it; called once."""

    def open(self) -> Self:
        """Start the sandboxes, and load what goes with them, unless that is done.

        Raises:
            DataError: a dataset cannot be read.
            SandboxError: no sandbox can be used here.
            UsageError: this is closed, or was opened in another process.
        """
        self._open()
        return self

    def close(self) -> None:
        """End the sandboxes; what is still to be executed raises SandboxError. Safe to call twice."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
        if opened is not None:
            self._finalizer()

    async def aopen(self) -> Self:
        """As ``open``, without blocking the event loop."""
        return await in_thread(self.open)

    async def aclose(self) -> None:
        """As ``close``, without blocking the event loop."""
        await in_thread(self.close)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return await self.aopen()

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    @property
    def state(self) -> str:
        """``open``, ``closed`` or ``not open yet``."""
        return "closed" if self._closed else "not open yet" if self._opened is None else "open"

    def _open(self) -> T:
        opened = self._opened
        if opened is None:
            with self._lock:
                if self._closed:
                    raise UsageError(f"this {type(self).__name__} is closed", "Make another one.")
                opened = self._opened
                if opened is None:
                    opened = self._make()
                    self._process = os.getpid()
                    self._finalizer = weakref.finalize(self, _close, opened, self._process)
                    self._opened = opened
        if self._process != os.getpid():
            raise UsageError(
                f"this {type(self).__name__} was opened in another process", "Make one in each process."
            )
        return opened

    async def _aopen(self) -> T:
        return self._open() if self._opened is not None else await in_thread(self._open)


def _close(opened: Closable, process: int) -> None:
    """Close it, also where nobody has asked for that; what a forked process inherits is its parent's."""
    if process == os.getpid():
        opened.close()

"""The open sessions of a service: their number, their ids, and when they end."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Final

from codeeval.serve.failures import Failure
from codeeval.session.hooks import in_thread

if TYPE_CHECKING:
    from codeeval import Sandbox, SandboxSession

SWEEP_S: Final = 1.0


class OpenSession:
    """A session of a client, which ends when it is idle for too long."""

    def __init__(self, session: SandboxSession) -> None:
        self.session = session
        self.busy = asyncio.Lock()
        self.used_s = time.monotonic()


class Sessions:
    """The sessions of a service.

    Args:
        most: sessions at once.
        idle_s: how long one is kept that nobody uses.
    """

    def __init__(self, most: int, idle_s: float) -> None:
        self._most = most
        self._idle_s = idle_s
        self._open: dict[str, OpenSession] = {}
        self._starting = 0
        self._sweeper: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._open) + self._starting

    async def create(self, sandbox: Sandbox, language: str) -> str:
        """Start a session; returns its id, which nobody else can guess.

        Raises:
            Failure: there are as many as there may be.
            CodeEvalError: no such language, or no sandbox.
        """
        if len(self) >= self._most:
            raise Failure(
                429, "too_many_sessions", f"{self._most} sessions are open", "Close one.", retry=True
            )
        self._starting += 1
        try:
            session = await in_thread(lambda: sandbox.session(language))
        finally:
            self._starting -= 1
        id_ = secrets.token_hex(16)
        self._open[id_] = OpenSession(session)
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.ensure_future(self._sweep())
        return id_

    def find(self, id_: str) -> OpenSession:
        """Return a session.

        Raises:
            Failure: there is none of this id, any more.
        """
        found = self._open.get(id_)
        if found is None:
            raise Failure(404, "no_session", "no such session: it was closed, was idle, or never was")
        found.used_s = time.monotonic()
        return found

    async def end(self, id_: str) -> None:
        """Close a session."""
        found = self._open.pop(id_, None)
        if found is not None:
            await in_thread(found.session.close)

    async def close(self) -> None:
        """Close all."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for id_ in tuple(self._open):
            await self.end(id_)

    async def _sweep(self) -> None:
        """Close what is idle, until nothing is open."""
        while self._open:
            await asyncio.sleep(min(SWEEP_S, self._idle_s))
            now_s = time.monotonic()
            for id_, each in tuple(self._open.items()):
                if not each.busy.locked() and now_s - each.used_s > self._idle_s:
                    await self.end(id_)

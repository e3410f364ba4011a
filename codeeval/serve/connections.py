"""Connections whose clients send what is no request: bounded in bytes and in time.

uvicorn bounds neither the head of a request nor what may follow a body in parts, and waits for both for ever.
Bodies have bounds of their own (``requests.read_body``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 64 << 10
"""That may come without a part of a body, or the end of a head or body, among them."""
HEAD_S: Final = 60.0
"""Longest time that a head may take to arrive, from the start of a connection or its first byte."""


def bounded_protocol() -> type[HttpToolsProtocol]:
    """Return uvicorn's protocol of a connection, with bounds."""
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415 -- of the extra serve

    class Bounded(HttpToolsProtocol):
        """Ends connections that send what is no request."""

        def __init__(self, *arguments: Any, **options: Any) -> None:  # Any: as the server makes it
            super().__init__(*arguments, **options)
            self._progress = False
            self._head_bytes = 0
            self._late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as there
            super().connection_made(transport)
            self._expect_head(expected=True)

        def connection_lost(self, exc: Exception | None) -> None:
            self._expect_head(expected=False)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            self._progress = False
            super().data_received(data)
            self._head_bytes = 0 if self._progress else self._head_bytes + len(data)
            if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of a request is too long.")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._expect_head(expected=True)

        def on_headers_complete(self) -> None:
            self._progress = True
            self._expect_head(expected=False)
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._progress = True
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._progress = True
            super().on_message_complete()

        def _expect_head(self, *, expected: bool) -> None:
            if self._late is not None:
                self._late.cancel()
            self._late = self.loop.call_later(HEAD_S, self.transport.close) if expected else None

    return Bounded

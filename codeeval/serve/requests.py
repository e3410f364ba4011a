"""Reads requests: bounded in size and in time, never unpacked, and only with the token."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from codeeval.serve.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message: TypeAlias = MutableMapping[str, Any]  # Any: the values of ASGI's messages have a type by key
    Scope: TypeAlias = Message
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_S: Final = 60.0
"""Longest time that a body may take to arrive."""
DISCARDED: Final = 16
"""Of a body that is too long, how many times the limit is read and dropped: most clients read an answer only
when they have sent all of it."""


class ClientGone(Exception):
    """The client has disconnected: nobody waits for an answer."""


class Request:
    """A request as ASGI hands it over.

    Args:
        scope: of the connection.
        receive: waits for the next part of the body, or for the client's end.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.client: str = scope["client"][0] if scope["client"] else ""
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        """By name in lower case."""
        self.query: str = scope["query_string"].decode("latin-1")
        """What follows the question mark."""
        self._receive = receive

    async def part(self) -> tuple[bytes, bool]:
        """Return the next part of the body, and whether more of it follows.

        Raises:
            ClientGone: the client has disconnected.
        """
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message.get("body", b""), message.get("more_body", False)

    async def disconnect(self) -> None:
        """Wait until the client disconnects, once the body is read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def check_token(request: Request, token: str) -> None:
    """Refuse a request without the token, where there is one.

    Raises:
        Failure: it has none, or another.
    """
    if not token:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Failure(401, "unauthorized", "no valid token", "Send it: Authorization: Bearer TOKEN.")


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Return the body of a request.

    Raises:
        Failure: it is too long, takes too long, or is encoded.
        ClientGone: the client has disconnected.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() not in ("", "identity"):
        raise Failure(415, "encoded", f"a body encoded with {encoding:.40}", "Send it as it is.")
    too_long = Failure(
        413, "too_large", f"the request is longer than {most_bytes} bytes", "Send less at once."
    )
    body, discarded, more = bytearray(), 0, True
    try:
        async with asyncio.timeout(BODY_S):
            while more:
                part, more = await request.part()
                if not discarded and len(body) + len(part) <= most_bytes:
                    body += part
                    continue
                discarded += len(body) + len(part)
                body.clear()
                if discarded > DISCARDED * most_bytes:
                    raise too_long
    except TimeoutError:
        raise Failure(408, "too_slow", f"the body did not arrive within {BODY_S:g} s") from None
    if discarded:
        raise too_long
    return bytes(body)

"""Reads requests: bounded in size and in time, never unpacked, and only with the token."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Final

from codeeval.serve.failures import Failure

if TYPE_CHECKING:
    from starlette.requests import Request

BODY_S: Final = 60.0
"""Longest time that a body may take to arrive."""
DISCARDED: Final = 16
"""Of a body that is too long, how many times the limit is read and dropped: most clients read an answer only
when they have sent all of it."""


class ClientGone(Exception):
    """The client has disconnected: nobody waits for an answer."""


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
    from starlette.requests import ClientDisconnect  # noqa: PLC0415 -- of the extra serve

    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() not in ("", "identity"):
        raise Failure(415, "encoded", f"a body encoded with {encoding:.40}", "Send it as it is.")
    too_long = Failure(
        413, "too_large", f"the request is longer than {most_bytes} bytes", "Send less at once."
    )
    body, discarded = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                if not discarded and len(body) + len(chunk) <= most_bytes:
                    body += chunk
                    continue
                discarded += len(body) + len(chunk)
                body.clear()
                if discarded > DISCARDED * most_bytes:
                    raise too_long
    except ClientDisconnect:
        raise ClientGone from None
    except TimeoutError:
        raise Failure(408, "too_slow", f"the body did not arrive within {BODY_S:g} s") from None
    if discarded:
        raise too_long
    return bytes(body)

"""Who may ask: the user's own browser, by a token, and nobody through it."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "codeeval-view"
_HOST: Final = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")
"""What a browser on this machine asks for; another name leads here where a site's own server redirects."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""Of every response: what a model wrote is text, and stays here."""


class Access:
    """Lets requests with the token through: in the address once, then in a cookie.

    Args:
        app: what answers them.
        token: the secret.
        port: that the page is served on; cookies are shared by all ports of a host.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._cookie = f"{COOKIE}-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if not _HOST.fullmatch(headers.get(b"host", "")):
            await _refuse(guarded, 403, "This page is served to this machine only: use 127.0.0.1.")
        elif scope["method"] not in {"GET", "HEAD"}:
            await _refuse(guarded, 405, "This page only reads.")
        elif self._matches(query.pop("token", [""])[0]):
            rest = urlencode(query, doseq=True)
            place = scope["raw_path"].decode("latin-1") + (f"?{rest}" if rest else "")
            cookie = f"{self._cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
            await _answer(guarded, 303, "", [("location", _local(place)), ("set-cookie", cookie)])
        elif self._matches(_cookies(headers.get(b"cookie", "")).get(self._cookie, "")):
            await self._app(scope, receive, guarded)
        else:
            await _refuse(guarded, 401, "Open the address that `codeeval view` printed: it has the token.")

    def _matches(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())


def _local(place: str) -> str:
    """Keep a redirect on this host: ``//other`` would lead elsewhere."""
    return "/" + place.lstrip("/\\")


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}


async def _refuse(send: Callable[[Message], Awaitable[None]], status: int, text: str) -> None:
    await _answer(send, status, text, [])


async def _answer(
    send: Callable[[Message], Awaitable[None]], status: int, text: str, headers: Iterable[tuple[str, str]]
) -> None:
    body = text.encode()
    pairs = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))), *headers]
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})

"""The application: requests to endpoints, with what all of them share.

Each request gets an id, is checked for the token, read within bounds, decoded, answered in its protocol's own
shape, counted, and logged on one line. Whoever disconnects takes back what it asked for.

It speaks ASGI to the server without a framework between: routes are a dictionary, and nothing else is called
for the messages of a request.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html (HTTP connection scope, version 2.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from codeeval.serve.endpoint import Answer, Asked, Endpoint, Stream, native_failure
from codeeval.serve.endpoints import endpoints
from codeeval.serve.failures import RETRY_AFTER_S, Failure, failure_of
from codeeval.serve.requests import ClientGone, Request, check_token, read_body
from codeeval.serve.service import Caller, Service

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping

    from codeeval.serve.requests import Application, Receive, Scope, Send

LOG: Final = logging.getLogger("codeeval.serve")
REQUEST_ID: Final = "x-request-id"
CLIENT_GONE: Final = 499
"""As nginx logs it: nobody reads the answer."""
DEFECT: Final = "an error inside the service, which has logged it"
T = TypeVar("T")


class Route(NamedTuple):
    """An endpoint with what reads its requests."""

    endpoint: Endpoint
    decoder: msgspec.json.Decoder[object] | None
    """None where the route has no body."""


class Routes:
    """Routes by path and method."""

    def __init__(self, served: Iterable[Endpoint]) -> None:
        self._fixed: dict[str, dict[str, Route]] = {}
        self._patterns: dict[re.Pattern[str], dict[str, Route]] = {}
        for endpoint in served:
            decoder = None
            if endpoint.body is not None:
                decoder = msgspec.json.Decoder(endpoint.body, strict=endpoint.strict)
            if "{" in endpoint.path:
                pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", endpoint.path))
                methods = self._patterns.setdefault(pattern, {})
            else:
                methods = self._fixed.setdefault(endpoint.path, {})
            methods[endpoint.method] = Route(endpoint, decoder)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """Return the route of a request, and what stands in the placeholders of its path.

        Raises:
            Failure: there is none.
        """
        path = path.rstrip("/")
        methods, placed = self._fixed.get(path), {}
        if methods is None:
            for pattern, found in self._patterns.items():
                if match := pattern.fullmatch(path):
                    methods, placed = found, match.groupdict()
        if methods is None:
            raise Failure(404, "unknown_route", f"{path:.200}: no such route", "GET /docs lists them.")
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            allowed = ", ".join(methods)
            raise Failure(405, "unknown_route", f"{path:.200}: another method", f"It has: {allowed}.")
        return route, placed


def make_app(service: Service) -> Application:
    """Return the ASGI application that serves an open service."""
    routes = Routes(endpoints())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            route, placed = routes.find(request.method, request.path)
        except Failure as failure:
            await _send(send, native_failure(failure), {})
            return
        await _serve(service, route, placed, request, send)

    return app


async def _serve(
    service: Service, route: Route, placed: Mapping[str, str], request: Request, send: Send
) -> None:
    """Serve a request of a route."""
    endpoint, began_s = route.endpoint, time.monotonic()
    asked_for = request.headers.get(REQUEST_ID, "")
    sound = asked_for.isascii() and asked_for.isalnum() and len(asked_for) <= 64
    request_id = asked_for if sound else secrets.token_hex(8)
    headers = {REQUEST_ID: request_id}
    caller = Caller(request.client, request_id)
    answer, status, problem = None, 200, ""
    streaming = False
    try:
        if not endpoint.public:
            check_token(request, service.settings.token)
        body = await read_body(request, service.settings.max_body_bytes)
        decoded = None if route.decoder is None else route.decoder.decode(body)
        asked = Asked(decoded, caller, placed, request.headers, request.query)
        result = await _unless_gone(endpoint.handle(service, asked), request)
        if isinstance(result, Stream):
            streaming = True
            await _unless_gone(_send_lines(send, result, headers), request)
        else:
            answer = result if isinstance(result, Answer) else Answer(msgspec.json.encode(result))
    except ClientGone:
        status = CLIENT_GONE
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            LOG.exception("request %s", request_id)
            failure = Failure(500, "defect", f"{DEFECT} as request {request_id}")
        problem = failure.code
        if not streaming:  # what has begun as a stream just ends, before its end
            answer = endpoint.fail(failure)
            headers |= _headers_of(failure)
    status = answer.status if answer else status
    _log(service, endpoint, caller, status=status, began_s=began_s, problem=problem)
    if answer is not None:
        await _send(send, answer, headers)


def _headers_of(failure: Failure) -> dict[str, str]:
    headers = {"retry-after": str(RETRY_AFTER_S)} if failure.retry else {}
    if failure.status in (408, 413):
        headers["connection"] = "close"  # the rest of the body is not wanted
    if failure.status == 401:
        headers["www-authenticate"] = "Bearer"
    return headers


async def _send(send: Send, answer: Answer, headers: Mapping[str, str]) -> None:
    await send(
        _start(answer.status, {**headers, "content-length": str(len(answer.body))}, answer.content_type)
    )
    await send({"type": "http.response.body", "body": answer.body})


async def _send_lines(send: Send, stream: Stream, headers: Mapping[str, str]) -> None:
    await send(_start(200, headers, stream.content_type))
    async with contextlib.aclosing(stream.lines) as lines:
        async for line in lines:
            await send({"type": "http.response.body", "body": line, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _start(status: int, headers: Mapping[str, str], content_type: str) -> dict[str, object]:
    pairs = [(b"content-type", content_type.encode())]
    pairs += [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


async def _unless_gone(work: Coroutine[object, object, T], request: Request) -> T:
    """Wait for some work; cancel it when the client disconnects.

    Raises:
        ClientGone: it has.
    """
    task, gone = asyncio.current_task(), False

    async def watch() -> None:
        nonlocal gone
        await request.disconnect()
        gone = True
        if task is not None:
            task.cancel()

    watching = asyncio.ensure_future(watch())
    try:
        return await work
    except asyncio.CancelledError:
        if gone and task is not None:
            task.uncancel()
            raise ClientGone from None
        raise
    finally:
        watching.cancel()


def _log(
    service: Service,
    endpoint: Endpoint,
    caller: Caller,
    *,
    status: int,
    began_s: float,
    problem: str = "",
) -> None:
    """Count a response, and log it on one line of JSON: neither a program nor a token is in it."""
    service.metrics.responded(endpoint.path, status)
    line = {
        "time": round(time.time(), 3),
        "request": caller.request_id,
        "client": caller.client,
        "route": f"{endpoint.method} {endpoint.path}",
        "status": status,
        "seconds": round(time.monotonic() - began_s, 4),
    }
    if problem:
        line["problem"] = problem
    LOG.log(logging.WARNING if status >= 500 else logging.INFO, "%s", msgspec.json.encode(line).decode())

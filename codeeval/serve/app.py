"""The application: routes to endpoints, with what all of them share.

Each request gets an id, is checked for the token, read within bounds, decoded, answered in its protocol's own
shape, counted, and logged on one line. Whoever disconnects takes back what it asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.serve.endpoint import Answer, Asked, Endpoint, Stream, native_failure
from codeeval.serve.endpoints import endpoints
from codeeval.serve.failures import RETRY_AFTER_S, Failure, failure_of
from codeeval.serve.requests import ClientGone, check_token, read_body
from codeeval.serve.service import Caller, Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

LOG: Final = logging.getLogger("codeeval.serve")
REQUEST_ID: Final = "x-request-id"
CLIENT_GONE: Final = 499
"""As nginx logs it: nobody reads the answer."""
DEFECT: Final = "an error inside the service, which has logged it"


def make_app(service: Service) -> Starlette:
    """Return the ASGI application that serves a service; its lifespan opens and closes it."""
    from starlette.applications import Starlette  # noqa: PLC0415 -- of the extra serve
    from starlette.responses import Response  # noqa: PLC0415 -- as above
    from starlette.routing import Route  # noqa: PLC0415 -- as above

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await service.open()
        try:
            yield
        finally:
            await service.close()

    def unknown(status: int, message: str) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def answer(request: Request, _error: Exception) -> Response:
            failed = native_failure(Failure(status, "unknown_route", f"{request.url.path:.200}: {message}"))
            return Response(failed.body, status, media_type=failed.content_type)

        return answer

    routes = [Route(each.path, _route(each, service), methods=[each.method]) for each in endpoints()]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={404: unknown(404, "no such route"), 405: unknown(405, "another method")},
    )


def _route(endpoint: Endpoint, service: Service) -> Callable[[Request], Coroutine[object, object, Response]]:
    """Return what serves one endpoint."""
    from starlette.responses import Response, StreamingResponse  # noqa: PLC0415 -- of the extra serve

    decoder = None if endpoint.body is None else msgspec.json.Decoder(endpoint.body, strict=endpoint.strict)

    async def serve(request: Request) -> Response:
        began_s = time.monotonic()
        asked_for = request.headers.get(REQUEST_ID, "")
        request_id = asked_for if asked_for.isalnum() and len(asked_for) <= 64 else secrets.token_hex(8)
        headers = {REQUEST_ID: request_id}
        caller = Caller(request.client.host if request.client else "", request_id)
        problem = ""
        try:
            if not endpoint.public:
                check_token(request, service.settings.token)
            body = await read_body(request, service.settings.max_body_bytes)
            asked = Asked(
                None if decoder is None else decoder.decode(body),
                caller,
                request.path_params,
                request.headers,
            )
            result = await _unless_gone(endpoint.handle(service, asked), request)
            if isinstance(result, Stream):
                _log(service, endpoint, asked.caller, status=200, began_s=began_s)
                return StreamingResponse(result.lines, media_type=result.content_type, headers=headers)
            answer = result if isinstance(result, Answer) else Answer(msgspec.json.encode(result))
        except ClientGone:
            answer = Answer(b"", status=CLIENT_GONE)
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                LOG.exception("request %s", request_id)
                failure = Failure(500, "defect", f"{DEFECT} as request {request_id}")
            if failure.retry:
                headers["retry-after"] = str(RETRY_AFTER_S)
            if failure.status in (408, 413):
                headers["connection"] = "close"  # the rest of the body is not wanted
            if failure.status == 401:
                headers["www-authenticate"] = "Bearer"
            answer, problem = endpoint.fail(failure), failure.code
        _log(service, endpoint, caller, status=answer.status, began_s=began_s, problem=problem)
        return Response(answer.body, answer.status, media_type=answer.content_type, headers=headers)

    return serve


async def _unless_gone(work: Awaitable[object], request: Request) -> object:
    """Wait for an endpoint's result; cancel it when the client disconnects.

    Raises:
        ClientGone: it has.
    """
    doing = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise ClientGone
    finally:
        for task in (doing, watching):
            task.cancel()
        await asyncio.wait({doing, watching})


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


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
    LOG.log(logging.WARNING if status >= 500 else logging.INFO, "%s", json.dumps(line))

"""Answers requests for pages, tasks and searches, and reports changes as they happen (server-sent events).

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, the form of a stream of events.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from codeeval.errors import CodeEvalError, UnknownName
from codeeval.formatting import visible
from codeeval.reports.page import asset, render
from codeeval.viewer.live import Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from starlette.requests import Request

    from codeeval.viewer.folder import Folder
    from codeeval.viewer.pages import Pages

ASSETS: Final[Mapping[str, str]] = {
    "report.css": "text/css",
    "view.css": "text/css",
    "page.js": "text/javascript",
    "table.js": "text/javascript",
    "report.js": "text/javascript",
    "view.js": "text/javascript",
    "runs.js": "text/javascript",
}
PERIOD_S: Final = 1.0
"""Time between two looks at a run that is shown."""
LIST_PERIOD_S: Final = 3.0
"""Time between two looks at the folder."""
_ALIVE_S: Final = 15.0
"""After this long without a change a comment is sent, so that a closed connection is noticed."""


def make_app(folder: Folder, pages: Pages, ending: Callable[[], bool]) -> Starlette:
    """Return the application.

    Args:
        folder: the runs.
        pages: makes their pages.
        ending: whether the server is about to end, and streams with it.
    """
    made = _Made(pages)
    streams = _Streams(folder, ending)
    return Starlette(
        routes=[
            Route("/", made.runs),
            Route("/events", streams.listing),
            Route("/run/{name}", made.run),
            Route("/run/{name}/scores", made.scores),
            Route("/run/{name}/events", streams.run),
            Route("/run/{name}/tasks/{number:int}", made.task),
            Route("/run/{name}/search", made.search),
            Route("/compare", made.compare),
            Route("/results", made.results),
            Route("/assets/{name}", _asset),
        ],
        exception_handlers={CodeEvalError: _failed},  # type: ignore[dict-item] # of this class only
    )


class _Made:
    """Responses that are made once, in a thread."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def runs(self, _: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(self._pages.runs))

    async def run(self, request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(self._pages.run, _name(request)))

    async def scores(self, request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(self._pages.scores, _name(request)))

    async def compare(self, request: Request) -> Response:
        names = request.query_params.getlist("run")
        return HTMLResponse(await run_in_threadpool(self._pages.compare, names))

    async def results(self, request: Request) -> Response:
        names = request.query_params.getlist("run")
        return HTMLResponse(await run_in_threadpool(self._pages.results, names))

    async def task(self, request: Request) -> Response:
        given = request.query_params.get("sample", "")
        sample = int(given) if given.isdecimal() and len(given) < 10 else None
        number = request.path_params["number"]
        return _json(await run_in_threadpool(self._pages.task, _name(request), number, sample))

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("q", "")
        return _json(await run_in_threadpool(self._pages.search, _name(request), query))


class _Streams:
    """Responses that last as long as somebody reads them."""

    def __init__(self, folder: Folder, ending: Callable[[], bool]) -> None:
        self._folder = folder
        self._ending = ending

    async def run(self, request: Request) -> Response:
        name = _name(request)
        since = request.query_params.get("since", "")

        def change(since: bytes) -> tuple[bytes, bytes]:
            live = self._folder.run(name).live(int(since.partition(b" ")[0] or b"0"))
            seen = f"{live.version} {live.status} {live.problem}".encode(errors="replace")
            # its pace changes without a change of the files
            news = seen != since or live.status is Status.RUNNING
            return seen, msgspec.json.encode(live) if news else b""

        first = since.encode() if since.isascii() and since.isdecimal() and len(since) < 18 else b""
        return _stream(change, PERIOD_S, self._ending, first)

    async def listing(self, _: Request) -> Response:
        def change(since: bytes) -> tuple[bytes, bytes]:
            listing = msgspec.json.encode(self._folder.listing())
            return listing, b"" if listing == since else listing

        return _stream(change, LIST_PERIOD_S, self._ending)


async def _asset(request: Request) -> Response:
    name = _name(request)
    if name not in ASSETS:
        return PlainTextResponse("no such file", 404)
    return Response(asset(name), media_type=ASSETS[name])


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    return name


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


async def _failed(request: Request, error: CodeEvalError) -> Response:
    """Say what went wrong: on a page where a person reads it, as text where a script does."""
    status = 404 if isinstance(error, UnknownName) else 422
    if "text/html" in request.headers.get("accept", ""):
        page = render(
            "problem.html.jinja",
            title="Cannot be shown",
            message=visible(error.message),
            remedy=visible(error.remedy),
        )
        return HTMLResponse(page, status)
    return PlainTextResponse(visible(str(error)), status)


def _stream(
    change: Callable[[bytes], tuple[bytes, bytes]],
    period_s: float,
    ending: Callable[[], bool],
    seen: bytes = b"",
) -> Response:
    """Send an event for each change.

    Args:
        change: given what the reader has seen, returns what it will have seen, and the event's data; empty
            where nothing changed.
        period_s: time between two looks.
        ending: whether to stop.
        seen: what the reader has seen when it asks.
    """

    async def events() -> AsyncIterator[bytes]:
        known, sent_s = seen, time.monotonic()
        while not ending():
            try:
                known, data = await run_in_threadpool(change, known)
                name = b"change"
            except CodeEvalError as error:
                name, data = b"problem", msgspec.json.encode(visible(error.message))
            if data:
                yield b"event: %b\ndata: %b\n\n" % (name, data)
                sent_s = time.monotonic()
            elif time.monotonic() - sent_s > _ALIVE_S:
                yield b": nothing new\n\n"
                sent_s = time.monotonic()
            await asyncio.sleep(period_s)

    return StreamingResponse(events(), media_type="text/event-stream")

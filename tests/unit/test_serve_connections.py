"""Connections that send what is no request: heads without end, parts without end, nothing at all."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
import uvicorn
from uvicorn.server import ServerState

from codeeval.serve import connections as module
from codeeval.serve.connections import MOST_HEAD_BYTES, bounded_protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from codeeval.serve.requests import Receive, Scope, Send

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


async def echo_length(_scope: Scope, receive: Receive, send: Send) -> None:
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(length).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server with the protocol."""
    config = uvicorn.Config(echo_length, log_config=None, lifespan="off", interface="asgi3", ws="none")
    protocol, state = bounded_protocol(), ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1"
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"GET / HTTP/1.1\r\n", b"X-A: " + b"a" * 1000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX-A: ", b"a" * 1000),
        (b"GET /", b"a" * 1000),
        (POST + b"1\r\na\r\n0\r\n", b"X-A: " + b"a" * 1000 + b"\r\n"),
        (POST + b"1;a=", b"a" * 1000),
    ],
    ids=["headers", "a header", "an address", "trailers", "an extension"],
)
async def test_what_never_ends_is_cut_off(start: bytes, again: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(start)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and sent < 100 * MOST_HEAD_BYTES:
                writer.write(again)
                await writer.drain()
                sent += len(again)
                await asyncio.sleep(0)
        assert sent < 100 * MOST_HEAD_BYTES


async def test_long_requests_are_none_of_that() -> None:
    async with connected() as (reader, writer):
        part = b"%x\r\n" % (1 << 20) + b"a" * (1 << 20) + b"\r\n"
        for _ in range(2):  # on one connection
            writer.write(POST + part * 3 + b"0\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(7) == b"%d" % (3 << 20)


@pytest.mark.parametrize("start", [b"", GET[:10], GET + GET[:10]], ids=["nothing", "half", "another half"])
async def test_what_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(module, "HEAD_S", 0.1)
    async with connected() as (reader, writer):
        writer.write(start)
        async with asyncio.timeout(5):  # sooner than a kept connection ends
            assert (await reader.read()).count(b"200 OK") == (len(start) > len(GET))

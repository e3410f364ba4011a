"""An OpenAI-compatible server on loopback that misbehaves as its script describes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType


class Seen(NamedTuple):
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    method: str = "POST"


class Reply(NamedTuple):
    """What the server does with one request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})
    declared: int | None = None
    """Content-Length as sent, where it is not the body's."""
    hang: bool = False
    reset: bool = False
    delay_s: float = 0.0
    drip_s: float = 0.0
    """Pause after each tenth of the body, which is sent piece by piece."""


def reply_json(value: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


def error(status: int, message: str, **fields: object) -> Reply:
    return reply_json({"error": {"message": message, **fields}}, status)


def chat(*texts: str | None, finish: str = "stop", usage: tuple[int, int] | None = (10, 5)) -> Reply:
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        for index, text in enumerate(texts)
    ]
    value: dict[str, object] = {"id": "x", "object": "chat.completion", "choices": choices}
    if usage:
        value["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return reply_json(value)


def plain(*texts: str) -> Reply:
    choices = [{"index": index, "text": text, "finish_reason": "length"} for index, text in enumerate(texts)]
    return reply_json({"object": "text_completion", "choices": choices})


def models(*names: str, owner: str = "") -> Reply:
    return reply_json({"object": "list", "data": [{"id": name, "owned_by": owner} for name in names]})


HTML = Reply(200, b"<!DOCTYPE html><html><title>It works!</title></html>", {"content-type": "text/html"})
HANG = Reply(hang=True)
RESET = Reply(reset=True)


class FaultServer:
    """Plays a list of replies, the last one for ever, or calls a function for each."""

    def __init__(
        self,
        script: Iterable[Reply] | Callable[[Seen], Reply],
        listed: Reply | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = script if callable(script) else None
        self._script = [] if callable(script) else list(script)
        self._tls = tls
        self._listed = listed or Reply(404, b"not here")
        self.seen: list[Seen] = []
        self.open = 0
        self.most_open = 0
        self._news = asyncio.Condition()

    @property
    def asked(self) -> list[Seen]:
        """Requests for completions."""
        return [seen for seen in self.seen if not seen.path.endswith("/models")]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def arrived(self, count: int) -> None:
        """Wait until this many requests have come in."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.seen) >= count)

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)
        }
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        loop = asyncio.get_running_loop()
        is_json = "json" in headers.get("content-type", "json")
        body = json.loads(raw) if raw and is_json else {"raw": raw.decode()} if raw else {}
        seen = Seen(lines[0].split()[1], headers, body, loop.time(), lines[0].split()[0])
        self.seen.append(seen)
        async with self._news:
            self._news.notify_all()
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            return await self._play(self._choose(seen), writer)
        finally:
            self.open -= 1

    def _choose(self, seen: Seen) -> Reply:
        if seen.path.endswith("/models"):
            return self._listed
        if self._answer:
            return self._answer(seen)
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    async def _play(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        if reply.hang:
            await asyncio.sleep(3600)
        await asyncio.sleep(reply.delay_s)
        if reply.reset:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER 0: close() sends RST
            writer.transport.abort()
            return False
        length = len(reply.body) if reply.declared is None else reply.declared
        head = {"content-length": str(length), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        pieces = max(1, len(reply.body) // 10) if reply.drip_s else max(1, len(reply.body))
        for start in range(0, len(reply.body), pieces):
            writer.write(reply.body[start : start + pieces])
            await writer.drain()
            await asyncio.sleep(reply.drip_s)
        return reply.declared is None

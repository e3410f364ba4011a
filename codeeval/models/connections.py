"""Connections for hundreds of requests at once, for the SDKs that let us bring the HTTP client.

A server may be anybody's. What it answers is read up to a bound, before and after decompression; and a prompt
goes to the server that was named, to no other that it redirects to.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import itertools
import json
import math
import urllib.request
import zlib
from typing import TYPE_CHECKING, Any, Final  # Any: of two packages with the same classes
from urllib.parse import urlsplit

from codeeval.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import ModuleType

    from codeeval.models.routing import Router

_POOL: Final = 4
"""Connections that share a pool, about. For each request a pool is searched from end to end, several times:
with 500 connections in one, that takes more time than everything else together."""
_IDLE_S: Final = 30.0
ANSWER_BYTES: Final = 64 << 20
"""Longest answer to one request, decompressed; the longest completions have a hundredth of it."""
FILE_BYTES: Final = 1 << 30
"""Longest file of a batch's results."""
_FILES: Final = ("/content", "/results")
"""What the addresses of such files end in."""
_CHUNK_BYTES: Final = 1 << 16
_MISDIRECTED: Final = 421
_PORTS: Final = {"http": 80, "https": 443}


def http_package(client: type) -> ModuleType:
    """Return the package that an SDK's client class is of: httpx, or httpx2, its successor by the same names.

    Args:
        client: the SDK's ``DefaultAsyncHttpxClient``.
    """
    base = next(each for each in client.__mro__ if each.__name__ == "AsyncClient")
    return importlib.import_module(base.__module__.partition(".")[0])


def http_client(  # as the SDK takes it
    client: type, limit: int, timeout_s: float, url: str, router: Router | None = None
) -> Any:
    """Make a client for so many requests in flight, through the user's proxy where one is set.

    Args:
        client: the SDK's ``DefaultAsyncHttpxClient``, or an ``AsyncClient`` itself.
        limit: requests that may be in flight.
        timeout_s: of each request.
        url: of the server: one of this machine is asked without a proxy; empty for several servers.
        router: chooses a server for each request, in place of that of the URL; none is behind a proxy.

    Raises:
        ModelError: the proxy is of a kind that needs another package, or of no known kind.
    """
    httpx = http_package(client)
    hooks = guards(httpx)
    if router or is_loopback(url) or not urllib.request.getproxies():
        transport = _spread(httpx, limit)
        return client(
            transport=_routed(httpx, transport, router) if router else transport,
            timeout=timeout_s,
            follow_redirects=True,
            event_hooks=hooks,
            trust_env=False,  # or proxies would stand before the transport
        )
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=limit)
    with proxies_named():
        return client(limits=limits, timeout=timeout_s, follow_redirects=True, event_hooks=hooks)


def is_loopback(url: str) -> bool:
    """Whether a server is on this machine, and so never behind a proxy."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_of(url: str) -> str:
    """Return the proxy that requests to a server go through, without its password; empty for none."""
    parts = urlsplit(url)
    if is_loopback(url) or urllib.request.proxy_bypass(parts.netloc):
        return ""
    proxies = urllib.request.getproxies()
    return _public(proxies.get(parts.scheme) or proxies.get("all") or "")


@contextlib.contextmanager
def proxies_named() -> Iterator[None]:
    """Turn what an HTTP client finds wrong with a proxy into an error that names it.

    Raises:
        ModelError: it is a SOCKS proxy whose package is missing, or of no known kind.
    """
    try:
        yield
    except (ImportError, ValueError) as error:
        proxies = sorted({_public(proxy) for proxy in urllib.request.getproxies().values() if "://" in proxy})
        remedy = "Correct HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or unset them."
        if isinstance(error, ImportError):
            remedy = "pip install socksio; or unset ALL_PROXY, HTTP_PROXY and HTTPS_PROXY."
        why = "its kind needs a package" if isinstance(error, ImportError) else "it is no proxy's URL"
        raise ModelError(f"cannot use the proxy {' or '.join(proxies)}: {why}", remedy) from error


def _public(proxy: str) -> str:
    """Return a proxy's URL without user and password."""
    scheme, separator, rest = proxy.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def guards(httpx: ModuleType, most_bytes: int = ANSWER_BYTES) -> dict[str, list[Any]]:  # as httpx takes them
    """Return the event hooks that keep a client from hostile servers; they work behind proxies as well.

    Args:
        httpx: the client's package.
        most_bytes: of an answer that is no file.
    """
    bounded = _bounded(httpx)

    async def ask(request: Any) -> None:  # a Request
        request.headers["accept-encoding"] = "gzip"

    async def check(response: Any) -> None:  # a Response
        if response.has_redirect_location and (other := _elsewhere(httpx, response)):
            await _refuse(httpx, response, other)
            return
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise httpx.DecodingError(f"the answer is encoded as {encoding[:40]!r}, which was not asked for")
        response.headers.pop("content-encoding", None)  # what is yielded is decoded
        room = FILE_BYTES if response.request.url.path.endswith(_FILES) else most_bytes
        response.stream = bounded(response.stream, encoding.removeprefix("x-"), room)

    return {"request": [ask], "response": [check]}


def _bounded(httpx: ModuleType) -> Any:  # a class of that package's streams
    """Return the class of streams that decompress another and end in an error where it is too long."""

    class Bounded(httpx.AsyncByteStream):  # type: ignore[misc,name-defined] # known at run time only
        def __init__(self, stream: Any, encoding: str, room: int) -> None:  # an AsyncByteStream
            self.stream = stream
            self.encoding = encoding
            self.room = room

        async def __aiter__(self) -> AsyncIterator[bytes]:
            unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if self.encoding == "gzip" else None
            packed = unpacked = 0
            async for chunk in self.stream:
                packed += len(chunk)
                if packed > self.room:
                    raise self.too_long()
                if unpacker is None:
                    yield chunk
                    continue
                data, piece = chunk if not unpacker.eof else b"", b""
                while data or len(piece) == _CHUNK_BYTES:
                    try:
                        piece = unpacker.decompress(data, _CHUNK_BYTES)
                    except zlib.error as error:
                        raise httpx.DecodingError(f"the answer is no gzip: {error}") from error
                    data = unpacker.unconsumed_tail
                    unpacked += len(piece)
                    if unpacked > self.room:
                        raise self.too_long()
                    yield piece

        def too_long(self) -> Exception:
            return httpx.ReadError(f"the answer is longer than {self.room >> 20} MiB")  # type: ignore[no-any-return]

        async def aclose(self) -> None:
            await self.stream.aclose()

    return Bounded


def _elsewhere(httpx: ModuleType, response: Any) -> str:  # a Response
    """Return the origin that a response redirects to, where it is not the request's own."""
    here = response.request.url
    try:
        there = here.join(response.headers["location"])
    except (ValueError, httpx.InvalidURL):  # following it fails as well
        return ""
    ours, theirs = _origin(here), _origin(there)
    if theirs in (ours, ("https", ours[1], 443) if ours[2] == _PORTS["http"] else ours):
        return ""
    return f"{there.scheme}://{there.netloc.decode('ascii', 'replace')}"


def _origin(url: Any) -> tuple[str, str, int | None]:  # a URL
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


async def _refuse(httpx: ModuleType, response: Any, other: str) -> None:  # a Response
    """Put an error in the place of a redirect, as a server would state it, so that it is not followed."""
    await response.stream.aclose()
    message = f"it redirects to {other[:200]}, and prompts go to no other server than the one that is named"
    body = json.dumps({"error": {"message": message, "type": "redirect"}}).encode()
    for name in ("location", "content-encoding", "transfer-encoding"):
        response.headers.pop(name, None)
    response.headers["content-type"] = "application/json"
    response.headers["content-length"] = str(len(body))
    response.status_code = _MISDIRECTED
    response.stream = httpx.ByteStream(body)


def _routed(httpx: ModuleType, transport: Any, router: Router) -> Any:  # AsyncBaseTransports
    """Make a transport that sends each request to the server that a router chooses."""

    class Counted(httpx.AsyncByteStream):  # type: ignore[misc,name-defined] # known at run time only
        """A response's content, during which the request counts as open."""

        def __init__(self, stream: Any, url: str) -> None:  # an AsyncByteStream
            self.stream = stream
            self.url = url
            self.failed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for chunk in self.stream:
                    yield chunk
            except httpx.TransportError:
                self.failed = True
                raise

        async def aclose(self) -> None:
            url, self.url = self.url, ""
            if url:
                router.release(url, failed=self.failed)
            await self.stream.aclose()

    class Routed(httpx.AsyncBaseTransport):  # type: ignore[misc,name-defined] # as above
        async def handle_async_request(self, request: Any) -> Any:  # a Request, a Response
            url = await router.wait()
            there = urlsplit(url)
            request.url = request.url.copy_with(scheme=there.scheme, host=there.hostname, port=there.port)
            request.headers["host"] = there.netloc
            try:
                response = await transport.handle_async_request(request)
            except BaseException as error:
                router.release(url, failed=isinstance(error, httpx.TransportError))
                raise
            response.stream = Counted(response.stream, url)
            return response

        async def aclose(self) -> None:
            await transport.aclose()

    return Routed()


def _spread(httpx: ModuleType, limit: int) -> Any:  # an AsyncBaseTransport of that package
    """Make a transport that gives requests to many small pools in turn."""
    context = httpx.create_ssl_context()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=_IDLE_S)
    pools = [httpx.AsyncHTTPTransport(verify=context, limits=limits) for _ in range(math.ceil(limit / _POOL))]
    turns = itertools.cycle(pools)

    class Spread(httpx.AsyncBaseTransport):  # type: ignore[misc,name-defined] # known at run time only
        async def handle_async_request(self, request: Any) -> Any:  # a Request, a Response
            return await next(turns).handle_async_request(request)

        async def aclose(self) -> None:
            for pool in pools:
                await pool.aclose()

    return Spread()

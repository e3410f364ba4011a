"""Connections for hundreds of requests at once, for the SDKs that let us bring the HTTP client."""

from __future__ import annotations

import importlib
import itertools
import math
import urllib.request
from typing import TYPE_CHECKING, Any, Final  # Any: of two packages with the same classes

if TYPE_CHECKING:
    from types import ModuleType

_POOL: Final = 4
"""Connections that share a pool, about. For each request a pool is searched from end to end, several times:
with 500 connections in one, that takes more time than everything else together."""
_IDLE_S: Final = 30.0


def http_package(client: type) -> ModuleType:
    """Return the package that an SDK's client class is of: httpx, or httpx2, its successor by the same names.

    Args:
        client: the SDK's ``DefaultAsyncHttpxClient``.
    """
    base = next(each for each in client.__mro__ if each.__name__ == "AsyncClient")
    return importlib.import_module(base.__module__.partition(".")[0])


def http_client(client: type, limit: int, timeout_s: float) -> Any:  # as the SDK takes it
    """Make a client for so many requests in flight, through the user's proxy where one is set.

    Args:
        client: the SDK's ``DefaultAsyncHttpxClient``, or an ``AsyncClient`` itself.
        limit: requests that may be in flight.
        timeout_s: of each request.
    """
    httpx = http_package(client)
    if urllib.request.getproxies():
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=limit)
        return client(limits=limits, timeout=timeout_s, follow_redirects=True)
    return client(transport=_spread(httpx, limit), timeout=timeout_s, follow_redirects=True)


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

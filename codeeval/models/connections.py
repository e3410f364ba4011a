"""Connections for hundreds of requests at once. Import it where a client is made: httpx takes a while."""

from __future__ import annotations

import itertools
import math
import urllib.request
from typing import Final

import httpx

_POOL: Final = 4
"""Connections that share a pool, about. For each request a pool is searched from end to end, several times:
with 500 connections in one, that takes more time than everything else together."""
_IDLE_S: Final = 30.0


class SpreadTransport(httpx.AsyncBaseTransport):
    """Gives requests to many small pools in turn.

    Args:
        most: requests that may be in flight.
    """

    def __init__(self, most: int) -> None:
        context = httpx.create_ssl_context()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=_IDLE_S)
        self._pools = [
            httpx.AsyncHTTPTransport(verify=context, limits=limits) for _ in range(math.ceil(most / _POOL))
        ]
        self._turns = itertools.cycle(self._pools)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the pool whose turn it is."""
        return await next(self._turns).handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


def http_client(most: int, timeout_s: float) -> httpx.AsyncClient:
    """Make a client for so many requests in flight; where the user has set a proxy, that is used."""
    if urllib.request.getproxies():
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=most)
        return httpx.AsyncClient(limits=limits, timeout=timeout_s, follow_redirects=True)
    return httpx.AsyncClient(transport=SpreadTransport(most), timeout=timeout_s, follow_redirects=True)

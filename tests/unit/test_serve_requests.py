"""How the service reads requests: routes, bodies that are slow, long or never end, and long texts."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from codeeval.rewards import entry_points
from codeeval.serve import requests as module
from codeeval.serve.app import Routes
from codeeval.serve.endpoints import endpoints
from codeeval.serve.failures import Failure
from codeeval.serve.requests import ClientGone, Request, read_body
from codeeval.session.hooks import LONG_CHARS, apart

if TYPE_CHECKING:
    from collections.abc import Iterable


def request(*messages: dict[str, Any], headers: Iterable[tuple[bytes, bytes]] = ()) -> Request:
    """A request whose client sends some messages, the last again and again."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.001)
        return left.pop(0) if len(left) > 1 else left[0]

    scope = {"method": "POST", "path": "/", "client": None, "query_string": b"", "headers": [*headers]}
    return Request(scope, receive)


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_in_parts() -> None:
    assert await read_body(request(part(b"ab"), part(b"c", more=False)), 3) == b"abc"


async def test_a_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_S", 0.05)
    with pytest.raises(Failure) as slow:
        await read_body(request(part(b"")), 100)
    assert (slow.value.status, slow.value.code) == (408, "too_slow")
    monkeypatch.undo()
    with pytest.raises(Failure) as long:
        await read_body(request(part(b"x" * 40)), 100)
    assert (long.value.status, long.value.code) == (413, "too_large")


async def test_a_body_that_is_too_long_is_read_so_that_the_client_hears_of_it() -> None:
    with pytest.raises(Failure) as long:
        await read_body(request(part(b"x" * 101), part(b"y", more=False)), 100)
    assert long.value.status == 413


async def test_a_client_that_leaves() -> None:
    with pytest.raises(ClientGone):
        await read_body(request(part(b"a"), {"type": "http.disconnect"}), 100)


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"GZIP, identity"])
async def test_an_encoded_body_is_never_unpacked(encoding: bytes) -> None:
    with pytest.raises(Failure) as encoded:
        await read_body(request(part(b"", more=False), headers=[(b"content-encoding", encoding)]), 100)
    assert encoded.value.status == 415


def test_routes() -> None:
    routes = Routes(endpoints())
    for method, path in (("POST", "/run_code"), ("POST", "/run_code/"), ("HEAD", "/healthz")):
        found, placed = routes.find(method, path)
        assert (found.endpoint.path, placed) == (path.rstrip("/"), {})
    found, placed = routes.find("POST", "/v1/sessions/ab12/exec")
    assert (found.endpoint.path, placed) == ("/v1/sessions/{id}/exec", {"id": "ab12"})
    for method, path, status in (
        ("GET", "/run_code", 405),
        ("POST", "/v1/sessions/a/b/c", 404),
        ("GET", "", 404),
    ):
        with pytest.raises(Failure) as unknown:
            routes.find(method, path)
        assert unknown.value.status == status


async def test_a_long_text_does_not_hold_the_event_loop() -> None:
    here = threading.get_ident()
    assert await apart(LONG_CHARS, threading.get_ident) == here
    assert await apart(LONG_CHARS + 1, threading.get_ident) != here


def test_tests_beyond_a_length_are_not_looked_at() -> None:
    tests = "assert double(1) == 2\n"
    assert entry_points.tested_function(tests) == "double"
    assert entry_points.tested_function(tests * (entry_points.MOST_CHARS // len(tests) + 1)) == ""

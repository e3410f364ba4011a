"""Servers that are not to be trusted: how much of an answer is read, and where a prompt goes."""

from __future__ import annotations

import gzip
import json
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from codeeval.errors import ModelError
from codeeval.interfaces import ModelSpec
from codeeval.models import connections
from codeeval.models.anthropic.model import AnthropicModel
from codeeval.models.connections import guards, http_client
from codeeval.models.ollama import OllamaModel
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.serving import pacing
from codeeval.types import Message, Prompt, PromptStyle, Role, Sampling

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fault_server import FaultServer, Reply, chat

if TYPE_CHECKING:
    from codeeval.models.server_model import ServerModel

CHAT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.USER, content="A secret prompt."),),
)
ROOM = 1 << 20


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.01)


def make(backend: str, url: str) -> ServerModel:
    spec = ModelSpec(backend=backend, name="m", base_url=url, timeout_s=5, retries=1, api_key="key")
    bare = msgspec.structs.replace(spec, base_url=url.removesuffix("/v1"))
    match backend:
        case "openai":
            return OpenAIModel(spec)
        case "anthropic":
            return AnthropicModel(bare)
        case _:
            return OllamaModel(bare)


async def get(url: str, room: int = ROOM) -> httpx.Response:
    async with httpx.AsyncClient(event_hooks=guards(httpx, room), follow_redirects=True) as client:
        return await client.post(url, json={"prompt": "A secret one."})


@pytest.mark.parametrize("backend", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_prompt_goes_to_no_other_server(backend: str, status: int) -> None:
    async with FaultServer([chat("ok")]) as other:
        elsewhere = Reply(status, b"", {"location": f"{other.url}/chat/completions"})
        async with FaultServer([elsewhere]) as named:
            model = make(backend, named.url)
            try:
                with pytest.raises(ModelError, match="redirects to http://127"):
                    await model.complete(CHAT, Sampling(), range(1))
            finally:
                await model.aclose()
        assert other.seen == []


async def test_a_redirect_within_a_server_is_followed() -> None:
    async with FaultServer([Reply(307, b"", {"location": "/v1/there"}), chat("ok")]) as server:
        answer = await get(f"{server.url}/here")
        assert answer.status_code == 200
        assert [seen.path for seen in server.seen] == ["/v1/here", "/v1/there"]


async def test_an_answer_is_read_up_to_a_bound() -> None:
    async with FaultServer([Reply(200, b"x" * ROOM), Reply(200, b"x" * (ROOM + 1))]) as server:
        assert len((await get(server.url)).content) == ROOM
        with pytest.raises(httpx.ReadError, match="longer than 1 MiB"):
            await get(server.url)


async def test_a_packed_answer_is_read_up_to_a_bound() -> None:
    packed = {"content-encoding": "gzip"}
    bomb = gzip.compress(b"0" * (256 << 20))
    async with FaultServer([Reply(200, gzip.compress(b"text"), packed), Reply(200, bomb, packed)]) as server:
        assert (await get(server.url)).text == "text"
        tracemalloc.start()
        try:
            with pytest.raises(httpx.ReadError, match="longer than 1 MiB"):
                await get(server.url)
            assert tracemalloc.get_traced_memory()[1] < 16 << 20
        finally:
            tracemalloc.stop()


async def test_all_of_a_packed_answer_is_read() -> None:
    text = json.dumps([str(number) * 7 for number in range(100_000)]).encode()
    for level in (0, 1, 9):
        packer = zlib.compressobj(level, wbits=31)
        body = packer.compress(text) + packer.flush()
        async with FaultServer([Reply(200, body, {"content-encoding": "gzip"})]) as server:
            assert (await get(server.url, 64 << 20)).content == text


async def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    async with FaultServer([Reply(200, b"x", {"content-encoding": "br"})]) as server:
        with pytest.raises(httpx.DecodingError, match="'br'"):
            await get(server.url)
        assert server.seen[0].headers["accept-encoding"] == "gzip"


async def test_what_is_no_gzip_is_refused() -> None:
    async with FaultServer([Reply(200, b"x" * 100, {"content-encoding": "gzip"})]) as server:
        with pytest.raises(httpx.DecodingError, match="no gzip"):
            await get(server.url)


@pytest.mark.parametrize(
    ("there", "same"),
    [
        ("/x", True),
        ("http://a.example/x", True),
        ("http://a.example:80/x", True),
        ("https://a.example/x", True),
        ("https://a.example:8443/x", False),
        ("http://a.example:8080/x", False),
        ("http://b.example/x", False),
        ("//b.example/x", False),
        ("http://a.example.b.example/x", False),
        ("http://a.example@b.example/x", False),
    ],
)
def test_which_server_is_another(there: str, same: bool) -> None:
    request = httpx.Request("POST", "http://a.example/v1")
    response = httpx.Response(307, headers={"location": there}, request=request)
    assert (connections._elsewhere(httpx, response) == "") is same


@pytest.mark.parametrize("proxied", [False, True])
async def test_every_client_is_guarded(proxied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if proxied:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client: Any = http_client(httpx.AsyncClient, 4, 5.0, "")
    try:
        assert client.event_hooks["request"]
        assert client.event_hooks["response"]
    finally:
        await client.aclose()

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

from codeeval.errors import ModelError, NoAnswer
from codeeval.interfaces import ModelSpec
from codeeval.models import connections
from codeeval.models.anthropic.model import AnthropicModel
from codeeval.models.connections import guards, http_client
from codeeval.models.ollama import OllamaModel
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.serving import pacing
from codeeval.types import Message, Prompt, PromptStyle, Role, Sampling

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fault_server import FaultServer, Reply, chat, error

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the user's proxy."""

    def set_proxy(url: str) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

    return set_proxy


@pytest.mark.parametrize(
    ("proxy", "fact"), [("socks5://u:secret@10.0.0.1:1080", "socksio"), ("ftp://u:secret@p:1", "HTTP_PROXY")]
)
def test_a_proxy_that_cannot_be_used_is_named(proxy: str, fact: str, proxied: Callable[[str], None]) -> None:
    proxied(proxy)
    with pytest.raises(ModelError, match=proxy.replace("u:secret@", "")) as raised:
        http_client(httpx.AsyncClient, 4, 5.0, "http://models.example/v1")
    assert fact in raised.value.remedy
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://api.localhost", True),
        ("http://10.0.0.1/v1", False),
        ("https://localhost.example", False),
    ],
)
def test_a_server_of_this_machine_is_asked_without_a_proxy(
    url: str, here: bool, proxied: Callable[[str], None]
) -> None:
    proxied("http://u:secret@proxy.example:3128")
    assert connections.is_loopback(url) is here
    assert connections.proxy_of(url) == ("" if here else "http://proxy.example:3128")
    client: Any = http_client(httpx.AsyncClient, 4, 5.0, url)
    assert bool(client._mounts) is not here


async def test_a_proxy_that_fails_is_named(proxied: Callable[[str], None]) -> None:
    proxied("http://u:secret@127.0.0.1:9")
    spec = ModelSpec(backend="openai", name="m", base_url="http://models.example/v1", retries=0, timeout_s=5)
    model = OpenAIModel(spec)
    try:
        with pytest.raises(NoAnswer, match=r"the proxy http://127\.0\.0\.1:9") as raised:
            await model.complete(CHAT, Sampling(), range(1))
    finally:
        await model.aclose()
    assert "secret" not in str(raised.value)


async def test_a_key_is_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.001)
    key = "sk-1234567890"
    async with FaultServer([error(400, f"Bearer {key} is odd; {key}")]) as server:
        for given in (key, f"{key}\n", f"{key}\u200b"):
            model = OpenAIModel(ModelSpec(backend="openai", name="m", base_url=server.url, api_key=given))
            with pytest.raises(ModelError) as raised:
                await model.complete(CHAT, Sampling(), range(1))
            await model.aclose()
            assert "1234" not in str(raised.value)

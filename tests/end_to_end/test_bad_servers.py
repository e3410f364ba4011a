"""Servers that hang, hang up or answer with a web page, asked by the real command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from command import Ended, codeeval, complain, rows
from support.fault_server import HANG, HTML, RESET, FaultServer, Reply, chat, error

if TYPE_CHECKING:
    from pathlib import Path

    from support.fault_server import Seen

RIGHT = "```python\ndef f():\n    return 1\n```"


async def generate(server: FaultServer, out: Path, *more: object, limit: int = 1) -> Ended:
    arguments = ("generate", "humaneval", "--model", f"openai:m@{server.url}", "--limit", limit, "--out", out)
    return await asyncio.to_thread(codeeval, *arguments, *more)


@pytest.mark.parametrize(
    ("reply", "parts"),
    [
        (HANG, ("no answer within 0.5 s", "Run the same command again")),
        (HTML, ("HTML", "Is the URL's path right?")),
        (error(401, "no such key"), ("401", "OPENAI_API_KEY")),
        (error(404, "no such model"), ("404",)),
    ],
)
async def test_a_server_that_never_answers_well(reply: Reply, parts: tuple[str, ...], tmp_path: Path) -> None:
    async with FaultServer([reply]) as server:
        ended = await generate(server, tmp_path / "run", "--timeout", "0.5")
        complain(5, server.url, *parts, of=ended)


@pytest.mark.slow
async def test_a_server_that_always_drops_the_connection(tmp_path: Path) -> None:
    async with FaultServer([RESET]) as server:
        complain(5, server.url, "connection", of=await generate(server, tmp_path / "run"))
        assert len(server.asked) > 3


async def test_a_server_that_recovers(tmp_path: Path) -> None:
    async with FaultServer([RESET, error(503, "busy"), HANG, chat(RIGHT)]) as server:
        ended = await generate(server, tmp_path / "run", "--timeout", "1")
        assert ended.code == 0, ended.err
    assert [line["text"] for line in rows(tmp_path / "run" / "completions.jsonl")] == [RIGHT]


async def test_what_a_server_said_before_it_broke_is_kept(tmp_path: Path) -> None:
    healthy = False
    answered = 0

    def answer(_: Seen) -> Reply:
        nonlocal answered
        answered += 1
        return chat(RIGHT) if healthy or answered <= 3 else HTML

    async with FaultServer(answer) as server:
        out = tmp_path / "run"
        complain(5, server.url, of=await generate(server, out, "--concurrency", "1", limit=6))
        kept = rows(out / "completions.jsonl")
        assert 0 < len(kept) <= 3
        healthy, before = True, answered
        ended = await generate(server, out, "--concurrency", "1", limit=6)
        assert ended.code == 0, ended.err
        assert answered - before == 6 - len(kept)
    assert len(rows(out / "completions.jsonl")) == 6

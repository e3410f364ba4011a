"""Servers that hang, hang up or answer with a web page, asked by the real command."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import Ended, codeeval, complain, rows
from support.batch_server import OpenAIProvider
from support.fault_server import HANG, HTML, RESET, FaultServer, Reply, chat, error, reply_json

if TYPE_CHECKING:
    from support.fault_server import Seen

SUPPORT = Path(__file__).parents[1] / "support"
RIGHT = "```python\ndef f():\n    return 1\n```"


async def generate(server: FaultServer, out: Path, *more: object, limit: int = 1) -> Ended:
    arguments = ("generate", "humaneval", "--model", f"openai:m@{server.url}", "--limit", limit, "--out", out)
    return await asyncio.to_thread(codeeval, *arguments, *more)


@pytest.mark.parametrize(
    ("reply", "facts"),
    [
        (HANG, ("0.5 s",)),
        (HTML, ("HTML",)),
        (error(401, "no such key"), ("401", "no such key", "OPENAI_API_KEY")),
        (error(404, "no such model"), ("404", "no such model")),
    ],
)
async def test_a_server_that_always_fails(reply: Reply, facts: tuple[str, ...], tmp_path: Path) -> None:
    async with FaultServer([reply]) as server:
        ended = await generate(server, tmp_path / "run", "--timeout", "0.5")
        complain(5, server.url, *facts, of=ended)


@pytest.mark.slow
async def test_a_server_that_always_drops_the_connection(tmp_path: Path) -> None:
    async with FaultServer([RESET]) as server:
        complain(5, server.url, of=await generate(server, tmp_path / "run"))
        assert len(server.asked) > 3


async def test_a_server_that_recovers(tmp_path: Path) -> None:
    async with FaultServer([RESET, error(503, "busy"), HANG, chat(RIGHT)]) as server:
        ended = await generate(server, tmp_path / "run", "--timeout", "1")
        assert ended.code == 0, ended.err
    assert [line["text"] for line in rows(tmp_path / "run" / "completions.jsonl")] == [RIGHT]


async def test_completions_before_a_failure_are_kept(tmp_path: Path) -> None:
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


async def test_every_fault_in_one_run_loses_and_doubles_nothing(tmp_path: Path) -> None:
    right = chat(RIGHT)
    faults = [
        error(500, "boom"),
        error(503, "busy"),
        RESET,
        reply_json({}, 429),
        reply_json({}, 429, retry_after="0.2"),
        Reply(200, right.body, right.headers, declared=len(right.body) + 100),
        Reply(200, b'{"choices": [{"mess', {"content-type": "application/json"}),
        Reply(200, b"all is well", {"content-type": "text/plain"}),
        right._replace(drip_s=0.5),  # later than --timeout
    ]
    turns = itertools.count()
    tasks: dict[str, int] = {}

    def answer(seen: Seen) -> Reply:
        turn = next(turns)
        if turn % 5 == 0 and turn // 5 < len(faults):
            return faults[turn // 5]
        prompt = seen.body["messages"][-1]["content"]
        tasks[prompt] = tasks.get(prompt, 0) + 1
        return chat(f"{RIGHT}\n{len(prompt)}")

    async with FaultServer(answer) as server:
        ended = await generate(server, tmp_path / "run", "--timeout", "2", "--concurrency", 8, limit=40)
        assert ended.code == 0, ended.err
    kept = rows(tmp_path / "run" / "completions.jsonl")
    assert len({line["task_id"] for line in kept}) == len(kept) == 40
    assert sorted(tasks.values()) == [1] * 40, "answered once each"
    assert next(turns) == 40 + len(faults)
    assert len({line["text"] for line in kept}) > 20, "each prompt got its own answer"


async def test_a_slow_stream_that_arrives_in_time_is_right(tmp_path: Path) -> None:
    async with FaultServer([chat(RIGHT)._replace(drip_s=0.02)]) as server:
        assert (await generate(server, tmp_path / "run", "--timeout", "5")).code == 0
        assert len(server.asked) == 1


async def test_an_untrusted_certificate(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SUPPORT / "untrusted.pem")
    async with FaultServer([chat(RIGHT)], tls=context) as server:
        ended = await generate(server, tmp_path / "run")
        complain(5, server.url, "SSL_CERT_FILE", of=ended)
        assert not server.seen


async def test_https_to_a_server_that_speaks_http(tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # what web servers answer to a TLS greeting
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        arguments = ("generate", "humaneval", "--model", f"openai:m@{url}", "--limit", 1, "--timeout", 5)
        ended = await asyncio.to_thread(codeeval, *arguments, "--out", tmp_path / "run")
    complain(5, url, "TLS", "http://", of=ended)


PRICES = '[[sources]]\nas_of = "2026-01-31"\n[sources.models]\n"{spec}" = [0, 1000]\n'


async def test_a_budget_stops_the_run_and_a_higher_one_resumes_it(tmp_path: Path) -> None:
    prices, out = tmp_path / "prices.toml", tmp_path / "run"
    async with FaultServer([chat(RIGHT, usage=(10, 100))]) as server:  # ten cents each
        prices.write_text(PRICES.format(spec=f"openai:m@{server.url}"))
        more = ("--prices", prices, "--max-tokens", 100)
        ended = await generate(server, out, *more, "--max-cost", "0.55", "--json", limit=10)
        assert ended.code == 8, ended.err
        assert all(fact in ended.err for fact in ("$0.5000", "$0.5500", "--max-cost"))
        assert ended.json["timings"]["cost_usd"] == 0.5
        assert len(rows(out / "completions.jsonl")) == len(server.asked) == 5
        ended = await generate(server, out, *more, "--max-cost", "5", limit=10)
        assert ended.code == 0, ended.err
        assert all(fact in ended.out for fact in ("$1.0000", "2026-01-31"))
        assert len(rows(out / "completions.jsonl")) == len(server.asked) == 10


async def test_a_budget_without_a_price_is_refused(tmp_path: Path) -> None:
    async with FaultServer([chat(RIGHT)]) as server:
        ended = await generate(server, tmp_path / "run", "--max-cost", "1")
        complain(2, f"openai:m@{server.url}", "--prices FILE", of=ended)
        assert not server.seen


async def test_runs_share_completions_where_they_may(tmp_path: Path) -> None:
    env = {"CODEEVAL_CACHE_DIR": str(tmp_path / "cache"), "CODEEVAL_CACHE": None}
    async with FaultServer([chat(RIGHT)]) as server:

        async def generated(name: str, *more: str) -> Ended:
            arguments = ("generate", "humaneval", "--model", f"openai:m@{server.url}", "--limit", 3)
            return await asyncio.to_thread(
                codeeval, *arguments, "--out", tmp_path / name, "--json", *more, env=env
            )

        assert (await generated("a")).json["timings"]["cached"] == 0
        assert (await generated("b", "--cache")).json["timings"]["cached"] == 0
        assert len(server.asked) == 6, "a local server may have other weights: not cached by default"
        assert (await generated("c", "--cache")).json["timings"]["cached"] == 3
        assert (await generated("d", "--no-cache")).json["timings"]["cached"] == 0
        assert len(server.asked) == 9
    texts = [[line["text"] for line in rows(tmp_path / name / "completions.jsonl")] for name in "bc"]
    assert texts[0] == texts[1]
    stats = await asyncio.to_thread(codeeval, "cache", "stats", "--json", env=env)
    assert stats.json["completions"] == 3
    pruned = await asyncio.to_thread(codeeval, "cache", "prune", "--max-size", "0", "--json", env=env)
    assert pruned.json["completions"] == 3
    complain(2, "--unused-for", of=await asyncio.to_thread(codeeval, "cache", "prune", env=env))
    assert (await asyncio.to_thread(codeeval, "cache", "prune", "--all", env=env)).code == 0


async def test_a_run_through_the_batch_api(tmp_path: Path) -> None:
    provider = OpenAIProvider(polls=0, fate=lambda _prompt: RIGHT)
    async with FaultServer(provider) as server:
        ended = await generate(server, tmp_path / "run", "--batch", limit=5)
        assert ended.code == 0, ended.err
        assert "batch_1: 4 " in ended.err
    kept = rows(tmp_path / "run" / "completions.jsonl")
    assert [line["text"] for line in kept] == [RIGHT] * 5
    assert sum(line["usage"].get("batch", False) for line in kept) == 4


async def test_batches_are_refused_by_a_server_without_them(tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text('{"task_id": "HumanEval/0", "completion": "    return True"}\n')
    arguments = ("generate", "humaneval", "--model", f"file:{samples}", "--batch")
    ended = await asyncio.to_thread(codeeval, *arguments, "--out", tmp_path / "run")
    complain(2, "file:", "--batch", of=ended)

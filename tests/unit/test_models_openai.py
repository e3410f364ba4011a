"""``openai:`` against a server on loopback that misbehaves: no completion is lost, doubled or made up."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from time import time

import msgspec
import pytest

from codeeval.errors import ModelError, PromptRefused, UsageError
from codeeval.interfaces import ModelSpec
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.serving import pacing
from codeeval.types import (
    Completion,
    CompletionKind,
    FinishReason,
    Message,
    Problem,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fault_server import (
    HANG,
    HTML,
    RESET,
    FaultServer,
    Reply,
    Seen,
    chat,
    error,
    models,
    plain,
    reply_json,
)

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
CHAT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.USER, content="Add, please."),),
)
BASE = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="", text="def add(a, b):\n")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.01)


async def generate(
    server: FaultServer,
    prompt: Prompt = CHAT,
    sampling: Sampling = Sampling(),  # noqa: B008 -- frozen
    samples: range = range(1),
    **fields: object,
) -> list[Completion]:
    model = make(server, **fields)
    try:
        return await model.complete(prompt, sampling, samples)
    finally:
        await model.aclose()


def make(server: FaultServer, **fields: object) -> OpenAIModel:
    spec = ModelSpec(backend="openai", name="m", base_url=server.url, timeout_s=5)
    return OpenAIModel(msgspec.structs.replace(spec, **fields))


async def test_a_chat_answer() -> None:
    async with FaultServer([chat("def add(a, b):\r\n    return a + b")]) as server:
        (completion,) = await generate(server, sampling=Sampling(temperature=0.2, top_p=0.9, max_tokens=7))
    assert completion.text == "def add(a, b):\r\n    return a + b"
    assert completion.kind is CompletionKind.ANSWER
    assert completion.finish_reason is FinishReason.STOP
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (10, 5)
    assert completion.usage.latency_s > 0
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Add, please."}],
        "temperature": 0.2,
        "top_p": 0.9,
        "max_tokens": 7,
    }


async def test_a_plain_completion() -> None:
    async with FaultServer([plain("    return a + b\n")]) as server:
        (completion,) = await generate(server, BASE)
    assert completion.text == "    return a + b\n"
    assert completion.kind is CompletionKind.CONTINUATION
    assert completion.finish_reason is FinishReason.LENGTH
    assert server.seen[0].path == "/v1/completions"
    assert server.seen[0].body["prompt"] == BASE.text


@pytest.mark.parametrize(
    "fault",
    [
        reply_json({"error": {"message": "slow down"}}, 429),
        error(500, "boom"),
        Reply(502, b"<html>bad gateway</html>", {"content-type": "text/html"}),
        error(503, "loading"),
        Reply(200, b'{"choices": [{"mess', {"content-type": "application/json"}),
        Reply(200, b'{"choices": [{"mess', {"content-type": "application/json"}, declared=4000),
        Reply(200, b"", {"content-type": "application/json"}),
        Reply(200, b"hello", {"content-type": "text/plain"}),
        reply_json({"choices": [{"index": 0}]}),
        reply_json({"id": "no choices"}),
        reply_json([1, 2]),
        reply_json({"error": {"message": "overloaded", "code": 529}}),
        RESET,
    ],
    ids=[
        "429", "500", "502 html", "503", "cut json", "half a body", "empty body", "no json", "no message",
        "no choices", "a list", "an error with status 200", "reset",
    ],
)  # fmt: skip
async def test_a_transient_fault_costs_nothing(fault: Reply) -> None:
    async with FaultServer([fault, fault, chat("right")]) as server:
        completions = await generate(server)
    assert [completion.text for completion in completions] == ["right"]
    assert len(server.seen) == 3


async def test_a_response_with_a_wrong_content_type_is_accepted() -> None:
    right = chat("right")
    async with FaultServer([right._replace(headers={"content-type": "text/plain"})]) as server:
        assert [each.text for each in await generate(server)] == ["right"]
    assert len(server.seen) == 1


async def test_retries_end() -> None:
    async with FaultServer([error(500, "boom")]) as server:
        with pytest.raises(ModelError, match="status 500: boom"):
            await generate(server, retries=3)
    assert len(server.seen) == 4


async def test_a_refused_connection() -> None:
    async with FaultServer([chat("never")]) as server:
        url = server.url
    model = OpenAIModel(ModelSpec(backend="openai", name="m", base_url=url, retries=1))
    with pytest.raises(ModelError, match=re.escape(url)):
        await model.complete(CHAT, Sampling(), range(1))
    await model.aclose()


@pytest.mark.parametrize("form", ["seconds", "date", "milliseconds"])
async def test_retry_after_is_followed(form: str) -> None:
    headers = {
        "seconds": {"retry_after": "0.4"},
        "date": {"retry_after": formatdate(time() + 1.6, usegmt=True)},
        "milliseconds": {"retry_after_ms": "400"},
    }[form]
    async with FaultServer([reply_json({"error": "wait"}, 429, **headers), chat("right")]) as server:
        (completion,) = await generate(server)
    assert completion.text == "right"
    assert server.seen[1].at - server.seen[0].at >= (0.4 if form != "date" else 0.3)


async def test_retry_after_pauses_every_request() -> None:
    async with FaultServer([reply_json({}, 429, retry_after="0.5"), chat("right")]) as server:
        model = make(server)
        first = asyncio.create_task(model.complete(CHAT, Sampling(), range(1)))
        await server.arrived(1)
        await asyncio.sleep(0.1)
        await asyncio.gather(first, model.complete(CHAT, Sampling(), range(1)))
        await model.aclose()
    assert min(seen.at for seen in server.seen[1:]) - server.seen[0].at >= 0.45


async def test_an_unreasonable_wait_is_an_error() -> None:
    async with FaultServer([reply_json({}, 429, retry_after="86400")]) as server:
        with pytest.raises(ModelError, match="86400 s"):
            await generate(server)
    assert len(server.seen) == 1


async def test_an_exhausted_quota_is_not_retried() -> None:
    async with FaultServer([error(429, "You are broke.", code="insufficient_quota")]) as server:
        with pytest.raises(ModelError, match=r"You are broke\."):
            await generate(server)
    assert len(server.seen) == 1


async def test_a_hang_is_a_timeout() -> None:
    async with FaultServer([HANG]) as server:
        with pytest.raises(ModelError, match=r"within 0\.2 s \(3 attempts\)"):
            await generate(server, timeout_s=0.2)
    async with FaultServer([HANG, chat("late")]) as server:
        assert (await generate(server, timeout_s=0.5))[0].text == "late"


async def test_a_burst_of_faults_loses_and_doubles_nothing() -> None:
    """40 tasks, every other request fails in some way; each prompt gets the answer that names it."""
    faults = [error(500, "boom"), RESET, reply_json({}, 429), Reply(200, b"{", {})]
    counts: Counter[str] = Counter()

    def answer(seen: Seen) -> Reply:
        name = seen.body["messages"][0]["content"]
        counts[name] += 1
        if counts[name] <= int(name) % 3:
            return faults[(int(name) + counts[name]) % len(faults)]
        return chat(f"answer to {name}")._replace(delay_s=0.005)

    async with FaultServer(answer) as server:
        model = make(server, concurrency=8)
        prompts = [
            msgspec.structs.replace(
                CHAT, task_id=f"T/{n}", messages=(Message(role=Role.USER, content=str(n)),)
            )
            for n in range(40)
        ]
        completions = await asyncio.gather(
            *(model.complete(prompt, Sampling(), range(1)) for prompt in prompts)
        )
        await model.aclose()
    assert [(c.task_id, c.sample, c.text) for (c,) in completions] == [
        (f"T/{n}", 0, f"answer to {n}") for n in range(40)
    ]
    assert server.most_open <= 8


@pytest.mark.parametrize("status", [401, 403])
async def test_a_rejected_key_ends_all_requests(status: int) -> None:
    async with FaultServer([error(status, "Incorrect API key")]) as server:
        model = make(server)
        for _ in range(3):
            with pytest.raises(ModelError, match=r"Incorrect API key(.|\n)*OPENAI_API_KEY"):
                await model.complete(CHAT, Sampling(), range(1))
        await model.aclose()
    assert len(server.seen) == 1


async def test_an_unknown_model_suggests_the_nearest() -> None:
    listed = models("qwen2.5-coder", "smollm2")
    async with FaultServer([error(404, "no such model")], listed) as server:
        model = make(server, name="qwen2.5-codr")
        for _ in range(2):
            with pytest.raises(ModelError, match=r"qwen2\.5-coder\b"):
                await model.complete(CHAT, Sampling(), range(1))
        await model.aclose()
    assert len(server.asked) == 1


async def test_an_unknown_model_lists_all() -> None:
    async with FaultServer([error(404, "no")], models("alpha", "beta")) as server:
        with pytest.raises(ModelError, match="alpha, beta"):
            await generate(server, name="zzzzzz")


async def test_a_wrong_path_is_named() -> None:
    async with FaultServer([reply_json({"detail": "Not Found"}, 404)]) as server:
        with pytest.raises(ModelError, match=r"/api/v1"):
            await generate(server, base_url=server.url.replace("/v1", "/api"))
    async with FaultServer([HTML]) as server:
        with pytest.raises(ModelError, match=r"HTML \(It works!\)"):
            await generate(server)
    assert len(server.seen) == 1


async def test_a_rejected_request_has_the_servers_message() -> None:
    async with FaultServer([error(400, "temperature must be below 2")]) as server:
        with pytest.raises(ModelError, match="temperature must be below 2"):
            await generate(server)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "too long", code="context_length_exceeded"),
        error(400, "This model's maximum context length is 8192 tokens"),
        error(400, "no", type="exceed_context_size_error", code=400),
        error(400, "The response was filtered due to Azure's content management policy"),
        error(413, "Payload too large"),
    ],
)
async def test_a_rejected_prompt_affects_no_other(reply: Reply) -> None:
    async with FaultServer([reply, chat("right")]) as server:
        model = make(server)
        with pytest.raises(PromptRefused):
            await model.complete(CHAT, Sampling(), range(1))
        assert (await model.complete(CHAT, Sampling(), range(1)))[0].text == "right"
        await model.aclose()


async def test_samples_share_one_request_and_its_cost() -> None:
    async with FaultServer([chat("a", "b", "c", usage=(10, 20))]) as server:
        completions = await generate(server, samples=range(4, 7))
    assert [(c.sample, c.text) for c in completions] == [(4, "a"), (5, "b"), (6, "c")]
    assert sum(c.usage.prompt_tokens for c in completions) == 10
    assert sum(c.usage.completion_tokens for c in completions) == 20
    assert [seen.body["n"] for seen in server.seen] == [3]


async def test_ignored_n_is_worked_around_and_remembered() -> None:
    texts = iter("abcdefgh")
    async with FaultServer(lambda seen: chat(next(texts))) as server:  # noqa: ARG005
        model = make(server, concurrency=1)
        completions = await model.complete(CHAT, Sampling(), range(4))
        assert sorted(c.text for c in completions) == ["a", "b", "c", "d"]
        assert [c.sample for c in completions] == [0, 1, 2, 3]
        assert [seen.body.get("n") for seen in server.seen] == [4, None, None, None]
        await model.complete(CHAT, Sampling(), range(4))
        await model.aclose()
    assert [seen.body.get("n") for seen in server.seen[4:]] == [None] * 4


async def test_rejected_n_is_worked_around() -> None:
    def answer(seen: Seen) -> Reply:
        return error(400, "Field 'n': must be 1") if "n" in seen.body else chat("one")

    async with FaultServer(answer) as server:
        assert [c.text for c in await generate(server, samples=range(3))] == ["one"] * 3
    assert len(server.seen) == 4


async def test_more_choices_than_requested_are_ignored() -> None:
    async with FaultServer([chat("a", "b", "c")]) as server:
        assert [c.text for c in await generate(server, samples=range(2))] == ["a", "b"]


async def test_a_seed_makes_each_sample_its_own_request() -> None:
    async with FaultServer(lambda seen: chat(f"seed {seen.body['seed']}")) as server:
        completions = await generate(server, sampling=Sampling(seed=100, temperature=1), samples=range(3, 6))
    assert [(c.sample, c.text) for c in completions] == [(3, "seed 103"), (4, "seed 104"), (5, "seed 105")]


async def test_stops_are_cut_whatever_the_server_does() -> None:
    stops = ("\nclass", "\ndef", "\n#", "\nif", "\nprint", "")
    text = "    return 1\n\nprint(2)\ndef g():"
    async with FaultServer([chat(text, finish="length")]) as server:
        (completion,) = await generate(server, sampling=Sampling(stop=stops))
    assert completion.text == "    return 1\n"
    assert completion.finish_reason is FinishReason.STOP
    assert server.seen[0].body["stop"] == list(stops[:4])


async def test_max_tokens_is_renamed_once() -> None:
    def answer(seen: Seen) -> Reply:
        if "max_tokens" in seen.body:
            return error(400, "Unsupported parameter: use 'max_completion_tokens'", param="max_tokens")
        return chat(str(seen.body["max_completion_tokens"]))

    async with FaultServer(answer) as server:
        model = make(server)
        for _ in range(2):
            (completion,) = await model.complete(CHAT, Sampling(max_tokens=9), range(1))
            assert completion.text == "9"
        await model.aclose()
    assert len(server.seen) == 3


async def test_rejected_stop_is_cut_locally() -> None:
    def answer(seen: Seen) -> Reply:
        if "stop" in seen.body:
            return error(400, "'stop' is not supported with this model", param="stop")
        return chat("a\ndef b")

    async with FaultServer(answer) as server:
        assert (await generate(server, sampling=Sampling(stop=("\ndef",))))[0].text == "a"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b'"caf\\u00e9 \\ud83d\\ude00"', "café 😀"),
        (b'"lone \\ud800 high"', "lone � high"),
        (b'"lone \\udc00 low"', "lone � low"),
        (b'"nul \\u0000 end"', "nul \0 end"),
        (b'"bad \xff byte"', "bad � byte"),
        (b'""', ""),
        (b"null", ""),
        (b'[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]', "ab"),
        (b'"x", "reasoning_content": "hm", "reasoning": "hm"', "x"),
    ],
)
async def test_any_text_can_be_kept(sent: bytes, kept: str) -> None:
    body = b'{"choices": [{"index": 0, "message": {"content": %s}}]}' % sent
    async with FaultServer([Reply(200, body, {"content-type": "application/json"})]) as server:
        (completion,) = await generate(server)
    assert completion.text == kept
    assert msgspec.json.decode(msgspec.json.encode(completion), type=Completion) == completion
    assert len(server.seen) == 1


async def test_any_prompt_can_be_sent() -> None:
    prompt = msgspec.structs.replace(CHAT, messages=(Message(role=Role.USER, content="\ud800 \0 é"),))
    async with FaultServer([chat("ok")]) as server:
        await generate(server, prompt, sampling=Sampling(stop=("\udfff",)))
    assert server.seen[0].body["messages"][0]["content"] == "� \0 é"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTERED),
        ("odd", FinishReason.UNKNOWN),
    ],
)
async def test_finish_reasons(sent: str, expected: FinishReason) -> None:
    async with FaultServer([chat("x", finish=sent, usage=None)]) as server:
        (completion,) = await generate(server)
    assert completion.finish_reason is expected
    assert completion.usage.prompt_tokens == 0


@pytest.mark.parametrize("echoes", [True, False])
async def test_a_prefill_is_sent_to_servers_that_continue_it(echoes: bool) -> None:
    prompt = msgspec.structs.replace(CHAT, prefill="```python\n", stop=("\n",))
    answer = ("```python\n" if echoes else "") + "x = 1\n```"
    async with FaultServer([chat(answer)], models("m", owner="vllm")) as server:
        (completion,) = await generate(server, prompt)
    assert completion.text == "```python\nx = 1"
    (seen,) = server.asked
    assert seen.body["messages"][-1] == {"role": "assistant", "content": "```python\n"}
    assert seen.body["continue_final_message"] is True


@pytest.mark.parametrize("listed", [models("m", owner="openai"), error(500, "no"), HTML])
async def test_a_prefill_is_sent_to_no_other_server(listed: Reply) -> None:
    prompt = msgspec.structs.replace(CHAT, prefill="```python\n")
    async with FaultServer([chat("x = 1")], listed) as server:
        model = make(server)
        for _ in range(2):
            assert (await model.complete(prompt, Sampling(), range(1)))[0].text == "x = 1"
        await model.aclose()
    assert [turn["role"] for turn in server.asked[0].body["messages"]] == ["user"]
    assert len(server.seen) == 3  # the owner is asked for once


async def test_the_pace_is_kept() -> None:
    async with FaultServer([chat("x")]) as server:
        model = make(server, requests_per_minute=600)
        started = asyncio.get_running_loop().time()  # not the first arrival: that one may be slow
        await asyncio.gather(*(model.complete(CHAT, Sampling(), range(1)) for _ in range(5)))
        await model.aclose()
    assert max(seen.at for seen in server.seen) - started >= 0.39


async def test_no_choices_is_an_error() -> None:
    async with FaultServer([chat()]) as server:
        with pytest.raises(ModelError, match=re.escape(server.url)):
            await generate(server)


async def test_cancelling_ends_the_requests() -> None:
    async with FaultServer([HANG]) as server:
        model = make(server)
        task = asyncio.create_task(model.complete(CHAT, Sampling(seed=1), range(3)))
        await server.arrived(3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.aclose()


def test_a_missing_key_is_an_error_before_the_run() -> None:
    with pytest.raises(ModelError, match=r"openai:gpt-4o-mini(.|\n)*OPENAI_API_KEY"):
        OpenAIModel(ModelSpec(backend="openai", name="gpt-4o-mini"))
    with pytest.raises(UsageError, match="openai:"):
        OpenAIModel(ModelSpec(backend="openai", base_url="http://localhost:8000/v1"))


async def test_the_key_is_sent_and_never_shown() -> None:
    async with FaultServer([chat("x")]) as server:
        url = server.url.replace("http://", "http://me:secret@")
        model = OpenAIModel(ModelSpec(backend="openai", name="m", base_url=url, api_key="sk-secret"))
        assert "secret" not in json.dumps(msgspec.to_builtins(model.info))
        await model.aclose()
        await generate(server, api_key="sk-secret")
    assert server.seen[0].headers["authorization"] == "Bearer sk-secret"

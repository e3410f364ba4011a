"""Servers that answer oddly: what can be read is read, what is no answer is asked for again, then named."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, PromptRefused
from codeeval.interfaces import ModelSpec
from codeeval.models.context import Room, stated_room
from codeeval.models.endings import count, finish_reason
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.parts import Parts, read_parts
from codeeval.models.serving import pacing
from codeeval.types import FinishReason, Message, Prompt, PromptStyle, Role, Sampling

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fault_server import FaultServer, Reply, Seen, chat, error, reply_json

if TYPE_CHECKING:
    from codeeval.types import Completion

PROMPT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.USER, content="Add, please."),),
)
RIGHT = chat("right")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.001)


async def ask(
    server: FaultServer, *, samples: int = 1, max_tokens: int = 100, model: OpenAIModel | None = None
) -> list[Completion]:
    asked = model or make(server)
    try:
        sampling = Sampling(max_tokens=max_tokens, temperature=0.5)
        return await asked.complete(PROMPT, sampling, range(samples))
    finally:
        if model is None:
            await asked.aclose()


def make(server: FaultServer) -> OpenAIModel:
    return OpenAIModel(ModelSpec(backend="openai", name="m", base_url=server.url, timeout_s=5, retries=2))


def choice(message: object, finish: object = "stop", **fields: object) -> Reply:
    return reply_json({"choices": [{"index": 0, "message": message, "finish_reason": finish} | fields]})


def said(content: object, finish: object = "stop", **fields: object) -> Reply:
    return choice({"role": "assistant", "content": content} | fields, finish)


@pytest.mark.parametrize(
    "reply",
    [
        reply_json({"choices": [], "usage": None}),
        reply_json({"choices": None}),
        choice(None, "content_filter"),
        reply_json({"choices": [{"index": 0, "finish_reason": "length"}]}),
        said("half a te", "error"),
        said("half a te", "abort"),
        said("half a te", "network_error"),
        said("half a te", "insufficient_system_resource"),
        error(400, "Invalid prompt: the input was flagged", code="invalid_prompt"),
        error(422, "no"),
        error(500, "CUDA error: device-side assert"),
    ],
)
async def test_what_is_no_answer_is_asked_for_again_and_then_the_prompts_own(reply: Reply) -> None:
    async with FaultServer([reply, reply, RIGHT]) as server:
        (completion,) = await ask(server)
    assert completion.text == "right"
    assert len(server.asked) == 3
    async with FaultServer([reply, reply, reply, RIGHT]) as server:
        model = make(server)
        with pytest.raises(NoAnswer):
            await ask(server, model=model)
        assert [each.text for each in await ask(server, model=model)] == ["right"], "others are answered"
        await model.aclose()


async def test_a_server_that_gives_no_answer_at_all_is_given_up() -> None:
    async with FaultServer([reply_json({"choices": []})]) as server:
        model = make(server)
        kinds = []
        for _ in range(4):
            with pytest.raises(ModelError) as raised:
                await ask(server, model=model)
            kinds.append(type(raised.value))
        await model.aclose()
    assert kinds == [NoAnswer, NoAnswer, ModelError, ModelError]
    assert len(server.asked) == 9


async def test_of_several_samples_only_those_without_an_answer_are_marked() -> None:
    def reply(seen: Seen) -> Reply:
        if seen.body.get("n") == 3:
            choices = [json.loads(each.body)["choices"][0] for each in (RIGHT, said("ha", "abort"), RIGHT)]
            return reply_json({"choices": [each | {"index": None} for each in choices]})
        return said("ha", "abort")

    async with FaultServer(reply) as server:
        completions = await ask(server, samples=3)
    assert [each.sample for each in completions] == [0, 1, 2]
    assert [each.text for each in completions] == ["right", "right", ""]
    assert completions[2].finish_reason is FinishReason.NO_ANSWER
    assert "abort" in completions[2].error


@pytest.mark.parametrize(
    ("reply", "finish", "error"),
    [
        (said(None, reasoning_content="```python\nright\n```"), FinishReason.REASONING, ""),
        (said("<think>hm"), FinishReason.REASONING, ""),
        (said(None, "tool_calls", tool_calls=[{"id": "1"}]), FinishReason.TOOL_CALL, ""),
        (said(None, "stop", function_call={"name": "f"}), FinishReason.TOOL_CALL, ""),
        (said(None, refusal="I can't."), FinishReason.REFUSAL, "I can't."),
        (said([{"type": "refusal", "refusal": "No."}]), FinishReason.REFUSAL, "No."),
        (said(None, "length", reasoning="hm"), FinishReason.LENGTH, ""),
        (said(None), FinishReason.STOP, ""),
    ],
)
async def test_an_ending_without_an_answer_has_its_name(
    reply: Reply, finish: FinishReason, error: str
) -> None:
    async with FaultServer([reply]) as server:
        (completion,) = await ask(server)
    assert (completion.text, completion.finish_reason, completion.error) == ("", finish, error)
    assert len(server.asked) == 1


STREAMED = (
    b': hello\n\ndata: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "ri"}}]}\n\n'
    b'data: {"choices": [{"index": 0, "delta": {"content": "ght"}, "finish_reason": "stop"}]}\n\n'
    b'data: {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}\n\ndata: [DONE]\n\n'
)


@pytest.mark.parametrize(
    "reply",
    [
        reply_json({"choices": [{"index": None, "message": {"content": "right"}, "finish_reason": None}]}),
        reply_json({"choices": [{"message": "right"}], "usage": {"prompt_tokens": "50", "x": 1}}),
        reply_json({"choices": [{"message": {"content": "right"}}], "usage": {"completion_tokens": 60.5}}),
        reply_json({"choices": [{"message": {"content": "right"}}], "usage": [1]}),
        said(["right"]),
        said(
            [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "right"},
            ]
        ),
        said("right", "tool_calls", tool_calls=[{"id": "1"}]),
        Reply(200, b'{"choices": [{"message": {"content": "right"}}], "x": ' + b"9" * 5000 + b"}"),
        Reply(200, STREAMED, {"content-type": "text/event-stream"}),
    ],
)
async def test_what_does_not_matter_may_have_any_type(reply: Reply) -> None:
    async with FaultServer([reply]) as server:
        (completion,) = await ask(server)
    assert completion.text == "right"
    assert completion.finish_reason in (FinishReason.STOP, FinishReason.UNKNOWN)
    assert len(server.asked) == 1


async def test_a_stream_that_breaks_off_is_asked_for_again() -> None:
    async with FaultServer([Reply(200, STREAMED[:120]), RIGHT]) as server:
        assert [each.text for each in await ask(server)] == ["right"]


CONTEXT = (
    "This model's maximum context length is 2,048 tokens. However, you requested {total} tokens "
    "(150 in the messages, {asked} in the completion)."
)


async def test_a_request_with_too_many_tokens_is_sent_again_with_the_room_that_is_left() -> None:
    def reply(seen: Seen) -> Reply:
        asked = seen.body["max_tokens"]
        return RIGHT if 150 + asked <= 2048 else error(400, CONTEXT.format(total=150 + asked, asked=asked))

    async with FaultServer(reply) as server:
        model = make(server)
        (completion,) = await ask(server, max_tokens=4096, model=model)
        (short,) = await ask(server, max_tokens=100, model=model)
        await model.aclose()
    assert (completion.text, completion.max_tokens) == ("right", 1898)
    assert short.max_tokens is None
    assert any("max_tokens" in note for note in model.info.notes)
    assert [seen.body["max_tokens"] for seen in server.asked] == [4096, 1898, 100]


async def test_a_cap_on_every_answer_is_remembered() -> None:
    def reply(seen: Seen) -> Reply:
        message = "max_tokens is too large: 4096. This model supports at most 1000 completion tokens."
        return RIGHT if seen.body["max_tokens"] <= 1000 else error(400, message)

    async with FaultServer(reply) as server:
        model = make(server)
        first, second = [(await ask(server, max_tokens=4096, model=model))[0] for _ in range(2)]
        await model.aclose()
    assert (first.max_tokens, second.max_tokens) == (1000, 1000)
    assert [seen.body["max_tokens"] for seen in server.asked] == [4096, 1000, 1000]


@pytest.mark.parametrize(
    ("message", "kind", "fact"),
    [
        ("context length exceeded: 2048 tokens with max_tokens", ModelError, "Lower --max-tokens"),
        ("The context window is 2048 tokens", ModelError, "Lower --max-tokens"),
        ("prompt is too long: 250000 tokens > 200000 maximum", ContextOverflow, "too long"),
        (
            CONTEXT.replace("150", "3000").format(total=7096, asked=4096),
            ContextOverflow,
            "3000 in the messages",
        ),
        ("you must provide a chat template if the tokenizer does not define one", ModelError, "--style base"),
    ],
)
async def test_where_no_room_is_stated_the_remedy_is(message: str, kind: type[ModelError], fact: str) -> None:
    async with FaultServer([error(400, message)]) as server:
        with pytest.raises(ModelError, match=fact) as raised:
            await ask(server, max_tokens=4096)
    assert type(raised.value) is kind
    assert len(server.asked) == 1


async def test_moderation_with_403_rejects_the_prompt_and_not_the_key() -> None:
    async with FaultServer([error(403, "m requires moderation; your input was flagged"), RIGHT]) as server:
        model = make(server)
        with pytest.raises(PromptRefused):
            await ask(server, model=model)
        assert [each.text for each in await ask(server, model=model)] == ["right"]
        await model.aclose()


@pytest.mark.parametrize(
    ("message", "asked", "room"),
    [
        ("`inputs` tokens + `max_new_tokens` must be <= 2048. Given: 150 `inputs` tokens", 4096, 1898),
        ("your request has 150 input tokens, the context length is 2048 (4096 > 2048 - 150)", 4096, 1898),
        ("exceed context limit: 199999 + 20000 > 204000", 20000, 4001),
        ("maximum context length is 8192 tokens, you requested about 10000 tokens", 8096, 6288),
        ("max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens", 100000, 8192),
        ("`max_tokens` must be less than or equal to `8192`", 10000, 8192),
        ("the valid range of max_tokens is [1, 8192]", 10000, 8192),
        ("max_tokens=4096 cannot be greater than max_model_len=max_total_tokens=2048.", 4096, 2048),
    ],
)
def test_the_room_that_servers_state(message: str, asked: int, room: int) -> None:
    found = stated_room(message, asked)
    assert isinstance(found, Room)
    assert found.tokens == room


def test_names_of_endings() -> None:
    assert finish_reason("model_length") is finish_reason("MAX_TOKENS") is FinishReason.LENGTH
    assert finish_reason("STOP") is finish_reason("FINISH_REASON_STOP") is FinishReason.STOP
    assert finish_reason("content-filter") is finish_reason("SAFETY") is FinishReason.FILTERED
    assert finish_reason("request_cancelled") is finish_reason("internal_error") is FinishReason.NO_ANSWER
    assert finish_reason(None) is finish_reason("purple") is finish_reason(3) is FinishReason.UNKNOWN


@pytest.mark.parametrize(
    ("stated", "tokens"),
    [
        (5, 5),
        (5.6, 6),
        ("7", 7),
        ("7.0", 7),
        (True, 0),
        (-1, 0),
        (float("nan"), 0),
        (float("inf"), 0),
        ("x", 0),
        ([], 0),
    ],
)
def test_counts_of_tokens(stated: object, tokens: int) -> None:
    assert count(stated) == tokens


def test_parts() -> None:
    assert read_parts(None) == read_parts({"type": "image"}) == Parts("")
    listed = ["a", {"type": "output_text", "text": "b"}, {"type": "reasoning", "summary": [{"text": "r"}]}]
    assert read_parts(listed) == Parts("ab", "r")

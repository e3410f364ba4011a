"""``anthropic:``, ``ollama:`` and ``litellm:`` against servers on loopback that speak their wire formats."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.config import quieten
from codeeval.errors import ContextOverflow, ModelError, NoAnswer, PromptRefused, UnknownName, UsageError
from codeeval.interfaces import ModelSpec, Support
from codeeval.models.anthropic.model import AnthropicModel
from codeeval.models.litellm import LiteLLMModel
from codeeval.models.ollama import OllamaModel
from codeeval.models.serving import pacing
from codeeval.types import (
    CompletionKind,
    Effort,
    FinishReason,
    Message,
    Problem,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import fault_server as fs
from fault_server import FaultServer, Reply

if TYPE_CHECKING:
    from codeeval.models.server_model import ServerModel
    from codeeval.types import Completion

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
CHAT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.SYSTEM, content="Be brief."), Message(role=Role.USER, content="Add.")),
)
BASE = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="", text="def add(a, b):\n")
PREFILLED = msgspec.structs.replace(CHAT, prefill="```python\n")
BACKENDS = ("anthropic", "ollama", "litellm")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.01)


def make(backend: str, server: FaultServer, **fields: object) -> ServerModel:
    bare = server.url.removesuffix("/v1")
    spec = ModelSpec(backend=backend, name="m", base_url=bare, timeout_s=5, retries=2, api_key="key")
    if backend == "anthropic":
        return AnthropicModel(msgspec.structs.replace(spec, **fields))
    if backend == "ollama":
        return OllamaModel(msgspec.structs.replace(spec, **fields))
    quieten(backend)
    fields = {"name": "openai/m", "base_url": server.url} | fields
    return LiteLLMModel(msgspec.structs.replace(spec, **fields))


def sse(*events: dict[str, object]) -> Reply:
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return Reply(200, body.encode(), {"content-type": "text/event-stream"})


def anthropic_answer(
    text: str, thinking: str = "", reason: str = "end_turn", *, whole: bool = True, thinking_tokens: int = 0
) -> Reply:
    usage = {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 3}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    blocks = [("thinking", thinking)] if thinking else []
    blocks.append(("text", text))
    events: list[dict[str, object]] = [{"type": "message_start", "message": message}, {"type": "ping"}]
    for index, (kind, content) in enumerate(blocks):
        empty = {"type": kind, kind: ""} | ({"signature": ""} if kind == "thinking" else {})
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        for piece in (content[:3], content[3:]):
            delta = {"type": f"{kind}_delta", kind: piece}
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    spent: dict[str, object] = {"output_tokens": 25}
    if thinking_tokens:
        spent["output_tokens_details"] = {"thinking_tokens": thinking_tokens}
    delta = {"stop_reason": reason, "stop_sequence": None}
    events += [{"type": "message_delta", "delta": delta, "usage": spent}, {"type": "message_stop"}]
    return sse(*(events if whole else events[:-2]))


def ollama_answer(
    text: str, thinking: str = "", reason: str = "stop", *, whole: bool = True, prompt_tokens: int = 13
) -> Reply:
    pieces: list[dict[str, object]] = [
        {"message": {"role": "assistant", "content": "", "thinking": thinking}, "done": False},
        {"message": {"role": "assistant", "content": text}, "done": False},
    ]
    last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason}
    if whole:
        pieces.append(last | {"prompt_eval_count": prompt_tokens, "eval_count": 25})
    body = "".join(
        json.dumps({"model": "m", "created_at": "2025-01-01T00:00:00Z", **each}) + "\n" for each in pieces
    )
    return Reply(200, body.encode(), {"content-type": "application/x-ndjson"})


def openai_answer(text: str, thinking: str = "", reason: str = "stop") -> Reply:
    message = {"role": "assistant", "content": text, "reasoning_content": thinking or None}
    usage = {"prompt_tokens": 13, "completion_tokens": 25, "total_tokens": 38}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return fs.reply_json(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }
    )


def answer(backend: str, text: str, thinking: str = "", *, cut: bool = False) -> Reply:
    if backend == "anthropic":
        return anthropic_answer(text, thinking, "max_tokens" if cut else "end_turn")
    if backend == "ollama":
        return ollama_answer(text, thinking, "length" if cut else "stop")
    return openai_answer(text, thinking, "length" if cut else "stop")


def refusal(backend: str, status: int, words: str, kind: str = "invalid_request_error") -> Reply:
    if backend == "anthropic":
        return fs.reply_json({"type": "error", "error": {"type": kind, "message": words}}, status)
    if backend == "ollama":
        return fs.reply_json({"error": words}, status)
    return fs.error(status, words, type=kind)


async def generate(
    model: ServerModel, prompt: Prompt = CHAT, sampling: Sampling | None = None, samples: range = range(1)
) -> list[Completion]:
    try:
        return await model.complete(prompt, sampling or Sampling(max_tokens=100), samples)
    finally:
        await model.aclose()


@pytest.mark.parametrize("backend", BACKENDS)
async def test_reasoning_is_kept_apart(backend: str) -> None:
    async with FaultServer([answer(backend, "the answer", "the reason")]) as server:
        (completion,) = await generate(make(backend, server))
    assert (completion.text, completion.reasoning) == ("the answer", "the reason")
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (13, 25)
    assert 0 < completion.usage.reasoning_tokens < 25
    assert completion.finish_reason is FinishReason.STOP
    assert completion.kind is CompletionKind.ANSWER


@pytest.mark.parametrize("backend", BACKENDS)
async def test_think_marks_in_the_text(backend: str) -> None:
    async with FaultServer([answer(backend, "<think>the reason</think>\n\nthe answer", cut=True)]) as server:
        (completion,) = await generate(make(backend, server))
    assert (completion.text, completion.reasoning) == ("the answer", "the reason")
    assert completion.finish_reason is FinishReason.LENGTH


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_stop_sequence_that_ends_the_reasoning_is_not_sent_again(backend: str) -> None:
    def reply(seen: fs.Seen) -> Reply:
        stops = (
            seen.body.get("stop_sequences")
            or seen.body.get("stop")
            or seen.body.get("options", {}).get("stop")
        )
        return answer(backend, "", "Hmm, ") if stops else answer(backend, "Yes END no", "Hmm, END, well")

    async with FaultServer(reply) as server:
        model = make(backend, server)
        (completion,) = await generate(model, sampling=Sampling(stop=("END",)))
    assert (completion.text, completion.reasoning) == ("Yes ", "Hmm, END, well")
    assert len(server.asked) == 2
    assert model.info.capabilities is not None
    assert model.info.capabilities.stop is Support.WORKED_AROUND


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("words", "prompt", "field"),
    [
        ("`temperature` is deprecated for this model.", CHAT, "temperature"),
        ("`temperature` and `top_p` cannot both be specified for this model.", CHAT, "top_p"),
        ("This model does not support assistant message prefill.", PREFILLED, "prefill"),
    ],
)
async def test_a_rejected_parameter_is_omitted_with_a_note(
    backend: str, words: str, prompt: Prompt, field: str
) -> None:
    if (backend, field) == ("litellm", "prefill"):
        pytest.skip("LiteLLM's table states who supports a prefill: none is sent to others")

    def sends(body: dict[str, object]) -> bool:
        if field == "prefill":
            messages = body["messages"]
            return isinstance(messages, list) and messages[-1]["role"] == "assistant"
        options = body.get("options")
        return field in (options if isinstance(options, dict) and field != "top_p" else body)

    def reply(seen: fs.Seen) -> Reply:
        return refusal(backend, 400, words) if sends(seen.body) else answer(backend, "text")

    if backend == "ollama" and field == "top_p":
        pytest.skip("top_p is always stated: Ollama's default is not 1")
    async with FaultServer(reply) as server:
        model = make(backend, server)
        sampling = Sampling(temperature=0.5, top_p=0.9)
        completions = [await model.complete(prompt, sampling, range(n, n + 1)) for n in range(3)]
        await model.aclose()
    assert [each.text for (each,) in completions] == ["text"] * 3
    assert len(server.asked) == 4
    assert getattr(model.info.capabilities, field) is Support.NO
    assert len([note for note in model.info.notes if note.startswith(field)]) == 1


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_value_out_of_range_is_an_error(backend: str) -> None:
    async with FaultServer([refusal(backend, 400, "temperature: range: 0..1")]) as server:
        with pytest.raises(ModelError, match=r"range: 0\.\.1"):
            await generate(make(backend, server), sampling=Sampling(temperature=1.5))
    assert len(server.asked) == 1


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_context_overflow_affects_its_prompt_alone(backend: str) -> None:
    words = "prompt is too long: 250000 tokens > 200000 maximum"
    async with FaultServer([refusal(backend, 400, words), answer(backend, "text")]) as server:
        model = make(backend, server)
        with pytest.raises(ContextOverflow):
            await model.complete(CHAT, Sampling(), range(1))
        assert (await generate(model))[0].text == "text"


@pytest.mark.parametrize("backend", BACKENDS)
async def test_transient_faults_are_retried(backend: str) -> None:
    faults = [refusal(backend, 529, "Overloaded", "overloaded_error"), fs.RESET]
    async with FaultServer([*faults, answer(backend, "text")]) as server:
        (completion,) = await generate(make(backend, server))
    assert completion.text == "text"
    assert len(server.asked) == 3


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_rejected_key_ends_it_and_names_the_variable(backend: str) -> None:
    async with FaultServer([refusal(backend, 401, "invalid x-api-key", "authentication_error")]) as server:
        model = make(backend, server)
        with pytest.raises(ModelError, match="invalid x-api-key") as caught:
            await model.complete(CHAT, Sampling(), range(1))
        with pytest.raises(ModelError, match="invalid x-api-key"):
            await generate(model)
    assert len(server.asked) == 1
    assert ("ANTHROPIC_API_KEY" in caught.value.remedy) == (backend == "anthropic")


@pytest.mark.parametrize("backend", ["anthropic", "ollama"])
async def test_a_response_that_breaks_off_is_retried(backend: str) -> None:
    make_answer = anthropic_answer if backend == "anthropic" else ollama_answer
    async with FaultServer([make_answer("half", whole=False), make_answer("text")]) as server:
        (completion,) = await generate(make(backend, server))
    assert completion.text == "text"
    assert completion.usage.first_token_s is not None


async def test_requests_to_anthropic() -> None:
    async with FaultServer([anthropic_answer("x", reason="stop_sequence")]) as server:
        await generate(
            make("anthropic", server),
            PREFILLED,
            Sampling(temperature=0.3, top_p=0.9, stop=("\n", "END"), seed=3),
        )
    (seen,) = server.seen
    assert seen.path == "/v1/messages"
    assert "key" in (seen.headers.get("x-api-key") or seen.headers["authorization"])
    assert seen.body == {
        "model": "m",
        "max_tokens": 1024,
        "stream": True,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Add."}, {"role": "assistant", "content": "```python\n"}],
        "temperature": 0.3,
        "top_p": 0.9,
        "stop_sequences": ["END"],
    }


async def test_anthropics_thinking_budget() -> None:
    async with FaultServer([anthropic_answer("x", "why", thinking_tokens=20)]) as server:
        model = make("anthropic", server)
        sampling = Sampling(max_tokens=100, reasoning_tokens=2000, reasoning_effort=Effort.LOW)
        (completion,) = await generate(model, PREFILLED, sampling)
    body = server.seen[0].body
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert body["output_config"] == {"effort": "low"}
    assert body["max_tokens"] == 2100
    assert "temperature" not in body
    assert body["messages"][-1]["role"] == "user"
    assert completion.usage.reasoning_tokens == 20
    assert any("prefill" in note for note in model.info.notes)
    assert any("temperature" in note for note in model.info.notes)


async def test_anthropic_refuses_to_answer_and_errors_in_the_stream() -> None:
    broken = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    async with FaultServer([broken, anthropic_answer("", reason="refusal")]) as server:
        (completion,) = await generate(make("anthropic", server))
    assert completion.finish_reason is FinishReason.REFUSAL


async def test_requests_to_ollama() -> None:
    async with FaultServer([ollama_answer("x")]) as server:
        sampling = Sampling(
            temperature=0.3, stop=("a", "b"), seed=3, max_tokens=7, reasoning_effort=Effort.HIGH
        )
        await generate(make("ollama", server, options={"num_ctx": "16384"}), PREFILLED, sampling, range(2, 3))
    (seen,) = server.seen
    assert seen.path == "/api/chat"
    assert seen.body["think"] == "high"
    assert seen.body["messages"][-1] == {"role": "assistant", "content": "```python\n"}
    assert seen.body["options"] == {
        "temperature": 0.3,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.0,
        "repeat_penalty": 1.0,
        "seed": 5,
        "stop": ["a", "b"],
        "num_predict": 7,
        "num_ctx": 16384,
    }


async def test_ollamas_plain_completion_is_raw() -> None:
    last = {"response": "    return a", "done": True, "done_reason": "length", "eval_count": 4}
    body = json.dumps({"model": "m", "created_at": "2025-01-01T00:00:00Z", **last}).encode()
    async with FaultServer([Reply(200, body)]) as server:
        (completion,) = await generate(make("ollama", server), BASE)
    assert (server.seen[0].path, server.seen[0].body["raw"]) == ("/api/generate", True)
    assert (completion.text, completion.kind) == ("    return a", CompletionKind.CONTINUATION)
    assert completion.finish_reason is FinishReason.LENGTH


async def test_a_prompt_that_ollama_cut_counts_as_rejected() -> None:
    async with FaultServer([ollama_answer("text", prompt_tokens=8192)]) as server:
        with pytest.raises(ContextOverflow, match="num_ctx=16384"):
            await generate(make("ollama", server))


async def test_a_model_that_ollama_lacks() -> None:
    async with FaultServer([refusal("ollama", 404, "model 'm' not found")]) as server:
        with pytest.raises(ModelError, match="model 'm' not found") as caught:
            await generate(make("ollama", server))
    assert "ollama pull m" in caught.value.remedy


async def test_litellm_filters() -> None:
    words = "The response was filtered due to the prompt triggering the content management policy."
    async with FaultServer([fs.error(400, words, code="content_filter")]) as server:
        with pytest.raises(PromptRefused):
            await generate(make("litellm", server))


def test_bad_specs(monkeypatch: pytest.MonkeyPatch) -> None:
    quieten("litellm")
    for variable in ("GROQ_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(UnknownName, match="grok1") as unknown:
        LiteLLMModel(ModelSpec(backend="litellm", name="grok1/llama"))
    assert "groq" in unknown.value.remedy
    with pytest.raises(UsageError, match="no-such-model"):
        LiteLLMModel(ModelSpec(backend="litellm", name="no-such-model"))
    with pytest.raises(ModelError) as keyless:
        LiteLLMModel(ModelSpec(backend="litellm", name="groq/llama-3.3-70b-versatile"))
    assert keyless.value.remedy == "Set GROQ_API_KEY."
    with pytest.raises(ModelError) as keyless:
        AnthropicModel(ModelSpec(backend="anthropic", name="claude-sonnet-4-5"))
    assert keyless.value.remedy == "Set ANTHROPIC_API_KEY."
    with pytest.raises(UsageError, match=r"^anthropic: "):
        AnthropicModel(ModelSpec(backend="anthropic", name="m", api_key="k", style=PromptStyle.BASE))
    with pytest.raises(UnknownName, match="num_context") as unknown:
        OllamaModel(ModelSpec(backend="ollama", name="m", options={"num_context": "5"}))
    assert "num_ctx" in unknown.value.remedy


@pytest.mark.parametrize(
    ("make_model", "extra"),
    [(AnthropicModel, "anthropic"), (OllamaModel, "ollama"), (LiteLLMModel, "litellm")],
)
def test_a_missing_extra_names_the_command(
    make_model: type[ServerModel], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=extra) as caught:
        make_model(ModelSpec(backend=extra, name="m"))  # type: ignore[call-arg, arg-type]
    assert f"pip install 'codeeval[{extra}]'" in caught.value.remedy


def broken_off(backend: str) -> Reply:
    """Half an answer that the server says it broke off."""
    if backend == "anthropic":
        return anthropic_answer("half", reason="error")
    return (
        ollama_answer("half", reason="unload")
        if backend == "ollama"
        else openai_answer("half", reason="error")
    )


@pytest.mark.parametrize("backend", BACKENDS)
async def test_an_answer_that_was_broken_off_is_asked_for_again(backend: str) -> None:
    half = broken_off(backend)
    async with FaultServer([half, half, answer(backend, "whole"), half]) as server:
        (completion,) = await generate(make(backend, server))
        assert (completion.text, len(server.asked)) == ("whole", 3)
        with pytest.raises(NoAnswer):
            await generate(make(backend, server))
        assert len(server.asked) == 6


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_request_for_too_many_tokens_is_sent_again_with_the_room_that_is_left(backend: str) -> None:
    def reply(seen: fs.Seen) -> Reply:
        asked = seen.body.get("max_tokens") or seen.body["options"]["num_predict"]
        if asked <= 1898:
            return answer(backend, "right")
        words = (
            f"maximum context length is 2048 tokens, you requested {150 + asked} tokens (150 in the messages)"
        )
        return refusal(backend, 400, words)

    async with FaultServer(reply) as server:
        (completion,) = await generate(make(backend, server), sampling=Sampling(max_tokens=4096))
    assert (completion.text, completion.max_tokens) == ("right", 1898)
    assert len(server.asked) == 2


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_prompt_that_is_rejected_is_asked_again_and_affects_no_other(backend: str) -> None:
    bad = refusal(backend, 400, "Invalid input, and no reason")
    async with FaultServer([bad, bad, bad, answer(backend, "right")]) as server:
        model = make(backend, server)
        with pytest.raises(NoAnswer, match="no reason"):
            await model.complete(CHAT, Sampling(max_tokens=100), range(1))
        assert [each.text for each in await generate(model)] == ["right"]


@pytest.mark.parametrize("backend", BACKENDS)
async def test_reasoning_without_an_answer_has_its_name(backend: str) -> None:
    async with FaultServer([answer(backend, "", "the whole answer")]) as server:
        (completion,) = await generate(make(backend, server))
    assert (completion.text, completion.finish_reason) == ("", FinishReason.REASONING)


async def test_anthropic_calls_a_tool_and_counts_oddly() -> None:
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": "10"}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t"}},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2.6}},
        {"type": "message_stop"},
    ]
    async with FaultServer([sse({"type": "message_delta"}), sse(*events)]) as server:
        (completion,) = await generate(make("anthropic", server))
    assert (completion.text, completion.finish_reason) == ("", FinishReason.TOOL_CALL)
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (10, 3)
    assert len(server.asked) == 2

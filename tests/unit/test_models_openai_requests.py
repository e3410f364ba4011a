"""``openai:``: reasoning apart from the answer, and rejected parameters omitted and recorded."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from codeeval.errors import ContextOverflow, ModelError, PromptRefused
from codeeval.interfaces import ModelSpec, Support
from codeeval.models.openai.model import OpenAIModel
from codeeval.types import (
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

from fault_server import FaultServer, Reply, Seen, chat, error, models, reply_json

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
CHAT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.USER, content="Add, please."),),
)


def make(server: FaultServer) -> OpenAIModel:
    return OpenAIModel(ModelSpec(backend="openai", name="m", base_url=server.url, timeout_s=5))


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_fields(field: str) -> None:
    choice = {"message": {"content": "the answer", field: "the reason"}, "finish_reason": "stop"}
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 20,
        "completion_tokens_details": {"reasoning_tokens": 12},
    }
    async with FaultServer([reply_json({"choices": [choice], "usage": usage})]) as server:
        model = make(server)
        (completion,) = await model.complete(CHAT, Sampling(), range(1))
        await model.aclose()
    assert (completion.text, completion.reasoning) == ("the answer", "the reason")
    assert completion.usage.reasoning_tokens == 12


async def test_a_reasoning_field_of_another_type_is_no_error() -> None:
    choice = {"message": {"content": "the answer", "reasoning": {"summary": []}}, "finish_reason": "stop"}
    async with FaultServer([reply_json({"choices": [choice]})]) as server:
        model = make(server)
        (completion,) = await model.complete(CHAT, Sampling(), range(1))
        await model.aclose()
    assert (completion.text, completion.reasoning) == ("the answer", "")


async def test_a_stop_sequence_that_ends_the_reasoning_is_not_sent_again() -> None:
    def reply(seen: Seen) -> Reply:
        return chat("<think>Hmm, " if "stop" in seen.body else "<think>Hmm, END</think>\nYes END no")

    async with FaultServer(reply) as server:
        model = make(server)
        completions = await model.complete(CHAT, Sampling(stop=("END",), seed=1), range(2))
        await model.aclose()
    assert {(each.text, each.reasoning) for each in completions} == {("Yes ", "Hmm, END")}
    assert len([note for note in model.info.notes if "END" in note or "stop" in note]) == 1


async def test_a_reasoning_budget_is_added_and_an_effort_sent() -> None:
    async with FaultServer([chat("x")]) as server:
        model = make(server)
        sampling = Sampling(max_tokens=100, reasoning_tokens=400, reasoning_effort=Effort.HIGH)
        await model.complete(CHAT, sampling, range(1))
        await model.aclose()
    assert (server.asked[0].body["max_tokens"], server.asked[0].body["reasoning_effort"]) == (500, "high")


@pytest.mark.parametrize(
    ("field", "message", "code"),
    [
        (
            "temperature",
            "Unsupported value: 'temperature' does not support 0.2. Only the default (1) value is supported.",
            "unsupported_value",
        ),
        (
            "top_p",
            "Unsupported parameter: 'top_p' is not supported with this model.",
            "unsupported_parameter",
        ),
        ("seed", "Unrecognized request argument supplied: seed", ""),
        ("reasoning_effort", "reasoning_effort: Extra inputs are not permitted", ""),
    ],
)
async def test_a_rejected_parameter_is_omitted_and_recorded(field: str, message: str, code: str) -> None:
    def reply(seen: Seen) -> Reply:
        return error(400, message, code=code, param=field) if field in seen.body else chat("x")

    async with FaultServer(reply) as server:
        model = make(server)
        sampling = Sampling(temperature=0.2, top_p=0.9, seed=3, reasoning_effort=Effort.LOW)
        for _ in range(2):
            await model.complete(CHAT, sampling, range(1))
        await model.aclose()
    assert len(server.asked) == 3
    capabilities = model.info.capabilities
    assert capabilities is not None
    assert getattr(capabilities, "reasoning" if field == "reasoning_effort" else field) is Support.NO
    assert len(model.info.notes) == 1
    untouched = {"temperature", "top_p", "seed", "reasoning_effort"} - {field}
    assert untouched <= server.asked[-1].body.keys()


async def test_a_value_out_of_range_stays_an_error() -> None:
    words = "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead."
    async with FaultServer([error(400, words, param="temperature")]) as server:
        model = make(server)
        with pytest.raises(ModelError, match="Invalid 'temperature'"):
            await model.complete(CHAT, Sampling(temperature=3), range(1))
        await model.aclose()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (
            error(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded"),
            True,
        ),
        (error(413, "Request too large"), True),
        (error(400, "Flagged by the content management policy", code="content_filter"), False),
    ],
)
async def test_an_overflow_is_distinguished_from_a_filter(reply: Reply, kind: bool) -> None:
    async with FaultServer([reply]) as server:
        model = make(server)
        with pytest.raises(PromptRefused) as caught:
            await model.complete(CHAT, Sampling(), range(1))
        await model.aclose()
    assert isinstance(caught.value, ContextOverflow) is kind


@pytest.mark.parametrize(("owner", "support"), [("vllm", Support.YES), ("somebody", Support.NO)])
async def test_support_of_prefill_is_recorded(owner: str, support: Support) -> None:
    async with FaultServer([chat("x", finish="length")], models("m", owner=owner)) as server:
        model = make(server)
        prompt = msgspec.structs.replace(CHAT, prefill="def f(")
        (completion,) = await model.complete(prompt, Sampling(), range(1))
        await model.aclose()
    assert model.info.capabilities is not None
    assert model.info.capabilities.prefill is support
    assert any("prefill" in note for note in model.info.notes) is (support is Support.NO)
    assert completion.text == ("def f(x" if support is Support.YES else "x")
    assert completion.finish_reason is FinishReason.LENGTH


async def test_a_server_that_ignores_n_is_recorded() -> None:
    async with FaultServer([chat("x")]) as server:
        model = make(server)
        await model.complete(CHAT, Sampling(), range(3))
        await model.aclose()
    assert model.info.capabilities is not None
    assert model.info.capabilities.n is Support.WORKED_AROUND

"""Several servers of one model: each request goes to the one with the fewest, and lost ones elsewhere."""

from __future__ import annotations

from support.fault_server import FaultServer, chat

from codeeval.cluster.replica_node import fill_in
from codeeval.interfaces import ModelSpec
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.routing import Router
from codeeval.types import Message, Prompt, PromptStyle, Role, Sampling


def test_the_server_with_the_fewest_requests() -> None:
    router = Router()
    assert router.choose() is None
    router.update(["a", "b"])
    assert {router.choose(), router.choose()} == {"a", "b"}
    router.release("b")
    assert router.choose() == "b"
    router.release("a", failed=True)
    assert [router.choose(), router.choose()] == ["b", "b"], "a server that has just failed is asked again"
    router.update([])
    assert router.choose() is None


def test_a_command_is_filled_in() -> None:
    words = fill_in("serve {model} --at {host}:{port} 'x y'", model="a/b", host="h", port=5)
    assert words == ["serve", "a/b", "--at", "h:5", "x y"]


async def test_a_request_that_is_lost_is_asked_elsewhere() -> None:
    asked = (Message(role=Role.USER, content="x"),)
    prompt = Prompt(task_id="T/0", style=PromptStyle.CHAT, template_hash="", messages=asked)
    async with FaultServer(lambda _: chat("here")) as server:
        router = Router()
        router.update(["http://127.0.0.1:9/v1", server.url])
        model = OpenAIModel(ModelSpec(backend="openai", name="m", base_url="http://replicas/v1"), router)
        texts = []
        for sample in range(3):
            completions = await model.complete(prompt, Sampling(seed=1), range(sample, sample + 1))
            texts.append(completions[0].text)
        await model.aclose()
        assert texts == ["here"] * 3
        assert router.answered == {server.url: 3}

"""What every model backend must do, shown with the real SmolLM2; ``hf:`` with a model made here.

``local:`` runs it in this process. ``openai:``, ``litellm:`` and ``anthropic:``use llama.cpp's own HTTP
server on loopback, which speaks both protocols; ``ollama:`` uses it through a gateway that speaks Ollama's.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.config import quieten
from codeeval.errors import ModelError, PromptRefused
from codeeval.interfaces import ModelSpec, Support
from codeeval.models.anthropic.model import AnthropicModel
from codeeval.models.litellm import LiteLLMModel
from codeeval.models.local import LocalModel
from codeeval.models.ollama import OllamaModel
from codeeval.models.openai.model import OpenAIModel
from codeeval.testing import check_model
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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from codeeval.interfaces import Model

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from ollama_gateway import OllamaGateway
from tiny_model import build_tiny_model

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
BASE = Prompt(
    task_id="T/0",
    style=PromptStyle.BASE,
    template_hash="",
    text=">>> 1 + 1\n2\n>>> 2 + 2\n4\n>>> 3 + 3\n",
)


def chat(content: str, **fields: object) -> Prompt:
    prompt = Prompt(
        task_id="T/0",
        style=PromptStyle.CHAT,
        template_hash="",
        messages=(Message(role=Role.USER, content=content),),
    )
    return msgspec.structs.replace(prompt, **fields)


CHAT = chat("Write a Python function add(a, b).")
BOTH = pytest.mark.parametrize("prompt", [CHAT, BASE], ids=["chat", "base"])
EXPECTED = {PromptStyle.CHAT: "return a", PromptStyle.BASE: ">>> 4"}
"""What SmolLM2 is sure to write in answer to these prompts."""


@pytest.fixture(scope="session")
def server(weights: Path) -> Iterator[str]:
    """The address of llama.cpp's HTTP server with the real weights, one thread, two slots."""
    xllamacpp = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_parallel = 2
    params.n_ctx = 2 * 2048
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = -1
    params.cache_ram_mib = 0
    running = xllamacpp.Server(params)
    yield f"{running.listening_address}/v1"
    del running


@pytest.fixture(scope="session")
def gateway(server: str) -> Iterator[str]:
    with OllamaGateway(server) as running:
        yield running.url


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


BACKENDS = (
    *(
        pytest.param(name, marks=pytest.mark.model)
        for name in ("local", "openai", "litellm", "anthropic", "ollama")
    ),
    pytest.param("hf", marks=pytest.mark.hf),
)


@pytest.fixture(params=BACKENDS)
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    made = make(request.param, request)
    yield made
    await made.aclose()


def make(backend: str, request: pytest.FixtureRequest) -> Model:
    spec = ModelSpec(backend=backend, name="smollm2", concurrency=2)
    if backend == "hf":
        from codeeval.models.hf.model import HFModel  # noqa: PLC0415 -- where torch is installed

        return HFModel(msgspec.structs.replace(spec, name=str(request.getfixturevalue("tiny"))))
    if backend == "local":
        weights = request.getfixturevalue("weights")
        return LocalModel(msgspec.structs.replace(spec, name=str(weights)))
    url = request.getfixturevalue("gateway" if backend == "ollama" else "server")
    served = msgspec.structs.replace(spec, base_url=url)
    if backend == "openai":
        return OpenAIModel(served)
    if backend == "litellm":
        quieten(backend)
        return LiteLLMModel(msgspec.structs.replace(served, name="openai/smollm2"))
    if backend == "anthropic":
        return AnthropicModel(msgspec.structs.replace(served, base_url=url.removesuffix("/v1")))
    return OllamaModel(served)


def is_smollm2(model: Model) -> bool:
    return not model.info.spec.startswith("hf:")


def skip_base(model: Model, prompt: Prompt) -> None:
    if prompt.style is PromptStyle.BASE and model.info.spec.startswith("anthropic:"):
        pytest.skip("the API has no plain completion")


async def generate(
    model: Model, prompt: Prompt, sampling: Sampling, samples: range = range(1)
) -> list[Completion]:
    """Generate as the pipeline does: at most ``max_n`` at once, ``concurrency`` side by side."""
    skip_base(model, prompt)
    size = min(model.info.max_n, len(samples))
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    completions = await asyncio.gather(*(model.complete(prompt, sampling, part) for part in parts))
    return list(itertools.chain.from_iterable(completions))


@pytest.mark.parametrize("backend", BACKENDS)
def test_conformance(backend: str, request: pytest.FixtureRequest) -> None:
    check_model(lambda: make(backend, request))


async def test_it_states_what_it_is(model: Model) -> None:
    assert model.info.style is PromptStyle.CHAT
    assert model.info.concurrency == 2
    assert model.info.details
    assert model.info.capabilities is not None


@BOTH
async def test_it_generates(model: Model, prompt: Prompt) -> None:
    (completion,) = await generate(model, prompt, Sampling(max_tokens=60))
    assert completion.text
    assert not is_smollm2(model) or EXPECTED[prompt.style] in completion.text
    assert (completion.task_id, completion.sample) == ("T/0", 0)
    chatted = prompt.style is PromptStyle.CHAT
    assert completion.kind is (CompletionKind.ANSWER if chatted else CompletionKind.CONTINUATION)
    assert completion.usage.prompt_tokens > 5
    assert 5 < completion.usage.completion_tokens <= 60
    assert completion.usage.latency_s > 0


@BOTH
async def test_max_tokens(model: Model, prompt: Prompt) -> None:
    (completion,) = await generate(model, prompt, Sampling(max_tokens=8))
    assert completion.finish_reason is FinishReason.LENGTH
    assert completion.usage.completion_tokens == 8


@BOTH
@pytest.mark.parametrize("position", [0, 6], ids=["among the first four", "beyond the fourth"])
async def test_stop(model: Model, prompt: Prompt, position: int) -> None:
    (whole,) = await generate(model, prompt, Sampling(max_tokens=60))
    stops = [f"never{n}" for n in range(7)]
    stops[position] = EXPECTED[prompt.style] if is_smollm2(model) else whole.text[7:11]
    (cut,) = await generate(model, prompt, Sampling(max_tokens=60, stop=tuple(stops)))
    (by_prompt,) = await generate(
        model, msgspec.structs.replace(prompt, stop=tuple(stops)), Sampling(max_tokens=60)
    )
    assert cut.text == by_prompt.text == whole.text.partition(stops[position])[0]
    assert cut.finish_reason is FinishReason.STOP


async def test_n_samples_differ_and_keep_their_indices(model: Model) -> None:
    completions = await generate(model, CHAT, Sampling(temperature=1.5, max_tokens=20), range(2, 7))
    assert [completion.sample for completion in completions] == [2, 3, 4, 5, 6]
    assert len({completion.text for completion in completions}) > 1


async def test_a_seed_makes_a_sample_reproducible(model: Model) -> None:
    sampling = Sampling(temperature=1.0, max_tokens=24, seed=11)
    together = await generate(model, CHAT, sampling, range(4))
    assert len({completion.text for completion in together}) > 1
    if model.info.deterministic:
        alone = await generate(model, CHAT, sampling, range(2, 3))
        assert alone[0].text == together[2].text
        shifted = msgspec.structs.replace(sampling, seed=13)
        assert (await generate(model, CHAT, shifted))[0].text == together[2].text


async def test_greedy_is_deterministic(model: Model) -> None:
    texts = {(await generate(model, BASE, Sampling(max_tokens=24)))[0].text for _ in range(3)}
    assert len(texts) == 1


@pytest.mark.parametrize("max_tokens", range(3, 12))
async def test_unicode_even_cut_off(model: Model, max_tokens: int) -> None:
    """The limit falls inside characters that take several tokens."""
    prompt = msgspec.structs.replace(BASE, text="你好, 世界 😀 😀 你好, 世界 😀 😀 你好, 世界 😀 😀 你好")
    (completion,) = await generate(model, prompt, Sampling(max_tokens=max_tokens))
    assert completion.text
    assert msgspec.json.decode(msgspec.json.encode(completion), type=Completion) == completion


async def test_hostile_prompts(model: Model) -> None:
    content = "nul \0, lone \ud800, cr \r\n, <|im_end|>, 😀: repeat this."
    (completion,) = await generate(model, chat(content), Sampling(max_tokens=8, stop=("\udfff",)))
    assert completion.usage.completion_tokens > 0


async def test_an_empty_answer_is_an_answer(model: Model) -> None:
    (whole,) = await generate(model, CHAT, Sampling(max_tokens=20))
    (completion,) = await generate(model, CHAT, Sampling(max_tokens=20, stop=(whole.text[:2],)))
    assert completion.text == ""
    assert completion.finish_reason is FinishReason.STOP


async def test_a_prefill_is_continued_or_omitted_with_a_note(model: Model) -> None:
    prompt = chat("Write a Python function add(a, b).", prefill="```python\ndef add(", stop=("\n",))
    (completion,) = await generate(model, prompt, Sampling(max_tokens=20))
    if model.info.capabilities is not None and model.info.capabilities.prefill is Support.NO:
        assert completion.text == "```python"  # its own first line
        assert any("prefill" in note for note in model.info.notes)
    elif is_smollm2(model):
        assert completion.text == "```python\ndef add(a, b):"
    else:
        assert completion.text.startswith("```python\ndef add(")
        assert "\n" not in completion.text.removeprefix("```python\n")


async def test_a_prompt_beyond_the_context_is_refused_and_the_next_is_not(model: Model) -> None:
    with pytest.raises(PromptRefused):
        await generate(model, chat("word " * 20_000), Sampling(max_tokens=5))
    assert (await generate(model, CHAT, Sampling(max_tokens=5)))[0].usage.completion_tokens == 5


async def test_a_long_request_can_be_cancelled(model: Model) -> None:
    loop = asyncio.get_running_loop()
    endless = Sampling(max_tokens=1500, temperature=1.5)
    tasks = [asyncio.create_task(generate(model, CHAT, endless, range(n, n + 1))) for n in range(2)]
    await asyncio.sleep(1)
    began = loop.time()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await generate(model, CHAT, Sampling(max_tokens=3)))[0].usage.completion_tokens == 3
    assert loop.time() - began < 10


async def test_the_event_loop_stays_free(model: Model) -> None:
    task = asyncio.create_task(generate(model, CHAT, Sampling(max_tokens=60)))
    longest = 0.0
    loop = asyncio.get_running_loop()
    while not task.done():
        began = loop.time()
        await asyncio.sleep(0.005)
        longest = max(longest, loop.time() - began)
    await task
    assert longest < 1.0


@pytest.mark.model
async def test_a_local_model_that_takes_too_long(weights: Path) -> None:
    model = LocalModel(ModelSpec(backend="local", name=str(weights), concurrency=1, timeout_s=0.5))
    with pytest.raises(ModelError, match=r"T/0 within 0\.5 s"):
        await generate(model, CHAT, Sampling(max_tokens=5000, temperature=1.5))
    await model.aclose()


@pytest.mark.model
async def test_concurrency_does_not_change_a_local_text(weights: Path) -> None:
    """Greedy texts alone and among others, in another order, are the same to the byte."""
    prompts = [chat(f"Write a Python function that returns {n} times its argument.") for n in range(4)]
    texts = []
    for concurrency, order in ((1, prompts), (2, prompts[::-1])):
        model = LocalModel(ModelSpec(backend="local", name=str(weights), concurrency=concurrency))
        completions = await asyncio.gather(
            *(generate(model, prompt, Sampling(max_tokens=30)) for prompt in order)
        )
        texts.append({prompt.messages: each[0].text for prompt, each in zip(order, completions, strict=True)})
        await model.aclose()
    assert texts[0] == texts[1]

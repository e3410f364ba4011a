"""``hf:``: what a batch, a template and the checkpoint's own settings may not change."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval.cli.main import run_command
from codeeval.errors import ModelError, UnknownName, UsageError
from codeeval.interfaces import ModelSpec
from codeeval.models.hf.batching import Job, Watch, next_batch
from codeeval.models.hf.model import HFModel
from codeeval.types import Message, Problem, Prompt, PromptStyle, Role, Sampling

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from tiny_model import TEMPLATE, build_tiny_model

if TYPE_CHECKING:
    from codeeval.types import Completion

pytestmark = pytest.mark.hf
PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), context=128)


def chat(content: str = "Add.", role: Role = Role.USER, prefill: str = "") -> Prompt:
    turns = (Message(role=role, content=content),)
    return Prompt(task_id="T/0", style=PromptStyle.CHAT, template_hash="", messages=turns, prefill=prefill)


def spec(folder: Path, **options: str) -> ModelSpec:
    return ModelSpec(backend="hf", name=str(folder), options=options)


async def generate(
    made: ModelSpec, prompts: list[Prompt], sampling: Sampling, samples: range
) -> list[Completion]:
    model = HFModel(made)
    try:
        parts = await asyncio.gather(*(model.complete(each, sampling, samples) for each in prompts))
    finally:
        await model.aclose()
    return [each for part in parts for each in part]


async def test_a_batch_changes_no_text(folder: Path) -> None:
    """Prompts of several lengths, padded together, and one alone: the same seeds, the same texts."""
    prompts = [chat("Add " * n) for n in (1, 20, 5)]
    sampling = Sampling(max_tokens=24, temperature=0.9, top_p=0.8, seed=3)
    together = await generate(spec(folder, batch="6"), prompts, sampling, range(2))
    alone = await generate(spec(folder, batch="1"), prompts, sampling, range(2))
    assert [each.text for each in together] == [each.text for each in alone]
    assert len({each.text for each in together}) > 3


async def test_a_long_prompt_beside_a_long_answer_stays_in_the_context(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path, context=128, learned=True)
    prompts = [chat("é" * 50), chat("a")]  # 100 tokens of bytes, and 1
    completions = await generate(spec(folder, batch="2"), prompts, Sampling(max_tokens=100), range(1))
    assert completions[0].usage.completion_tokens <= 128 - completions[0].usage.prompt_tokens
    assert completions[1].usage.completion_tokens == 100


def test_sampled_tokens_follow_the_probabilities_within_the_nucleus() -> None:
    import torch  # noqa: PLC0415 -- only where it is installed

    from codeeval.models.hf.hooks import TokenSampler  # noqa: PLC0415 -- as above

    shares = torch.tensor([0.1, 0.5, 0.15, 0.25])
    counts = {}
    for top_p in (1.0, 0.7, 0.3):
        jobs = [job(), job()]
        for each in jobs:
            each.temperature, each.top_p = 1.0, top_p
        jobs[1].temperature = 0
        sampler = TokenSampler(jobs, [random.Random(5), random.Random(6)])
        chosen = [
            sampler(torch.zeros(2, 1), shares.log().repeat(2, 1)).argmax(-1).tolist() for _ in range(4000)
        ]
        assert {greedy for _, greedy in chosen} == {1}
        counts[top_p] = Counter(completions for completions, _ in chosen)
    for token, share in enumerate(shares.tolist()):
        assert abs(counts[1.0][token] / 4000 - share) < 0.03
    assert counts[0.7].keys() == {1, 3}  # the one that crosses 0.7 is in
    assert abs(counts[0.7][1] / 4000 - 2 / 3) < 0.03
    assert counts[0.3].keys() == {1}


async def test_the_checkpoints_own_settings_are_not_used(folder: Path) -> None:
    """Greedy is the likeliest token each time, though the folder has repetition_penalty 5."""
    import torch  # noqa: PLC0415 -- only where it is installed
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 -- as above

    (completion,) = await generate(spec(folder), [chat("Add.")], Sampling(max_tokens=30), range(1))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    ids = tokenizer("<|user|>Add.<|end|><|assistant|>", add_special_tokens=False).input_ids
    start = len(ids)
    for _ in range(30):
        with torch.inference_mode():
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        if ids[-1] == tokenizer.eos_token_id:
            break
    assert completion.text == tokenizer.decode(ids[start:], skip_special_tokens=True)


async def test_what_identifies_the_weights_is_recorded(folder: Path) -> None:
    model = HFModel(spec(folder, dtype="bfloat16", device="cpu"))
    details = model.info.details
    await model.aclose()
    assert (details["device"], details["dtype"]) == ("cpu", "bfloat16")
    assert len(details["sha256 of model.safetensors"]) == 64
    assert {"torch", "transformers", "batch"} <= details.keys()


async def test_templates(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no system turn, please"):
        await generate(spec(folder), [chat(role=Role.SYSTEM)], Sampling(max_tokens=3), range(1))
    bare = build_tiny_model(tmp_path / "bare", template=None)
    model = HFModel(spec(bare))
    assert model.info.style is PromptStyle.BASE
    await model.aclose()
    with pytest.raises(UsageError, match=re.escape(str(bare))):
        HFModel(ModelSpec(backend="hf", name=str(bare), style=PromptStyle.CHAT))


async def test_a_template_that_opens_the_reasoning(tmp_path: Path) -> None:
    opening = TEMPLATE.replace("<|assistant|>", "<|assistant|><think>\n")
    model = HFModel(spec(build_tiny_model(tmp_path, template=opening)))
    sampling = Sampling(max_tokens=6, reasoning_tokens=10)
    (completion,) = await model.complete(chat(prefill="def"), sampling, range(1))
    await model.aclose()
    assert completion.text == ""
    assert completion.reasoning
    assert completion.usage.completion_tokens == completion.usage.reasoning_tokens == 16
    assert any("prefill" in note for note in model.info.notes)


def job(length: int = 1, stops: tuple[str, ...] = ("END",), opened: str = "", *, chat: bool = True) -> Job:
    return Job(
        ids=[0] * length, limit=9, temperature=0, top_p=1, seed=0, stops=stops, opened=opened, chat=chat
    )


def test_a_watch_ignores_stops_while_the_model_reasons() -> None:
    watch = Watch(job())
    assert not watch.stopped("<thi", 1, whole=True)
    assert not watch.stopped("<think>END", 2, whole=True)
    assert not watch.stopped("END</think>", 3, whole=True)
    assert watch.answer_from == 3
    assert watch.stopped("x END", 5, whole=False)
    assert not Watch(job(opened="<think>")).stopped("END", 1, whole=True)
    assert Watch(job(chat=False)).stopped("<think>END", 1, whole=True)
    assert Watch(job()).stopped("plain END", 2, whole=True)
    assert Watch(job(stops=(), chat=False)).idle


def test_batches_are_of_similar_length_and_the_oldest_is_first() -> None:
    waiting = [job(length) for length in (10, 50, 11, 49, 9)]
    assert [len(each.ids) for each in next_batch(waiting, 3)] == [10, 11, 9]
    assert [len(each.ids) for each in next_batch(waiting, 3)] == [50, 49]
    assert waiting == []


def test_bad_specs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="missing"):
        HFModel(ModelSpec(backend="hf", name=str(folder / "missing")))
    with pytest.raises(UnknownName, match="revison"):
        HFModel(spec(folder, revison="x"))
    with pytest.raises(UsageError, match="dtype=float7"):
        HFModel(spec(folder, dtype="float7"))
    with pytest.raises(UsageError, match="device=tpu7"):
        HFModel(spec(folder, device="tpu7"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="transformers") as caught:
        HFModel(spec(folder))
    assert "pip install 'codeeval[hf]'" in caught.value.remedy


def test_models_test_shows_what_it_supports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["models", "test", f"hf:{folder}", "--max-tokens", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["completion"]["usage"]["completion_tokens"] <= 20
    probed = {probe["setting"]: probe["support"] for probe in found["probes"]}
    assert probed == dict.fromkeys(("max_tokens", "stop", "n", "seed", "prefill"), "yes")
    assert found["capabilities"]["logprobs"] == "no"
    assert run_command(["models", "test", f"hf:{folder}", "--max-tokens", "20"]) == 0
    assert "logprobs" in capsys.readouterr().out
    assert run_command(["models", "test", "reference:"]) == 2


def test_offline_nothing_is_asked_for_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        raise OSError(f"{host} was asked for")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        HFModel(ModelSpec(backend="hf", name="owner/not-in-any-cache", offline=True))
    assert "nothing is fetched offline" in caught.value.remedy
    assert asked == []

"""``vllm:`` against a double of vLLM's engine: what is asked of it, and what is made of its answers.

vLLM itself needs a GPU and gigabytes; nothing here shows that a real engine was run.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, UnknownName, UsageError
from codeeval.interfaces import ModelSpec
from codeeval.models.vllm import VLLMModel
from codeeval.types import FinishReason, Message, Problem, Prompt, PromptStyle, Role, Sampling

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from tiny_model import TEMPLATE, build_tiny_model
from vllm_double import RequestOutputKind, SamplingParams, VLLMDouble

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.hf  # for the tokenizer
PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


def chat(content: str = "Add.", prefill: str = "") -> Prompt:
    return Prompt(
        task_id="T/0",
        style=PromptStyle.CHAT,
        template_hash="",
        messages=(Message(role=Role.USER, content=content),),
        prefill=prefill,
    )


def make(
    double: VLLMDouble, folder: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, str] | None = None
) -> VLLMModel:
    double.install(monkeypatch)
    return VLLMModel(ModelSpec(backend="vllm", name=str(folder), options=options or {}, timeout_s=5))


def constant(text: str, reason: str = "stop") -> Callable[[SamplingParams, int], tuple[str, str]]:
    return lambda _, number: (f"{text}{number}", reason)


async def test_n_samples_are_one_request(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double = VLLMDouble(constant("text "))
    model = make(double, folder, monkeypatch, {"max_model_len": "4096", "dtype": "bfloat16"})
    assert double.engine_args["enable_prefix_caching"] is True
    assert double.engine_args["generation_config"] == "vllm"
    assert (double.engine_args["max_model_len"], double.engine_args["dtype"]) == (4096, "bfloat16")
    completions = await model.complete(
        chat(), Sampling(temperature=0.8, top_p=0.9, max_tokens=50, stop=("END",)), range(2, 5)
    )
    assert [(each.sample, each.text) for each in completions] == [(2, "text 0"), (3, "text 1"), (4, "text 2")]
    (asked,) = double.asked
    assert (asked.parameters.n, asked.parameters.temperature, asked.parameters.top_p) == (3, 0.8, 0.9)
    assert (asked.parameters.max_tokens, asked.parameters.stop) == (50, ["END"])
    assert asked.parameters.output_kind is RequestOutputKind.FINAL_ONLY
    assert sum(each.usage.prompt_tokens for each in completions) == len(asked.ids)
    assert model.info.details["dtype"] == "bfloat16"
    await model.aclose()
    assert double.down


async def test_with_a_seed_each_sample_is_a_request(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double = VLLMDouble(lambda parameters, _: (f"seed {parameters.seed}", "length"))
    model = make(double, folder, monkeypatch)
    completions = await model.complete(chat(), Sampling(temperature=0.8, seed=7), range(1, 4))
    assert [each.text for each in completions] == ["seed 8", "seed 9", "seed 10"]
    assert {each.finish_reason for each in completions} == {FinishReason.LENGTH}
    assert len({tuple(each.ids) for each in double.asked}) == 1


async def test_greedy_samples_are_single_requests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM refuses n above 1 at temperature 0."""
    model = make(VLLMDouble(constant("x")), folder, monkeypatch)
    assert len(await model.complete(chat(), Sampling(temperature=0), range(3))) == 3


async def test_a_prefill_and_reasoning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double = VLLMDouble(constant("return 1 #"))
    model = make(double, folder, monkeypatch)
    (completion,) = await model.complete(chat(prefill="def f(): "), Sampling(), range(1))
    assert completion.text == "def f(): return 1 #0"
    double = VLLMDouble(constant("<think>Hmm.</think>\n\nAnswer "))
    model = make(double, folder, monkeypatch)
    (completion,) = await model.complete(chat(), Sampling(), range(1))
    assert (completion.reasoning, completion.text) == ("Hmm.", "Answer 0")
    assert 0 < completion.usage.reasoning_tokens < completion.usage.completion_tokens


async def test_a_template_that_opens_the_reasoning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = TEMPLATE.replace("<|assistant|>", "<|assistant|><think>\n")
    folder = build_tiny_model(tmp_path, template=opening)
    model = make(VLLMDouble(constant("Hmm.</think>Answer ")), folder, monkeypatch)
    (completion,) = await model.complete(chat(prefill="def f(): "), Sampling(), range(1))
    assert (completion.reasoning, completion.text) == ("Hmm.", "Answer 0")
    assert any("prefill" in note for note in model.info.notes)


async def test_a_stop_sequence_in_the_reasoning_is_not_sent_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(parameters: SamplingParams, number: int) -> tuple[str, str]:
        return ("<think>Hmm, ", "stop") if parameters.stop else ("<think>Hmm, END</think>Yes END no", "stop")

    double = VLLMDouble(write)
    model = make(double, folder, monkeypatch)
    (completion,) = await model.complete(chat(), Sampling(stop=("END",)), range(1))
    assert (completion.reasoning, completion.text) == ("Hmm, END", "Yes ")
    assert [each.parameters.stop for each in double.asked] == [["END"], None]


async def test_rejected_prompts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(VLLMDouble(constant("x"), context=8), folder, monkeypatch)
    with pytest.raises(ContextOverflow, match=r"\b8\b"):
        await model.complete(chat("word " * 50), Sampling(), range(1))
    with pytest.raises(ModelError, match="float7"):
        make(VLLMDouble(constant("x")), folder, monkeypatch, {"dtype": "float7"})
    with pytest.raises(UnknownName, match="max_model_length") as caught:
        make(VLLMDouble(constant("x")), folder, monkeypatch, {"max_model_length": "5"})
    assert "max_model_len?" in caught.value.remedy
    with pytest.raises(UsageError, match="max_model_len=big"):
        make(VLLMDouble(constant("x")), folder, monkeypatch, {"max_model_len": "big"})


async def test_what_the_engine_breaks_off_is_asked_for_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = ["abort", "error", "stop", "abort", "abort", "abort"]
    model = make(VLLMDouble(lambda _parameters, _number: ("text", reasons.pop(0))), folder, monkeypatch)
    (completion,) = await model.complete(chat(), Sampling(max_tokens=10**6), range(1))
    assert (completion.text, completion.finish_reason) == ("text", FinishReason.STOP)
    assert completion.max_tokens is not None
    assert completion.max_tokens < 4096
    with pytest.raises(NoAnswer):
        await model.complete(chat(), Sampling(), range(1))
    assert not reasons


async def test_an_interrupted_request_is_dropped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double = VLLMDouble(constant("x"))
    double.hang = True
    model = make(double, folder, monkeypatch)
    task = asyncio.create_task(model.complete(chat(), Sampling(seed=1), range(2)))
    await double.begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    assert double.aborted == 2


def test_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="vllm") as caught:
        VLLMModel(ModelSpec(backend="vllm", name="x"))
    assert "pip install 'codeeval[vllm]'" in caught.value.remedy

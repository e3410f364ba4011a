"""``local:`` without weights: the error where something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.errors import ModelError, UnknownName, UsageError
from codeeval.interfaces import ModelSpec
from codeeval.models.local import LocalModel, _Listener, _request
from codeeval.models.weights import has_chat_template
from codeeval.types import FinishReason, Message, Problem, Prompt, PromptStyle, Role, Sampling

if TYPE_CHECKING:
    from pathlib import Path

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())


def spec(name: str, cache: Path) -> ModelSpec:
    return ModelSpec(backend="local", name=name, cache_dir=cache)


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="codeeval models pull smollm2"):
        LocalModel(spec("smollm2", tmp_path))
    with pytest.raises(UnknownName, match=r"'smollm'(.|\n)*smollm2"):
        LocalModel(spec("smollm", tmp_path))
    with pytest.raises(UsageError, match="local:smollm2"):
        LocalModel(spec("", tmp_path))
    with pytest.raises(ModelError, match=r"absent\.gguf"):
        LocalModel(spec(str(tmp_path / "absent.gguf"), tmp_path))
    page = tmp_path / "page.gguf"
    page.write_text("<html>")
    with pytest.raises(ModelError, match=r"page\.gguf"):
        LocalModel(spec(str(page), tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(ModelError, match=r"pip install 'codeeval\[local\]'"):
        LocalModel(spec("smollm2", tmp_path))


async def test_damaged_weights_are_an_error(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "damaged.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 1000)
    model = LocalModel(spec(str(path), tmp_path))
    assert model.info.style is PromptStyle.BASE  # it has no chat template
    prompt = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="", text="x")
    with pytest.raises(ModelError, match=r"damaged\.gguf"):
        await model.complete(prompt, Sampling(), range(1))
    await model.aclose()
    with pytest.raises(ModelError, match="closed"):
        await model.complete(prompt, Sampling(), range(1))


def test_a_chat_template_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"GGUF....tokenizer.chat_template....")
    assert has_chat_template(path)


def test_a_request_has_the_requested_sampling_alone() -> None:
    prompt = Prompt(
        task_id="T/0",
        style=PromptStyle.CHAT,
        template_hash="",
        messages=(Message(role=Role.USER, content="a\ud800"),),
        prefill="b",
    )
    body = _request(prompt, Sampling(temperature=0.8, top_p=0.95, seed=7), 3, ("x",) * 9)
    assert body["samplers"] == ["temperature", "top_p"]
    assert body["seed"] == 10
    assert len(body["stop"]) == 9
    assert body["messages"] == [
        {"role": "user", "content": "a�"},
        {"role": "assistant", "content": "b"},
    ]
    assert _request(prompt, Sampling(), 0, ())["samplers"] == ["temperature"]


def test_the_listener_gathers_pieces_and_ends_when_cancelled() -> None:
    listener = _Listener()
    assert (
        listener({"choices": [{"delta": {"role": "assistant", "content": None}, "finish_reason": None}]})
        is False
    )
    listener(
        [{"choices": [{"delta": {"content": "a"}}]}, {"choices": [{"text": "b", "finish_reason": "length"}]}]
    )
    listener({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
    assert (listener.text, listener.finish_reason) == ("ab", FinishReason.LENGTH)
    assert (listener.prompt_tokens, listener.completion_tokens) == (3, 2)
    listener.cancelled = True
    assert listener({"choices": []}) is True

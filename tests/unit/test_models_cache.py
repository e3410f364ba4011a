"""Completions kept for later runs: found by content alone, whole under parallel writers, never in the way."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.errors import StorageError
from codeeval.interfaces import ModelInfo, ModelSpec
from codeeval.keeping import remove
from codeeval.models.serving.cache import CompletionCache, cacheable, completion_key
from codeeval.models.serving.cached_model import CachedModel
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
    Usage,
)

if TYPE_CHECKING:
    from pathlib import Path

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
INFO = ModelInfo(
    spec="openai:m", style=PromptStyle.CHAT, concurrency=4, max_n=8, deterministic=False, details={"v": "1"}
)
PROMPT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="h",
    messages=(Message(role=Role.USER, content="Add."),),
)
SAMPLING = Sampling(temperature=0.8)


def completion(sample: int = 0, text: str = "x", **fields: object) -> Completion:
    return Completion(
        task_id="T/0",
        sample=sample,
        text=text,
        kind=CompletionKind.ANSWER,
        usage=Usage(prompt_tokens=3, completion_tokens=4, latency_s=1.5),
        **fields,
    )


class CountingModel:
    """Generates numbered texts and remembers which samples were requested."""

    def __init__(self, info: ModelInfo = INFO) -> None:
        self.info = info
        self.requested: list[range] = []

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        del prompt, sampling
        self.requested.append(samples)
        return [completion(sample, f"text {sample}") for sample in samples]

    async def aclose(self) -> None:
        pass


def cached(folder: Path, model: CountingModel, notes: list[str] | None = None) -> CachedModel:
    return CachedModel(model, CompletionCache(folder), (notes if notes is not None else []).append)


async def generate(model: CachedModel, samples: range, prompt: Prompt = PROMPT) -> list[Completion]:
    try:
        return await model.complete(prompt, SAMPLING, samples)
    finally:
        await model.aclose()


async def test_a_second_run_generates_only_what_is_new(tmp_path: Path) -> None:
    model = CountingModel()
    first = await generate(cached(tmp_path, model), range(2, 4))
    again = await generate(cached(tmp_path, model), range(6))
    assert [c.sample for c in again] == list(range(6))
    assert [c.text for c in again] == [f"text {n}" for n in range(6)]
    assert model.requested == [range(2, 4), range(2), range(4, 6)]
    assert [c.usage.cached for c in again] == [False, False, True, True, False, False]
    assert [msgspec.structs.replace(c.usage, cached=True) for c in first] == [c.usage for c in again[2:4]]


async def test_the_same_prompt_of_another_task_is_found(tmp_path: Path) -> None:
    model = CountingModel()
    await generate(cached(tmp_path, model), range(1))
    other = msgspec.structs.replace(PROMPT, task_id="T/9", template_hash="other")
    (found,) = await generate(cached(tmp_path, model), range(1), other)
    assert (found.task_id, found.text, found.usage.cached) == ("T/9", "text 0", True)


@pytest.mark.parametrize(
    "change",
    [
        {"info": msgspec.structs.replace(INFO, spec="openai:other")},
        {"info": msgspec.structs.replace(INFO, details={"v": "2"})},
        {"prompt": msgspec.structs.replace(PROMPT, messages=(Message(role=Role.USER, content="Add!"),))},
        {"prompt": msgspec.structs.replace(PROMPT, messages=(Message(role=Role.SYSTEM, content="Add."),))},
        {"prompt": msgspec.structs.replace(PROMPT, prefill="a")},
        {"prompt": msgspec.structs.replace(PROMPT, stop=("a",))},
        {"sampling": msgspec.structs.replace(SAMPLING, temperature=0.7)},
        {"sampling": msgspec.structs.replace(SAMPLING, max_tokens=7)},
        {"sampling": msgspec.structs.replace(SAMPLING, seed=0)},
        {"sample": 1},
    ],
)
def test_whatever_determines_a_completion_is_in_its_key(change: dict[str, object]) -> None:
    same: dict[str, object] = {"info": INFO, "prompt": PROMPT, "sampling": SAMPLING, "sample": 0}
    assert completion_key(**same) != completion_key(**{**same, **change})


def test_a_lone_surrogate_has_a_key() -> None:
    odd = msgspec.structs.replace(PROMPT, messages=(Message(role=Role.USER, content="\ud800"),))
    assert completion_key(INFO, odd, SAMPLING, 0) != completion_key(INFO, PROMPT, SAMPLING, 0)


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        (ModelSpec(backend="local", name="smollm2"), True),
        (ModelSpec(backend="openai", name="gpt-4o"), True),
        (ModelSpec(backend="openai", name="gpt-4o", base_url="https://api.openai.com/v1"), True),
        (ModelSpec(backend="openai", name="ckpt", base_url="http://localhost:8000/v1"), False),
        (ModelSpec(backend="ollama", name="x"), False),
        (ModelSpec(backend="file", name="x"), False),
        (ModelSpec(backend="reference"), False),
    ],
)
def test_by_default_only_models_whose_name_identifies_the_weights(spec: ModelSpec, *, kept: bool) -> None:
    assert cacheable(spec) is kept


@pytest.mark.parametrize(
    ("finish", "kept"), [(FinishReason.UNKNOWN, 0), (FinishReason.STOP, 1), (FinishReason.LENGTH, 1)]
)
def test_an_empty_text_without_reason_is_generated_again(
    tmp_path: Path, finish: FinishReason, kept: int
) -> None:
    with CompletionCache(tmp_path) as cache:
        cache.put("m", [(b"k", completion(text="", finish_reason=finish))])
        assert sum(share.completions for share in cache.shares()) == kept


def write_many(folder: Path, start: int) -> None:
    with CompletionCache(folder) as cache:
        for n in range(start, start + 200):
            cache.put("m", [(b"%d" % n, completion(n, f"{start}"))])


def test_parallel_runs_share_one_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(tmp_path, start)) for start in (0, 100, 200)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with CompletionCache(tmp_path) as cache:
        assert [share.completions for share in cache.shares()] == [400]
        assert all(cache.get(b"%d" % n) for n in range(400))


def write_until_killed(folder: Path) -> None:
    with CompletionCache(folder) as cache:
        for n in range(10**9):
            cache.put("m", [(b"%d" % n, completion(n, "x" * 1000))])


def test_a_killed_run_does_not_damage_it(tmp_path: Path) -> None:
    writer = multiprocessing.get_context("spawn").Process(target=write_until_killed, args=(tmp_path,))
    writer.start()
    with CompletionCache(tmp_path) as cache:
        while cache.get(b"50") is None:
            pass
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(10)
        (share,) = cache.shares()
        assert share.completions > 50
        cache.put("m", [(b"new", completion())])
        assert cache.get(b"new") is not None
    assert sqlite3.connect(tmp_path / "completions.sqlite3").execute("PRAGMA integrity_check").fetchone() == (
        "ok",
    )


def test_pruning(tmp_path: Path) -> None:
    with CompletionCache(tmp_path) as cache:
        cache.put("a", [(b"a%d" % n, completion(n, "x" * 100)) for n in range(50)])
        cache.put("b", [(b"b%d" % n, completion(n, "y" * 100)) for n in range(50)])
        assert cache.prune(unused_days=1).records == 0
        assert cache.prune(model="a").records == 50
        assert [share.model for share in cache.shares()] == ["b"]
        assert cache.prune(max_bytes=2000).records > 30
        assert 0 < sum(share.size_bytes for share in cache.shares()) <= 2000
        cache._kept._connection.execute("UPDATE completions SET used = used - 90000")
        assert cache.prune(unused_days=2).records == 0
        assert cache.prune(unused_days=1).records > 0
        assert cache.shares() == []
    assert remove(cache.path) > 0
    assert not list(tmp_path.iterdir())


async def test_a_cache_that_fails_is_no_longer_used(tmp_path: Path) -> None:
    notes: list[str] = []
    model = cached(tmp_path, CountingModel(), notes)
    assert model._cache is not None
    model._cache._kept._connection.execute("DROP TABLE completions")
    assert [c.text for c in await model.complete(PROMPT, SAMPLING, range(2))] == ["text 0", "text 1"]
    assert len(await model.complete(PROMPT, SAMPLING, range(2))) == 2
    assert len(notes) == 1
    await model.aclose()


def test_a_damaged_file_is_reported_and_can_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "completions.sqlite3"
    file.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(StorageError, match="codeeval cache prune --all"):
        CompletionCache(tmp_path)
    remove(file)
    with CompletionCache(tmp_path) as cache:
        assert cache.shares() == []


def test_a_file_of_another_version_is_not_touched(tmp_path: Path) -> None:
    CompletionCache(tmp_path).close()
    with sqlite3.connect(tmp_path / "completions.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="format 99"):
        CompletionCache(tmp_path)


async def test_a_cancelled_request_keeps_what_came(tmp_path: Path) -> None:
    class Slow(CountingModel):
        async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
            if samples.start == 0:
                await asyncio.sleep(60)
            return await super().complete(prompt, sampling, samples)

    model = cached(tmp_path, Slow())
    model.store(PROMPT, SAMPLING, [completion(1)])
    task = asyncio.create_task(model.complete(PROMPT, SAMPLING, range(4)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await model.aclose()
    with CompletionCache(tmp_path) as cache:
        assert cache.get(completion_key(INFO, PROMPT, SAMPLING, 2)) is not None

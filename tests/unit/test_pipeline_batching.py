"""Batch APIs of providers: whatever stops a command or fails in a batch, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark
from support.batch_server import AnthropicProvider, OpenAIProvider
from support.fault_server import FaultServer, error

from codeeval.errors import BudgetSpent, ModelError
from codeeval.interfaces import ModelSpec, Price
from codeeval.models.anthropic.model import AnthropicModel
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.serving import pacing
from codeeval.models.serving.budget import Budget, BudgetedModel
from codeeval.models.serving.cache import CompletionCache
from codeeval.models.serving.cached_model import CachedModel
from codeeval.pipeline import batching, make_config
from codeeval.pipeline.batching import Batching, generate_in_batches
from codeeval.pipeline.progress import Silent
from codeeval.records import RunDirectory
from codeeval.types import Completion, FinishReason, Message, Problem, Prompt, PromptStyle, Role, Sampling

if TYPE_CHECKING:
    from pathlib import Path

    from support.batch_server import BatchProvider
    from support.fault_server import Reply, Seen

    from codeeval.interfaces import Model

TASKS = 5
BOTH = pytest.mark.parametrize("kind", [OpenAIProvider, AnthropicProvider])


class ChatBenchmark(FakeBenchmark):
    """Has chat prompts."""

    def prompt(self, problem: Problem) -> Prompt:
        message = Message(role=Role.USER, content=problem.prompt)
        return Prompt(
            task_id=problem.task_id, style=PromptStyle.CHAT, template_hash="cafe", messages=(message,)
        )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "FIRST_POLL_S", 0.005)
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.01)


def make(provider: BatchProvider, url: str) -> OpenAIModel | AnthropicModel:
    spec = ModelSpec(backend="x", name="m", api_key="k", timeout_s=5)
    if isinstance(provider, OpenAIProvider):
        return OpenAIModel(msgspec.structs.replace(spec, base_url=url))
    return AnthropicModel(msgspec.structs.replace(spec, base_url=url.removesuffix("/v1")))


async def generate(provider: BatchProvider, out: Path, **fields: Any) -> list[Completion]:  # Any: as carry_on
    """Carry on a run directory as a command does; returns what it then holds."""
    async with FaultServer(provider) as server:
        return await carry_on(server, provider, out, **fields)


async def carry_on(
    server: FaultServer,
    provider: BatchProvider,
    out: Path,
    *,
    n: int = 1,
    sampling: Sampling = Sampling(),  # noqa: B008 -- frozen
    cache: Path | None = None,
    budget: Budget | None = None,
    stop: bool = False,
) -> list[Completion]:
    benchmark = ChatBenchmark(TASKS)
    backend = make(provider, server.url)
    plan = {problem.task_id: n for problem in benchmark.problems}
    config = make_config(
        benchmark, benchmark.identity, benchmark.problems, backend.info, sampling=sampling, plan=plan
    )
    # Each test has several servers, on ports of their own.
    config = msgspec.structs.replace(
        config, model=msgspec.structs.replace(backend.info, details={}, spec="m")
    )
    model: Model = backend if budget is None else BudgetedModel(backend, budget)
    cached = CachedModel(model, CompletionCache(cache), print) if cache else None
    with RunDirectory.create(out, config, list(plan)) as directory:
        if budget:
            budget.start(completion.usage for completion in directory.completions())
        generating = asyncio.create_task(
            generate_in_batches(
                directory,
                benchmark,
                {problem.task_id: problem for problem in benchmark.problems},
                Batching(cached or model, backend, cached, budget),
                recorded=lambda _index: None,
                progress=Silent(),
            )
        )
        ledger = out / "batches.json"
        while stop and not (ledger.exists() and '"id":"batch_1"' in ledger.read_text()):  # noqa: ASYNC110 -- a file sends no event
            await asyncio.sleep(0.01)
        if stop:
            generating.cancel()
        try:
            await generating
        finally:
            await (cached or model).aclose()
        return list(directory.completions())


def held(out: Path) -> list[Completion]:
    with RunDirectory.open(out) as directory:
        return list(directory.completions())


@BOTH
async def test_all_samples_come_once(kind: type[BatchProvider], tmp_path: Path) -> None:
    provider = kind()
    completions = await generate(provider, tmp_path / "run", n=3)
    assert [(c.task_id, c.sample) for c in completions] == [
        (f"Fake/{t}", s) for t in range(TASKS) for s in range(3)
    ]
    if kind is AnthropicProvider:  # OpenAI's is asked for three at once, and here returns one
        assert len(provider.asked) + len(provider.alone) == 3 * TASKS
    assert all(c.usage.batch for c in completions if c.task_id != "Fake/0")
    assert completions[-1].usage.prompt_tokens > 0
    assert completions[-1].usage.completion_tokens > 0


@BOTH
async def test_each_prompt_gets_its_own_answer(kind: type[BatchProvider], tmp_path: Path) -> None:
    completions = await generate(kind(), tmp_path / "run")
    assert [c.text for c in completions] == [f"answer to task {n}" for n in range(TASKS)]


@BOTH
async def test_a_stopped_command_resumes_with_the_batch_in_progress(
    kind: type[BatchProvider], tmp_path: Path
) -> None:
    provider = kind(polls=10**9)
    with pytest.raises(asyncio.CancelledError):
        await generate(provider, tmp_path / "run", stop=True)
    assert len(provider.batches) == 1
    provider.polls = 0
    completions = await generate(provider, tmp_path / "run")
    assert len(completions) == TASKS
    assert len(provider.batches) == 1
    assert len(provider.asked) + len(provider.alone) == TASKS


@BOTH
async def test_a_batch_whose_id_was_lost_is_found_again(kind: type[BatchProvider], tmp_path: Path) -> None:
    provider = kind()
    provider.lose_next_answer = True
    assert len(await generate(provider, tmp_path / "run")) == TASKS
    assert len(provider.batches) == 1


@BOTH
async def test_a_command_killed_before_the_id_was_recorded_finds_its_batch(
    kind: type[BatchProvider], tmp_path: Path
) -> None:
    provider = kind(polls=10**9)
    with pytest.raises(asyncio.CancelledError):
        await generate(provider, tmp_path / "run", stop=True)
    ledger = tmp_path / "run" / "batches.json"
    ledger.write_text(ledger.read_text().replace('"id":"batch_1"', '"id":""'))
    provider.polls = 0
    assert len(await generate(provider, tmp_path / "run")) == TASKS
    assert len(provider.batches) == 1


@BOTH
async def test_a_batch_that_was_never_submitted_is_submitted(
    kind: type[BatchProvider], tmp_path: Path
) -> None:
    provider = kind(polls=10**9)
    with pytest.raises(asyncio.CancelledError):
        await generate(provider, tmp_path / "run", stop=True)
    ledger = tmp_path / "run" / "batches.json"
    ledger.write_text(ledger.read_text().replace('"id":"batch_1"', '"id":""'))
    provider.batches.clear()
    provider.polls = 0
    assert len(await generate(provider, tmp_path / "run")) == TASKS
    assert len(provider.batches) == 1


@BOTH
async def test_expired_requests_are_submitted_again(kind: type[BatchProvider], tmp_path: Path) -> None:
    tries: dict[str, int] = {}

    def fate(prompt: str) -> str:
        tries[prompt] = tries.get(prompt, 0) + 1
        return "expired" if prompt == "task 3" and tries[prompt] == 1 else f"answer to {prompt}"

    provider = kind(fate=fate)
    completions = await generate(provider, tmp_path / "run")
    assert [c.text for c in completions] == [f"answer to task {n}" for n in range(TASKS)]
    assert [len(batch["prompts"]) for batch in provider.batches.values()] == [TASKS - 1, 1]


@BOTH
async def test_a_rejected_prompt_counts_as_empty(kind: type[BatchProvider], tmp_path: Path) -> None:
    words = "prompt is too long: 300000 tokens > 200000 maximum context length"
    provider = kind(fate=lambda prompt: (400, words) if prompt == "task 2" else "fine")
    completions = await generate(provider, tmp_path / "run")
    assert [c.text for c in completions] == ["fine", "fine", "", "fine", "fine"]
    assert completions[2].finish_reason is FinishReason.OVERFLOW
    assert len(provider.batches) == 1


@BOTH
async def test_a_batch_that_returns_nothing_ends_the_run_with_the_providers_message(
    kind: type[BatchProvider], tmp_path: Path
) -> None:
    provider = kind(fate=lambda prompt: "fine" if prompt == "task 0" else (500, "a very bad day"))
    with pytest.raises(ModelError, match="a very bad day"):
        await generate(provider, tmp_path / "run")
    assert [c.task_id for c in held(tmp_path / "run")] == ["Fake/0"]
    provider.fate = lambda _prompt: "fine"
    assert len(await generate(provider, tmp_path / "run")) == TASKS


@BOTH
async def test_an_item_that_always_fails_is_left_out(kind: type[BatchProvider], tmp_path: Path) -> None:
    provider = kind(fate=lambda prompt: (500, "a very bad day") if prompt == "task 2" else "fine")
    completions = await generate(provider, tmp_path / "run")
    assert [c.text for c in completions] == ["fine", "fine", "", "fine", "fine"]
    assert completions[2].finish_reason is FinishReason.NO_ANSWER
    assert "a very bad day" in completions[2].error
    assert len(provider.batches) == 2


async def test_with_a_seed_each_sample_is_a_request_of_its_own(tmp_path: Path) -> None:
    provider = OpenAIProvider()
    await generate(provider, tmp_path / "run", n=2, sampling=Sampling(seed=7))
    seeds = [line["body"]["seed"] for line in provider.lines]
    assert sorted(seeds) == sorted([8, *[7, 8] * (TASKS - 1)])


class PickyProvider(OpenAIProvider):
    """Takes ``max_completion_tokens`` only."""

    def __call__(self, seen: Seen) -> Reply:
        if seen.path.endswith("/chat/completions") and "max_tokens" in seen.body:
            return error(400, "use 'max_completion_tokens' instead of max_tokens")
        return super().__call__(seen)


async def test_a_rejected_parameter_shows_before_the_batch(tmp_path: Path) -> None:
    provider = PickyProvider()
    assert len(await generate(provider, tmp_path / "run", sampling=Sampling(max_tokens=9))) == TASKS
    assert [line["body"]["max_completion_tokens"] for line in provider.lines] == [9] * (TASKS - 1)


async def test_the_cache_serves_batches_and_is_filled_by_them(tmp_path: Path) -> None:
    provider = OpenAIProvider()
    async with FaultServer(provider) as server:
        first = await carry_on(server, provider, tmp_path / "a", cache=tmp_path / "cache")
        again = await carry_on(server, provider, tmp_path / "b", cache=tmp_path / "cache")
    assert [c.text for c in again] == [c.text for c in first]
    assert all(c.usage.cached for c in again)
    assert len(provider.asked) + len(provider.alone) == TASKS


async def test_a_batch_is_no_larger_than_the_budget(tmp_path: Path) -> None:
    price = Price(input_usd=0, output_usd=1e6 / 100, batch=0.5)  # a cent a token
    provider = OpenAIProvider()
    sampling = Sampling(max_tokens=10)
    with pytest.raises(BudgetSpent, match="--max-cost"):
        await generate(provider, tmp_path / "run", sampling=sampling, budget=Budget(price, 0.16))
    spent = len(held(tmp_path / "run"))
    assert 0 < spent < TASKS
    completions = await generate(provider, tmp_path / "run", sampling=sampling, budget=Budget(price, 5.0))
    assert len(completions) == TASKS
    assert len(provider.asked) + len(provider.alone) == TASKS

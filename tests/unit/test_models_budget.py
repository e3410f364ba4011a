"""What models cost, and a budget that is kept however many requests are in flight."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path

import pytest

from codeeval.errors import BudgetSpent, UsageError
from codeeval.interfaces import ModelInfo, ModelSpec, Price
from codeeval.metrics import Tally
from codeeval.models.serving import prices
from codeeval.models.serving.budget import Budget, BudgetedModel, cost_usd
from codeeval.models.serving.prices import find_price, uses_provider
from codeeval.models.spec import canonical_spec, parse_spec
from codeeval.types import Completion, CompletionKind, Problem, Prompt, PromptStyle, Sampling, Usage

PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
PROMPT = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="", text="x" * 35)
CENT_A_TOKEN = Price(input_usd=0.0, output_usd=10_000.0, batch=0.5)


def price_of(text: str, own: Path | None = None) -> Price | None:
    spec = parse_spec(text)
    return find_price(spec, canonical_spec(spec), own)


@pytest.mark.parametrize(
    ("spec", "dollars"),
    [
        ("openai:gpt-4o", (2.5, 10.0)),
        ("openai:gpt-4o-2024-08-06", (2.5, 10.0)),
        ("openai:gpt-4o-mini", (0.15, 0.6)),
        ("openai:gpt-4o@https://api.openai.com/v1", (2.5, 10.0)),
        ("anthropic:claude-3-5-haiku-20241022", (0.8, 4.0)),
        ("anthropic:claude-3-5-haiku-latest", (0.8, 4.0)),
        ("anthropic:claude-sonnet-4-5", (3.0, 15.0)),
        ("litellm:anthropic/claude-sonnet-4-5", (3.0, 15.0)),
        ("litellm:gpt-4o", (2.5, 10.0)),
    ],
)
def test_known_prices(spec: str, dollars: tuple[float, float]) -> None:
    price = price_of(spec)
    assert price is not None
    assert (price.input_usd, price.output_usd) == dollars
    assert price.as_of
    assert price.source.startswith("https://")
    assert price.batch == 0.5


@pytest.mark.parametrize(
    "spec",
    [
        "openai:gpt-4o-audio",
        "openai:gpt-4o@http://localhost:8000/v1",
        "openai:nobody-knows",
        "local:smollm2",
        "litellm:mistral/gpt-4o",
        "file:gpt-4o",
    ],
)
def test_there_is_no_invented_price(spec: str) -> None:
    assert price_of(spec) is None


def test_the_table_is_dated_and_sane() -> None:
    table = Path(prices.__file__).with_name(prices.TABLE)
    sources = tomllib.loads(table.read_text("utf-8"))["sources"]
    for source in sources:
        assert source["as_of"] >= "2025"
        assert source["source"].startswith("https://")
        assert all(0 < asked < written < 1000 for asked, written in source["models"].values())
    names = [name for source in sources for name in source["models"]]
    assert len(names) == len(set(names))


def test_the_users_prices_take_precedence(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[sources]]\nas_of = "2026-01-31"\n[sources.models]\n'
        '"openai/gpt-4o" = [1, 2]\n"openai:mine@http://localhost:8000/v1" = [0.1, 0.2]\n'
    )
    assert price_of("openai:gpt-4o", own) == Price(
        input_usd=1, output_usd=2, as_of="2026-01-31", source=str(own)
    )
    found = price_of("openai:mine@http://localhost:8000/v1", own)
    assert found is not None
    assert found.output_usd == 0.2
    assert price_of("openai:gpt-4o-mini", own) is not None


@pytest.mark.parametrize("text", ["not toml", '[[sources]]\nmodels = "x"', '[[sources]]\nas_off = "x"'])
def test_a_malformed_table_is_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(UsageError, match=r"own\.toml: (.|\n)*sources\.models"):
        price_of("openai:gpt-4o", own)
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        price_of("openai:gpt-4o", tmp_path / "nowhere.toml")


def test_only_providers_bill() -> None:
    assert uses_provider(ModelSpec(backend="openai", name="x"))
    assert not uses_provider(ModelSpec(backend="openai", name="x", base_url="http://localhost/v1"))
    assert not uses_provider(ModelSpec(backend="local", name="x"))


USAGES = (
    Usage(prompt_tokens=5, completion_tokens=10, reasoning_tokens=4, latency_s=1.0, first_token_s=0.1),
    Usage(prompt_tokens=5, completion_tokens=10, latency_s=3.0, cached=True),
    Usage(prompt_tokens=5, completion_tokens=10, batch=True),
)


def test_costs_are_of_what_was_generated() -> None:
    assert cost_usd(CENT_A_TOKEN, USAGES) == pytest.approx(0.10 + 0.05)
    timings = Tally().timings(USAGES, CENT_A_TOKEN)
    assert timings.cost_usd == pytest.approx(0.15)
    assert (timings.completions, timings.cached) == (3, 1)
    assert (timings.prompt_tokens, timings.completion_tokens, timings.reasoning_tokens) == (15, 30, 4)
    assert timings.latency_s.total == 1.0
    assert timings.first_token_s is not None
    assert timings.first_token_s.median == 0.1


def test_without_a_price_there_is_no_cost() -> None:
    timings = Tally().timings(USAGES)
    assert timings.cost_usd is None
    assert Tally().timings(()).first_token_s is None


class PaidModel:
    """Generates a number of tokens a sample, after a while."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.in_flight = self.max_in_flight = self.generated = 0
        self.info = ModelInfo(
            spec="paid:", style=PromptStyle.BASE, concurrency=50, max_n=1, deterministic=False
        )

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        del prompt, sampling
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        await asyncio.sleep(0.002)
        self.in_flight -= 1
        self.generated += len(samples)
        usage = Usage(completion_tokens=self.tokens)
        return [
            Completion(task_id="T/0", sample=n, text="x", kind=CompletionKind.CONTINUATION, usage=usage)
            for n in samples
        ]

    async def aclose(self) -> None:
        pass


async def spend(
    model: PaidModel, max_usd: float, max_tokens: int = 10
) -> list[BaseException | list[Completion]]:
    budgeted = BudgetedModel(model, Budget(CENT_A_TOKEN, max_usd))
    sampling = Sampling(max_tokens=max_tokens)
    return await asyncio.gather(
        *(budgeted.complete(PROMPT, sampling, range(n, n + 1)) for n in range(50)),
        return_exceptions=True,
    )


async def test_a_budget_is_never_exceeded_even_in_flight() -> None:
    model = PaidModel(tokens=10)
    results = await spend(model, 2.05)
    assert model.generated == 20  # 10 cents each
    assert sum(isinstance(result, BudgetSpent) for result in results) == 30


async def test_what_was_reserved_and_not_spent_is_spent_later() -> None:
    model = PaidModel(tokens=1)
    results = await spend(model, 0.55)  # ten cents are reserved, one is spent
    assert not any(isinstance(result, BaseException) for result in results[:40])
    assert model.max_in_flight == 5
    assert 41 <= model.generated <= 46


async def test_a_failed_request_releases_what_was_reserved() -> None:
    class Failing(PaidModel):
        async def complete(self, *arguments: object) -> list[Completion]:  # type: ignore[override]
            del arguments
            raise ValueError("no")

    budget = Budget(CENT_A_TOKEN, 0.10)
    model = BudgetedModel(Failing(1), budget)
    for _ in range(5):
        with pytest.raises(ValueError, match="no"):
            await model.complete(PROMPT, Sampling(max_tokens=10), range(1))
    assert budget.fits(0.10)


async def test_earlier_costs_of_a_run_count() -> None:
    budget = Budget(CENT_A_TOKEN, 0.20)
    budget.start([Usage(completion_tokens=15), Usage(completion_tokens=1000, cached=True)])
    with pytest.raises(BudgetSpent, match=r"\$0\.1500 .*\$0\.2000(.|\n)*--max-cost"):
        await budget.reserve(0.10)
    assert BudgetSpent.exit_code == 8

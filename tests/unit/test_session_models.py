"""What a run's completions may come from: specs, models, sources and callables, as callers give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pipeline_fakes import FakeModel, FakeSource

from codeeval.api.running import agenerate, generate
from codeeval.errors import ModelError, RunMismatch, UnknownName, UsageError
from codeeval.session.models import open_model
from codeeval.session.settings import ModelOptions
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codeeval.api.run import Run


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("CODEEVAL_CACHE", raising=False)
    return tmp_path / "cache"


def solve(prompt: str) -> str:
    return f"```python\n# {len(prompt)}\n```"


async def solve_async(messages: list[dict[str, str]]) -> str:
    return f"```python\n# {messages[-1]['role']}\n```"


def solve_many(prompts: list[str]) -> list[str]:
    return list(map(solve, prompts))


def texts(run: Run) -> list[str]:
    return [completion.text for completion in run.completions()]


@pytest.mark.parametrize("function", [solve, solve_async, solve_many])
def test_a_callable_is_a_model(function: Callable[..., object], tmp_path: Path) -> None:
    run = generate("humaneval", function, out=tmp_path / "run", limit=3, n=2)
    assert len(texts(run)) == 6
    assert all(text.startswith("```python\n# ") for text in texts(run))
    model = run.config.model
    assert (model.spec, model.style) == (f"callable:{__name__}.{function.__name__}", PromptStyle.CHAT)
    assert model.capabilities is not None


async def test_a_callable_in_a_running_event_loop(tmp_path: Path) -> None:
    run = await agenerate("humaneval", solve, out=tmp_path / "run", limit=2, cache=True)
    assert len(texts(run)) == 2
    again = await agenerate("humaneval", solve, out=tmp_path / "again", limit=2, cache=True)
    assert [completion.usage.cached for completion in again.completions()] == [True, True]


def test_completions_of_callables_are_cached_on_request_alone(tmp_path: Path, cache: Path) -> None:
    generate("humaneval", solve, out=tmp_path / "run", limit=1)
    assert not (cache / "completions.sqlite3").exists()


def test_a_run_is_not_resumed_with_another_callable(tmp_path: Path) -> None:
    def make(version: int) -> Callable[[str], str]:
        if version == 1:

            def model(prompt: str) -> str:
                return "1" + prompt

        else:

            def model(prompt: str) -> str:
                return "2" + prompt

        return model

    generate("humaneval", make(1), out=tmp_path / "run", limit=1)
    generate("humaneval", make(1), out=tmp_path / "run", limit=2)
    with pytest.raises(RunMismatch):
        generate("humaneval", make(2), out=tmp_path / "run", limit=2)


def test_an_exception_of_a_callable_stops_the_run_and_keeps_what_was_generated(tmp_path: Path) -> None:
    calls = iter(range(100))

    def model(prompt: str) -> str:
        if next(calls) == 2:
            raise ZeroDivisionError("no")
        return prompt

    with pytest.raises(ModelError) as caught:
        generate("humaneval", model, out=tmp_path / "run", limit=5)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert len(texts(generate("humaneval", model, out=tmp_path / "run", limit=5))) == 5
    assert next(calls) == 6, "two, the failed one, and the three that were missing"


def test_a_model_of_the_callers_is_used_and_left_open(tmp_path: Path) -> None:
    model = FakeModel()
    run = generate("humaneval", model, out=tmp_path / "run", limit=2)
    assert len(texts(run)) == len(model.asked) == 2
    assert run.config.model.spec == "fake:"
    assert not model.closed


def test_a_cache_before_a_model_of_the_callers(tmp_path: Path) -> None:
    for name in ("first", "second"):
        model = FakeModel(("text",))
        run = generate("humaneval", model, out=tmp_path / name, limit=2, cache=True)
        assert len(model.asked) == (2 if name == "first" else 0)
        assert texts(run) == ["text", "text"]
        assert not model.closed


def test_a_source_of_the_callers_is_used_and_left_open(tmp_path: Path) -> None:
    source = FakeSource({"HumanEval/1": 2, "HumanEval/3": 1})
    run = generate("humaneval", source, out=tmp_path / "run")
    assert run.config.plan == {"HumanEval/1": 2, "HumanEval/3": 1}
    assert not source.closed
    with pytest.raises(UnknownName):
        generate("humaneval", FakeSource({"HumanEval/999": 1}), out=tmp_path / "other")


@pytest.mark.parametrize("options", [{"cache": True}, {"batch": True}, {"max_cost_usd": 1.0}])
@pytest.mark.parametrize("given", ["reference:", FakeSource({"HumanEval/0": 1})])
def test_options_for_models_are_refused_for_sources(
    given: str | FakeSource, options: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(UsageError):
        generate("humaneval", given, out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_budget_needs_a_price(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        generate("humaneval", solve, out=tmp_path / "run", max_cost_usd=1.0)


def test_batches_need_a_model_that_supports_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        generate("humaneval", solve, out=tmp_path / "run", batch=True)


def test_the_prompt_style_of_a_model_is_its_own(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        generate("humaneval", FakeModel(), out=tmp_path / "run", style="base")
    run = generate("humaneval", lambda text: text[:10], out=tmp_path / "run", style="base", limit=1)
    assert run.config.model.style is PromptStyle.BASE


def test_something_else_is_no_model() -> None:
    with pytest.raises(UsageError):
        open_model(3, lambda _style: None, options=ModelOptions(), notes=print)  # type: ignore[arg-type, return-value]


def test_an_unknown_name_is_met_with_models_and_sources(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        generate("humaneval", "fille:samples.jsonl", out=tmp_path / "run")
    assert "file" in caught.value.remedy

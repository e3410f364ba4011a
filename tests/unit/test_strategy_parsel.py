"""The strategy ``parsel``: plans, implementations, components, and the search for a combination."""

from __future__ import annotations

import ast

import msgspec
import pytest
from support.strategies import PROBLEM, WARM, ScriptedModel, failing, make, passing, prompted

from codeeval.errors import UsageError
from codeeval.strategies.parsel import (
    Implementation,
    Parsel,
    combined,
    components,
    implementation,
    planned,
)
from codeeval.types import Outcome, PromptStyle, Role, Sampling

PLAN = "Plan:\n1. helper(x): doubles x\n2. `f(x)`: the answer\n"


def fenced(code: str) -> str:
    return f"Here:\n```python\n{code}\n```\n"


def program(*parts: str) -> str:
    return "```python\n" + "\n\n\n".join(ast.unparse(ast.parse(part)) for part in parts) + "\n```\n"


HELPERS = ["def helper(x): return x", "def helper(x): return 2 * x"]
MAINS = ["def f(x): return helper(x) + 1", "def f(x): return helper(x)"]


async def test_combinations_are_tried_until_one_passes() -> None:
    model = ScriptedModel([PLAN, *map(fenced, HELPERS), *map(fenced, MAINS)])
    right = program(HELPERS[1], MAINS[1])
    trials = {
        program(HELPERS[0], MAINS[0]): failing("returned 2", "returned 3"),
        program(HELPERS[0], MAINS[1]): failing("", "returned 3"),
        program(HELPERS[1], MAINS[0]): failing("returned 9", "returned 3"),
        right: passing(),
    }
    strategy = Parsel({"implementations": "2"})
    [got] = await make(strategy, model, trials).sample(PROBLEM, range(1))
    assert got.text == right
    assert (got.usage.generations, got.usage.prompt_tokens) == (5, 50)
    assert got.usage.completion_tokens == got.usage.extra_completion_tokens == 1 + 2 + 3 + 4 + 5
    assert [turn.step for turn in got.trace[:5]] == [
        "plan",
        *["implementation of helper"] * 2,
        *["implementation of f"] * 2,
    ]
    assert [turn.outcome for turn in got.trace if turn.chosen] == [Outcome.PASSED]
    assert all(message.role is Role.USER for prompt in model.prompts for message in prompt.messages)
    assert "helper(x): doubles x" in prompted(model)
    assert strategy.max_generations == 2 + 4 * 2


async def test_the_budget_ends_the_search_with_the_best() -> None:
    model = ScriptedModel([PLAN, *map(fenced, HELPERS), *map(fenced, MAINS)])
    trials = {
        program(HELPERS[0], MAINS[0]): failing("returned 2", "returned 3"),
        program(HELPERS[0], MAINS[1]): failing("", "returned 3"),
    }
    strategy = Parsel({"implementations": "2", "programs": "2"})
    [got] = await make(strategy, model, trials).sample(PROBLEM, range(1))
    assert got.text == program(HELPERS[0], MAINS[1])
    assert sum(turn.step == "combination" for turn in got.trace) == 2


@pytest.mark.parametrize(
    "texts", [["I cannot plan."], [PLAN, "no code", "x", "```\ndef g(): pass\n```", "def f(:"]]
)
async def test_without_a_plan_or_its_main_function_the_answer_is_direct(texts: list[str]) -> None:
    model = ScriptedModel([*texts, "direct"])
    [got] = await make(Parsel({"implementations": "2"}), model, {}).sample(PROBLEM, range(1))
    assert got.text == "direct"
    assert got.trace[-1].step == "answer without a plan"
    assert model.prompts[-1].prefill, "the benchmark's own prompt"


async def test_a_refused_implementation_is_none() -> None:
    model = ScriptedModel([PLAN, "x", "x", *map(fenced, MAINS)], refuse=1)
    trials = dict.fromkeys((program(each) for each in MAINS), failing("returned 1"))
    [got] = await make(Parsel({"implementations": "2"}), model, trials).sample(PROBLEM, range(1))
    assert got.text == program(MAINS[0])


def test_plans() -> None:
    assert [each.line for each in planned(PLAN, 4)] == ["helper(x): doubles x", "f(x): the answer"]
    assert [each.name for each in planned(PLAN, 1)] == ["f"]
    assert [each.name for each in planned("- def g(a, b) -> int: adds\n* h(): x\n", 4)] == ["g", "h"]
    assert planned("First, think: yes.", 4) == []


def test_implementations() -> None:
    found = implementation(fenced("import math\ndef f(x): return helper(math.pi)"), "f", {"helper", "g"})
    assert found is not None
    assert found.calls == {"helper"}
    own = implementation(fenced("def helper(x): return 0\ndef f(x): return helper(x)"), "f", {"helper"})
    assert own is not None
    assert "def helper" not in own.code
    assert implementation(fenced("def g(): pass"), "f", set()) is None
    assert implementation("(" * 100_000, "f", set()) is None


def ways(*calls: str) -> list[Implementation]:
    return [Implementation(f"# {number}", frozenset(calls)) for number in range(2)]


def test_components_come_before_what_calls_them() -> None:
    found = {
        "main": ways("even", "leaf"),
        "even": ways("odd"),
        "odd": ways("even", "leaf"),
        "leaf": ways(),
        "unused": ways("main"),
    }
    assert components(found, "main") == [["leaf"], ["even", "odd"], ["main"]]


def test_combinations_begin_with_the_first_of_each() -> None:
    found = {
        "main": [Implementation(f"m{i}", frozenset({"leaf"})) for i in range(3)],
        "leaf": [Implementation(f"l{i}", frozenset()) for i in range(2)],
        "unused": ways(),
    }
    made = [tuple(code.split()) for code in combined(found, "main")]
    assert made == [("l0", "m0"), ("l0", "m1"), ("l1", "m0"), ("l0", "m2"), ("l1", "m1"), ("l1", "m2")]


def test_where_it_cannot_be_used() -> None:
    info = ScriptedModel("a").info
    with pytest.raises(UsageError, match="parsel"):
        Parsel({}).check(msgspec.structs.replace(info, style=PromptStyle.BASE), WARM)
    with pytest.raises(UsageError, match="temperature"):
        Parsel({}).check(info, Sampling())
    Parsel({"implementations": "1"}).check(info, Sampling())
    with pytest.raises(UsageError, match="seconds"):
        Parsel({"seconds": "0"})

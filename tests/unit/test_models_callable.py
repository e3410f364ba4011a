"""Callables as models: how they are called, what they may return, and what stops a run."""

# ruff: noqa: ARG005, PLW0108, TC003 -- callables and annotations as users write them

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypedDict

import msgspec
import pytest

from codeeval.errors import ModelError, PromptRefused, UsageError
from codeeval.interfaces import Model, Support
from codeeval.models.callable import CallableModel, Content, qualified_name, shape_of
from codeeval.types import (
    CompletionKind,
    Effort,
    FinishReason,
    Message,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
)

CHAT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.SYSTEM, content="Be brief."), Message(role=Role.USER, content="Add.")),
)
BASE = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="", text="def add(a, b):\n")
DIALOGUE = msgspec.structs.replace(
    CHAT,
    messages=(
        Message(role=Role.USER, content="1 + 1?"),
        Message(role=Role.ASSISTANT, content="2"),
        Message(role=Role.USER, content="2 + 2?"),
    ),
)


class ChatMessage(TypedDict):
    role: str
    content: str


class ToolMessage(TypedDict):
    role: str
    tool: str


def one(prompt):
    return f"text of {prompt}"


def annotated(prompts: str) -> str:
    return f"text of {prompts}"


async def coroutine(prompt: str) -> str:
    await asyncio.sleep(0)
    return f"text of {prompt}"


def conversation(messages):
    return " | ".join(f"{turn['role']}: {turn['content']}" for turn in messages)


def several(prompts: list[str]) -> list[str]:
    return [f"text of {prompt}" for prompt in prompts]


async def several_coroutine(prompts: Sequence[str]) -> list[str]:
    return [f"text of {prompt}" for prompt in prompts]


def own_prompts(prompts: list[Prompt]) -> list[str]:
    return [f"text of {prompt.task_id}" for prompt in prompts]


class Instance:
    """A callable object."""

    def __call__(self, prompt: str) -> str:
        return f"text of {prompt}"

    def method(self, prompt: str) -> str:
        return f"text of {prompt}"


class AsyncInstance:
    """A callable object that is asynchronous."""

    async def __call__(self, prompt: str) -> str:
        await asyncio.sleep(0)
        return f"text of {prompt}"


async def texts(
    function: Callable[..., object],
    prompt: Prompt = CHAT,
    sampling: Sampling = Sampling(),  # noqa: B008 -- frozen
    samples: range = range(2),
    **options: Any,  # of CallableModel
) -> list[str]:
    model = CallableModel(function, **options)
    try:
        return [each.text for each in await model.complete(prompt, sampling, samples)]
    finally:
        await model.aclose()


@pytest.mark.parametrize(
    "function",
    [
        one,
        annotated,
        coroutine,
        several,
        several_coroutine,
        Instance(),
        Instance().method,
        AsyncInstance(),
        functools.partial(one),
        lambda prompt: coroutine(prompt),
    ],
)
async def test_every_shape_gets_the_prompt_as_text(function: Callable[..., object]) -> None:
    assert await texts(function) == ["text of Be brief.\n\nAdd."] * 2
    assert await texts(function, BASE, style=PromptStyle.BASE) == [f"text of {BASE.text}"] * 2


async def test_conversations_and_own_prompts() -> None:
    assert await texts(conversation) == ["system: Be brief. | user: Add."] * 2
    assert (await texts(conversation, DIALOGUE))[0].count("assistant: 2") == 1
    assert await texts(own_prompts) == ["text of T/0"] * 2


def bare(prompts: list) -> list[str]:
    return prompts


def dicts(x: list[dict[str, str]]) -> str:
    return str(x)


def many_dicts(x: list[list[dict[str, str]]]) -> list[str]:
    return list(map(str, x))


def mappings(x: Sequence[Mapping[str, Any]]) -> str:
    return str(x)


def typed(x: Iterable[ChatMessage | ToolMessage]) -> str:
    return str(x)


def union(x: str | list[dict[str, str]]) -> str:
    return str(x)


def own(x: Prompt) -> str:
    return x.task_id


def unresolvable(prompts: Unknown) -> list[str]:  # noqa: F821 -- as an import for type checkers alone
    return list(prompts)


@pytest.mark.parametrize(
    ("function", "content", "many"),
    [
        (one, Content.TEXT, False),
        (annotated, Content.TEXT, False),
        (conversation, Content.MESSAGES, False),
        (several, Content.TEXT, True),
        (bare, Content.TEXT, True),
        (dicts, Content.MESSAGES, False),
        (many_dicts, Content.MESSAGES, True),
        (mappings, Content.MESSAGES, False),
        (typed, Content.MESSAGES, False),
        (union, Content.TEXT, False),
        (own, Content.PROMPT, False),
        (own_prompts, Content.PROMPT, True),
        (unresolvable, Content.TEXT, True),
        (lambda *args: args[0], Content.TEXT, False),
        (lambda chats: chats, Content.MESSAGES, True),
        (str, Content.TEXT, False),
    ],
)
def test_shapes(function: Callable[..., object], content: Content, many: bool) -> None:
    shape = shape_of(function)
    assert (shape.content, shape.several) == (content, many)


def nothing() -> str:
    return ""


def number(prompt: int) -> str:
    return str(prompt)


def requires(prompt: str, api_key: str) -> str:
    return prompt + api_key


def vague(x: list) -> list[str]:
    return x


def mapping(x: dict[str, str]) -> str:
    return str(x)


@pytest.mark.parametrize("function", [nothing, number, requires, vague, mapping, lambda *, prompt: prompt])
def test_other_parameters_are_refused(function: Callable[..., object]) -> None:
    with pytest.raises(UsageError):
        CallableModel(function)


async def test_conversations_need_chat_prompts_and_texts_have_no_other_turns() -> None:
    with pytest.raises(UsageError):
        CallableModel(conversation, style=PromptStyle.BASE)
    with pytest.raises(UsageError):
        await texts(one, DIALOGUE)


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda prompt: None, "NoneType"),
        (lambda prompt: ["a"], "list"),
        (lambda prompts: "abc", "str"),
        (lambda prompts: ["a"], "1"),
        (lambda prompts: ["a", None], "NoneType"),
        (lambda prompts: 3, "int"),
        (lambda prompts: {"a": 1, "b": 2}, "dict"),
    ],
)
async def test_other_results_are_errors(function: Callable[..., object], named: str) -> None:
    with pytest.raises(ModelError, match=rf"<lambda> .*\b{named}\b"):
        await texts(function)


async def test_any_iterable_of_texts_will_do() -> None:
    assert await texts(lambda prompts: (str(n) for n, _ in enumerate(prompts))) == ["0", "1"]
    assert await texts(lambda prompts: tuple("ab")) == ["a", "b"]


@pytest.mark.parametrize("style", ["plain", "async", "several"])
async def test_an_exception_is_a_model_error_that_names_it(style: str) -> None:
    def plain(prompt: str) -> str:
        raise ZeroDivisionError("no")

    async def asynchronous(prompt: str) -> str:
        raise ZeroDivisionError("no")

    def batched(prompts: list[str]) -> list[str]:
        raise ZeroDivisionError("no")

    function = {"plain": plain, "async": asynchronous, "several": batched}[style]
    with pytest.raises(ModelError, match="ZeroDivisionError: no") as caught:
        await texts(function)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_refused_prompt_affects_no_other_of_its_call() -> None:
    def picky(prompts: list[Prompt]) -> list[str]:
        if any(prompt.task_id == "T/1" for prompt in prompts):
            raise PromptRefused("not that one")
        return ["text"] * len(prompts)

    model = CallableModel(picky)
    prompts = [msgspec.structs.replace(CHAT, task_id=f"T/{n}") for n in range(3)]
    results = await asyncio.gather(
        *(model.complete(prompt, Sampling(), range(1)) for prompt in prompts), return_exceptions=True
    )
    await model.aclose()
    assert [type(each) for each in results] == [list, PromptRefused, list]


async def test_sampling_parameters_are_passed_by_name() -> None:
    passed: list[dict[str, object]] = []

    def function(prompt: str, *, temperature: float, max_tokens: int, stop: list[str], seed: int, n=5) -> str:
        passed.append({"t": temperature, "m": max_tokens, "stop": stop, "seed": seed, "n": n})
        return "a END b"

    sampling = Sampling(temperature=0.5, max_tokens=7, reasoning_tokens=3, stop=("END",), seed=100)
    assert await texts(function, sampling=sampling, samples=range(2, 4)) == ["a ", "a "]
    assert passed == [{"t": 0.5, "m": 10, "stop": ["END"], "seed": seed, "n": 5} for seed in (102, 103)]
    capabilities = CallableModel(function).info.capabilities
    assert capabilities is not None
    assert (capabilities.temperature, capabilities.seed) == (Support.UNKNOWN, Support.UNKNOWN)
    assert (capabilities.top_p, capabilities.reasoning) == (Support.NO, Support.NO)
    assert (capabilities.stop, capabilities.n) == (Support.WORKED_AROUND, Support.WORKED_AROUND)


async def test_several_prompts_have_a_seed_each() -> None:
    passed: list[object] = []

    def function(prompts: list[str], seeds: list[int], sampling: Sampling, **more: object) -> list[str]:
        passed.append((seeds, sampling.seed, sampling.temperature, more))
        return ["x"] * len(prompts)

    await texts(function, sampling=Sampling(seed=7, temperature=0.5), samples=range(3))
    assert passed == [([7, 8, 9], None, 0.5, {})]


async def test_the_sampling_of_one_prompt_has_its_own_seed() -> None:
    seeds: list[int | None] = []

    def function(prompt: str, sampling: Sampling) -> str:
        seeds.append(sampling.seed)
        return "x"

    await texts(function, sampling=Sampling(seed=7), samples=range(1, 3))
    assert seeds == [8, 9]


async def test_what_is_not_passed_is_noted_once() -> None:
    model = CallableModel(one)
    sampling = Sampling(temperature=0.5, top_p=0.9, seed=1, reasoning_effort=Effort.LOW)
    prefilled = msgspec.structs.replace(CHAT, prefill="```python\n")
    for _ in range(2):
        await model.complete(prefilled, sampling, range(1))
    await model.aclose()
    assert [note.partition(" ")[0] for note in model.info.notes] == [
        "temperature", "top_p", "seed", "reasoning", "prefill",
    ]  # fmt: skip
    greedy = CallableModel(one)
    await greedy.complete(CHAT, Sampling(), range(1))
    await greedy.aclose()
    assert greedy.info.notes == ()


async def test_a_plain_function_blocks_no_event_loop_and_is_called_one_at_a_time() -> None:
    main = threading.get_ident()
    running = most = 0

    def slow(prompt: str) -> str:
        nonlocal running, most
        assert threading.get_ident() != main
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        return "x"

    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    await texts(slow, samples=range(6))
    ticking.cancel()
    assert (most, ticks > 20) == (1, True)


async def test_concurrency_allows_more_calls() -> None:
    barrier = threading.Barrier(4)

    def together(prompt: str) -> str:
        barrier.wait(10)
        return "x"

    assert await texts(together, samples=range(8), concurrency=4) == ["x"] * 8
    assert CallableModel(together, concurrency=4).info.concurrency == 4


async def test_coroutines_run_concurrently_up_to_the_limit() -> None:
    running = most = 0

    async def slow(prompt: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return "x"

    await texts(slow, samples=range(40), concurrency=5)
    assert most == 5


async def test_several_prompts_of_different_tasks_share_a_call() -> None:
    sizes: list[int] = []

    def batched(prompts: list[str]) -> list[str]:
        sizes.append(len(prompts))
        return prompts

    model = CallableModel(batched, batch_size=8)
    assert (model.info.max_n, model.info.concurrency) == (8, 16)
    prompts = [
        msgspec.structs.replace(CHAT, messages=(Message(role=Role.USER, content=str(n)),)) for n in range(20)
    ]
    results = await asyncio.gather(*(model.complete(each, Sampling(), range(1)) for each in prompts))
    await model.aclose()
    assert [completion.text for [completion] in results] == [str(n) for n in range(20)]
    assert sizes == [8, 8, 4]


async def test_prompts_with_other_sampling_have_a_call_of_their_own() -> None:
    calls: list[tuple[int, float]] = []

    def batched(prompts: list[str], temperature: float) -> list[str]:
        calls.append((len(prompts), temperature))
        return prompts

    model = CallableModel(batched)
    warm, cold = Sampling(temperature=1.0), Sampling()
    await asyncio.gather(*(model.complete(CHAT, each, range(1)) for each in (warm, cold, warm, cold, cold)))
    await model.aclose()
    assert sorted(calls) == [(2, 1.0), (3, 0.0)]


async def test_samples_that_come_while_a_call_ends_are_not_forgotten() -> None:
    model = CallableModel(coroutine, concurrency=1)
    for _ in range(200):
        await model.complete(CHAT, Sampling(), range(1))
    await model.aclose()


async def test_context_variables_reach_the_thread() -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    def function(prompt: str) -> str:
        return variable.get()

    variable.set("set")
    assert await texts(function) == ["set", "set"]


async def test_cancelling_leaves_nothing_behind() -> None:
    started = asyncio.Event()

    async def endless(prompt: str) -> str:
        started.set()
        await asyncio.Event().wait()
        return "never"

    model = CallableModel(endless)
    task = asyncio.create_task(model.complete(CHAT, Sampling(), range(3)))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await model.aclose()
    assert not [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]


async def test_completions_are_those_of_any_model() -> None:
    model = CallableModel(lambda prompt: "<think>hm END</think>yes END no")
    (completion,) = await model.complete(CHAT, Sampling(stop=("END",)), range(4, 5))
    await model.aclose()
    assert isinstance(model, Model)
    assert (completion.text, completion.reasoning, completion.sample) == ("yes ", "hm END", 4)
    assert completion.kind is CompletionKind.ANSWER
    assert completion.finish_reason is FinishReason.STOP
    assert completion.usage.latency_s > 0


def test_what_identifies_a_callable() -> None:
    here = __name__
    assert CallableModel(one).info.spec == f"callable:{here}.one"
    assert qualified_name(functools.partial(functools.partial(one))) == f"{here}.one"
    assert qualified_name(Instance()) == f"{here}.Instance"
    assert qualified_name(Instance().method) == f"{here}.Instance.method"
    assert qualified_name(str.upper) == "builtins.str.upper"
    assert CallableModel(one, name="mine").info.spec == "callable:mine"
    first, second = CallableModel(lambda x: "1"), CallableModel(lambda x: "2")
    assert first.info.spec == second.info.spec
    assert first.info.details["source_sha256"] != CallableModel(one).info.details["source_sha256"]
    assert first.info.style is PromptStyle.CHAT

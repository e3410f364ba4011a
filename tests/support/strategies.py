"""A scripted model and scripted trials, for strategies without a sandbox."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from codeeval.errors import PromptRefused
from codeeval.interfaces import ModelInfo
from codeeval.strategies.model import StrategyModel
from codeeval.strategies.values import ExampleResult, Trial
from codeeval.types import (
    Completion,
    CompletionKind,
    FinishReason,
    Message,
    Outcome,
    Problem,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.strategies.values import Strategy

WARM = Sampling(temperature=0.8, seed=1)
PROBLEM = Problem(
    task_id="T/0",
    prompt="def f(x):",
    entry_point="f",
    reference="REFERENCE",
    tests=("assert HIDDEN == f(1)",),
)
CHAT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="cafe",
    messages=(Message(role=Role.USER, content="Write f."),),
    prefill="```python",
    stop=("\n```\n",),
)
BASE = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="cafe", text="def f(x):\n")


class ScriptedModel:
    """Answers with the given texts, by index of the sample, and remembers what it was asked."""

    def __init__(
        self, texts: Sequence[str], *, style: PromptStyle = PromptStyle.CHAT, max_n: int = 1, refuse: int = -1
    ) -> None:
        self.texts = texts
        self.refuse = refuse
        self.prompts: list[Prompt] = []
        self.samples: list[int] = []
        self.samplings: list[Sampling] = []
        self.closed = False
        self.info = ModelInfo(spec="scripted:", style=style, concurrency=2, max_n=max_n, deterministic=True)

    def available(self, task_id: str) -> int | None:
        return None

    async def complete(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        await asyncio.sleep(0)
        if self.refuse in samples:
            raise PromptRefused("too long")
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        self.samples += samples
        kinds = {PromptStyle.CHAT: CompletionKind.ANSWER, PromptStyle.BASE: CompletionKind.CONTINUATION}
        return [
            Completion(
                task_id=prompt.task_id,
                sample=sample,
                text=self.texts[sample],
                kind=kinds[prompt.style],
                finish_reason=FinishReason.STOP,
                usage=Usage(prompt_tokens=10, completion_tokens=1 + sample, latency_s=0.5),
            )
            for sample in samples
        ]

    async def aclose(self) -> None:
        self.closed = True


class ScriptedTrials:
    """Says of each text what it is told to, and remembers what it was shown."""

    def __init__(self, trials: Mapping[str, Trial]) -> None:
        self.trials = trials
        self.tried: list[str] = []

    async def __call__(self, problem: Problem, completion: Completion) -> Trial:
        await asyncio.sleep(0)
        self.tried.append(completion.text)
        return self.trials[completion.text]


def passing(count: int = 2) -> Trial:
    """All examples pass."""
    results = tuple(ExampleResult(text=f"f({i})", passed=True) for i in range(count))
    return Trial(outcome=Outcome.PASSED, code="x", examples=count, results=results)


def failing(*said: str) -> Trial:
    """Examples by what the program did; empty where it passed."""
    results = tuple(
        ExampleResult(
            text=f">>> f({i})\n1", passed=not each, said=each, returned=not each.startswith("raised")
        )
        for i, each in enumerate(said)
    )
    return Trial(outcome=Outcome.WRONG_ANSWER, code="x", examples=len(said), results=results)


def make(strategy: Strategy, model: ScriptedModel, trials: Mapping[str, Trial]) -> StrategyModel:
    """Put a strategy before a scripted model and bind scripted trials."""
    made = StrategyModel(model, strategy)
    made.bind_trials(ScriptedTrials(trials))
    return made


def spoken(model: ScriptedModel) -> str:
    """Everything that the model was ever told."""
    return "\n".join(
        prompt.text + prompt.prefill + "".join(message.content for message in prompt.messages)
        for prompt in model.prompts
    )

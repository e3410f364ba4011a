"""A scripted model and scripted trials, for strategies without a sandbox."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline_fakes import FakeBenchmark

from codeeval.errors import PromptRefused
from codeeval.interfaces import ModelInfo
from codeeval.strategies.sampler import StrategySampler
from codeeval.strategies.trials import ExampleResult, Trial
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
    from collections.abc import Iterable, Mapping, Sequence

    from codeeval.interfaces import CompletionSource, Model
    from codeeval.strategies.strategy import Strategy

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
    """Generates the given texts, by index of the sample, and remembers its prompts."""

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

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
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


class ScriptedSource:
    """Has the given texts, by index of the sample."""

    is_reference = False
    skipped: Sequence[str] = ()
    skipped_count = 0

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.samples: list[int] = []
        self.info = ModelInfo(
            spec="scripts:", style=PromptStyle.BASE, concurrency=1, max_n=64, deterministic=True
        )

    def task_ids(self) -> Iterable[str]:
        return ("T/0",)

    def available(self, task_id: str) -> int | None:
        return len(self.texts) if task_id == "T/0" else 0

    async def completions(self, problem: Problem, samples: range) -> list[Completion]:
        self.samples += samples
        return [
            Completion(
                task_id=problem.task_id,
                sample=sample,
                text=self.texts[sample],
                kind=CompletionKind.CONTINUATION,
            )
            for sample in samples
        ]

    async def aclose(self) -> None:
        """Nothing is open."""


class ScriptedTrials:
    """Has a result for each text, and remembers which texts were run."""

    def __init__(self, trials: Mapping[str, Trial]) -> None:
        self.trials = trials
        self.ran: list[str] = []

    async def __call__(self, problem: Problem, completion: Completion) -> Trial:
        await asyncio.sleep(0)
        self.ran.append(completion.text)
        return self.trials[completion.text]


def passing(count: int = 2) -> Trial:
    """All examples pass."""
    results = tuple(ExampleResult(text=f"f({i})", passed=True) for i in range(count))
    return Trial(outcome=Outcome.PASSED, code="x", examples=count, results=results)


def failing(*actual: str) -> Trial:
    """Examples by what the program did; empty where it passed."""
    results = tuple(
        ExampleResult(
            text=f">>> f({i})\n1", passed=not each, actual=each, returned=not each.startswith("raised")
        )
        for i, each in enumerate(actual)
    )
    return Trial(outcome=Outcome.WRONG_ANSWER, code="x", examples=len(actual), results=results)


class OnePrompt(FakeBenchmark):
    """Renders every problem as the same prompt."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(1)
        self._prompt = prompt

    def prompt(self, problem: Problem) -> Prompt:
        return self._prompt


def make(
    strategy: Strategy,
    model: Model | CompletionSource,
    trials: Mapping[str, Trial] | None,
    *,
    prompt: Prompt = CHAT,
    sampling: Sampling = WARM,
) -> StrategySampler:
    """Make samples with a strategy, a model or source, and scripted trials."""
    run_trial = None if trials is None else ScriptedTrials(trials)
    return StrategySampler(model, strategy, OnePrompt(prompt), sampling, run_trial)


def prompted(model: ScriptedModel) -> str:
    """Everything that was ever in the model's prompts."""
    return "\n".join(
        prompt.text + prompt.prefill + "".join(message.content for message in prompt.messages)
        for prompt in model.prompts
    )

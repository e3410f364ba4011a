"""One sample in the making: what a strategy may do, and the record of what it did."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from codeeval.errors import PromptRefused
from codeeval.types import Completion, Turn, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.values import Trial
    from codeeval.types import Prompt, Sampling


class Draw(NamedTuple):
    """An answer of the model within a sample."""

    number: int
    """Its place among the sample's draws."""
    completion: Completion


class Ask(Protocol):
    """Draws from the model."""

    async def __call__(self, prompt: Prompt, sampling: Sampling, numbers: range) -> list[Completion]:
        """Draw the sample's draws with these numbers."""
        ...


class TryOut(Protocol):
    """Tries out a draw."""

    async def __call__(self, completion: Completion) -> Trial:
        """Execute it on the examples that the prompt shows."""
        ...


class Attempt:
    """All that a strategy gets to see of a task: its prompt, draws, and trials on the prompt's examples.

    The problem itself, and with it every hidden test, stays with whoever made the attempt.

    Args:
        prompt: as the benchmark renders it.
        sampling: as the run has it.
        sample: index of the sample in the making.
        most_at_once: draws that one request can return.
        ask: draws from the model.
        try_out: tries out a draw.
    """

    def __init__(
        self, prompt: Prompt, sampling: Sampling, sample: int, *, most_at_once: int, ask: Ask, try_out: TryOut
    ) -> None:
        self.prompt = prompt
        self.sampling = sampling
        self._sample = sample
        self._most_at_once = max(1, most_at_once)
        self._ask = ask
        self._try_out = try_out
        self._turns: list[Turn] = []

    async def draw(
        self,
        step: str,
        prompt: Prompt | None = None,
        *,
        asked: str = "",
        sampling: Sampling | None = None,
        count: int = 1,
    ) -> list[Draw]:
        """Draw from the model, side by side where it is more than once.

        Args:
            step: what for, as the trace will name it.
            prompt: None for the benchmark's.
            asked: what it says that the benchmark's prompt does not, for the trace.
            sampling: None for the run's.
            count: how often.

        Raises:
            ModelError: the model cannot go on.
            PromptRefused: it refuses this prompt.
        """
        first = len(self._turns)
        self._turns += [Turn(step=step, prompt=asked, usage=Usage(generations=0))] * count
        size = self._most_at_once
        requests = [
            self._ask(
                prompt or self.prompt, sampling or self.sampling, range(at, min(first + count, at + size))
            )
            for at in range(first, first + count, size)
        ]
        try:
            answers = [completion for each in await asyncio.gather(*requests) for completion in each]
        except PromptRefused as error:
            self._note(first, detail=f"refused: {error.message}")
            raise
        draws = [Draw(first + place, completion) for place, completion in enumerate(answers)]
        for draw in draws:
            completion = draw.completion
            self._note(
                draw.number,
                text=completion.text,
                usage=completion.usage,
                finish_reason=completion.finish_reason,
            )
        return draws

    async def try_out(self, draw: Draw) -> Trial:
        """Execute a draw's program on the examples that the prompt shows.

        Raises:
            SandboxError: no sandbox works any more.
        """
        trial = await self._try_out(draw.completion)
        self._note(
            draw.number,
            outcome=trial.outcome,
            passed=trial.passed,
            examples=trial.examples,
            detail=trial.detail,
        )
        return trial

    async def try_all(self, draws: Sequence[Draw]) -> list[Trial]:
        """Try out several draws side by side."""
        return list(await asyncio.gather(*map(self.try_out, draws)))

    def finish(self, kept: Draw) -> Completion:
        """Return the sample: the draw that was kept, with the cost of all and the trace."""
        self._note(kept.number, chosen=True, text="")
        return msgspec.structs.replace(
            kept.completion,
            sample=self._sample,
            usage=total_usage([turn.usage for turn in self._turns], kept.completion.usage),
            trace=tuple(self._turns),
        )

    def _note(self, number: int, **changes: object) -> None:
        self._turns[number] = msgspec.structs.replace(self._turns[number], **changes)


def total_usage(usages: Sequence[Usage], kept: Usage) -> Usage:
    """Add up what a sample's draws cost; what is not the kept draw's is extra."""
    prompt = sum(usage.prompt_tokens for usage in usages)
    written = sum(usage.completion_tokens for usage in usages)
    asked = [usage for usage in usages if usage.generations]
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=written,
        reasoning_tokens=sum(usage.reasoning_tokens for usage in usages),
        latency_s=sum(usage.latency_s for usage in usages),
        first_token_s=asked[0].first_token_s if asked else None,
        cached=bool(asked) and all(usage.cached for usage in asked),
        generations=sum(usage.generations for usage in usages),
        extra_prompt_tokens=prompt - kept.prompt_tokens,
        extra_completion_tokens=written - kept.completion_tokens,
    )

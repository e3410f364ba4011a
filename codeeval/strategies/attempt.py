"""One sample in the making: what a strategy may do, and the record of what it did."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from codeeval.errors import PromptRefused
from codeeval.types import Completion, FinishReason, Turn, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.trials import Trial
    from codeeval.types import Prompt, Sampling


class Candidate(NamedTuple):
    """A completion that was generated for a sample."""

    number: int
    """Its position among all that were generated for the sample."""
    completion: Completion


class Generate(Protocol):
    """Generates completions of a prompt."""

    async def __call__(self, prompt: Prompt, sampling: Sampling, numbers: range) -> list[Completion]:
        """Generate those with these numbers."""
        ...


class RunOwnTrial(Protocol):
    """Runs a trial of a completion of the attempt's task."""

    async def __call__(self, completion: Completion) -> Trial:
        """Execute its program on the examples that the prompt shows."""
        ...


class Behaviour(Protocol):
    """Runs a completion of the attempt's task on inputs."""

    async def __call__(self, completion: Completion, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return what its program did on each; see ``Probes``."""
        ...


class Attempt:
    """All that a strategy sees of a task: its prompt, completions, and trials on the prompt's examples.

    The problem itself, and with it every hidden test, stays with whoever made the attempt.

    Args:
        prompt: as the benchmark renders it.
        sampling: as the run has it.
        sample: index of the sample in the making.
        max_n: completions that one request can return.
        generate: generates completions.
        run_trial: runs a trial of one.
        inputs: of the examples that the prompt shows, where programs can be run on others.
        behaviour: runs a completion on such others.
    """

    def __init__(
        self,
        prompt: Prompt,
        sampling: Sampling,
        sample: int,
        *,
        max_n: int,
        generate: Generate,
        run_trial: RunOwnTrial,
        inputs: tuple[str, ...] = (),
        behaviour: Behaviour | None = None,
    ) -> None:
        self.inputs = inputs
        self._behaviour = behaviour
        self.prompt = prompt
        self.sampling = sampling
        self._sample = sample
        self._max_n = max(1, max_n)
        self._generate = generate
        self._run_trial = run_trial
        self._turns: list[Turn] = []

    async def generate(
        self,
        step: str,
        prompt: Prompt | None = None,
        *,
        message: str = "",
        sampling: Sampling | None = None,
        count: int = 1,
    ) -> list[Candidate]:
        """Generate completions, concurrently where there are several.

        Args:
            step: what for, as the trace will name it.
            prompt: None for the benchmark's.
            message: what the prompt has beyond the benchmark's, for the trace.
            sampling: None for the run's.
            count: how many.

        Raises:
            ModelError: the model fails.
            PromptRefused: it rejects this prompt.
        """
        first = len(self._turns)
        self._turns += [Turn(step=step, prompt=message, usage=Usage(generations=0))] * count
        size = self._max_n
        requests = [
            self._generate(
                prompt or self.prompt, sampling or self.sampling, range(at, min(first + count, at + size))
            )
            for at in range(first, first + count, size)
        ]
        try:
            completions = [completion for each in await asyncio.gather(*requests) for completion in each]
        except PromptRefused as error:
            self._note(first, detail=f"refused: {error.message}")
            raise
        candidates = [Candidate(number, each) for number, each in enumerate(completions, first)]
        for number, completion in candidates:
            self._note(
                number,
                text=completion.text,
                usage=completion.usage,
                finish_reason=completion.finish_reason,
            )
        return candidates

    def compose(self, step: str, text: str, like: Candidate) -> Candidate:
        """Make a candidate of what was generated; it costs nothing more.

        Args:
            step: what for, as the trace will name it.
            text: all of it.
            like: a candidate of the same kind.
        """
        nothing = Usage(generations=0)
        completion = msgspec.structs.replace(
            like.completion, text=text, reasoning="", finish_reason=FinishReason.STOP, usage=nothing
        )
        self._turns.append(Turn(step=step, text=text, usage=nothing))
        return Candidate(len(self._turns) - 1, completion)

    async def run_trial(self, candidate: Candidate) -> Trial:
        """Execute a candidate's program on the examples that the prompt shows.

        Raises:
            SandboxError: no sandbox works any more.
        """
        trial = await self._run_trial(candidate.completion)
        self._note(
            candidate.number,
            outcome=trial.outcome,
            passed=trial.passed,
            examples=trial.examples,
            detail=trial.detail,
        )
        return trial

    async def run_trials(self, candidates: Sequence[Candidate]) -> list[Trial]:
        """Run trials of several candidates concurrently."""
        return list(await asyncio.gather(*map(self.run_trial, candidates)))

    async def behaviour(self, candidate: Candidate, inputs: Sequence[str]) -> tuple[str, ...]:
        """Return what a candidate's program does on each input, equal texts for the same; empty if unknown.

        Raises:
            SandboxError: no sandbox works any more.
        """
        return await self._behaviour(candidate.completion, inputs) if self._behaviour and inputs else ()

    def submit(self, chosen: Sequence[Candidate | None], samples: range, like: Candidate) -> list[Completion]:
        """Return the submissions with these numbers; the first has the cost of all candidates and the trace.

        Args:
            chosen: one a number; None where there is nothing to submit.
            samples: their numbers.
            like: a candidate of the same kind as those.
        """
        for place, candidate in enumerate(chosen):
            if candidate is not None:
                kept = {} if place else {"text": ""}
                self._note(candidate.number, chosen=True, **kept)
        made, nothing = [], Usage(generations=0)
        for sample, candidate in zip(samples, chosen, strict=True):
            completion = (candidate or like).completion
            own = completion.usage if candidate else Usage(generations=0)
            first = sample == samples.start
            made.append(
                msgspec.structs.replace(
                    completion,
                    sample=sample,
                    text=completion.text if candidate else "",
                    reasoning=completion.reasoning if candidate else "",
                    usage=total_usage([turn.usage for turn in self._turns], own) if first else nothing,
                    trace=tuple(self._turns) if first else (),
                )
            )
        return made

    def select(self, candidate: Candidate) -> Completion:
        """Return the sample: the selected candidate, with the cost of all and the trace."""
        self._note(candidate.number, chosen=True, text="")
        return msgspec.structs.replace(
            candidate.completion,
            sample=self._sample,
            usage=total_usage([turn.usage for turn in self._turns], candidate.completion.usage),
            trace=tuple(self._turns),
        )

    def _note(self, number: int, **changes: object) -> None:
        self._turns[number] = msgspec.structs.replace(self._turns[number], **changes)


def total_usage(usages: Sequence[Usage], selected: Usage) -> Usage:
    """Add up the cost of all that was generated for a sample; what is not the selected one's is extra."""
    prompt = sum(usage.prompt_tokens for usage in usages)
    generated = sum(usage.completion_tokens for usage in usages)
    counted = [usage for usage in usages if usage.generations]
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=generated,
        reasoning_tokens=sum(usage.reasoning_tokens for usage in usages),
        latency_s=sum(usage.latency_s for usage in usages),
        first_token_s=counted[0].first_token_s if counted else None,
        cached=bool(counted) and all(usage.cached for usage in counted),
        generations=sum(usage.generations for usage in usages),
        extra_prompt_tokens=prompt - selected.prompt_tokens,
        extra_completion_tokens=generated - selected.completion_tokens,
    )

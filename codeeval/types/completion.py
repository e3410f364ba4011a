"""What a model wrote, and what it cost."""

from __future__ import annotations

import enum

from codeeval.types.base import Value
from codeeval.types.outcome import Outcome


class CompletionKind(enum.StrEnum):
    """What a completion's text is, which decides how a program is made of it."""

    CONTINUATION = "continuation"
    """The text that follows the prompt; the official assembly is prompt + text."""
    ANSWER = "answer"
    """A chat model's free-form reply, from which code must be extracted."""
    SOLUTION = "solution"
    """A complete program, graded as it is."""


class CompletionOrigin(enum.StrEnum):
    """Where a completion's text came from."""

    MODEL = "model"
    """A model generated it, so the protocol's rules for what models write apply."""
    FILE = "file"
    """A samples file holds it, written by whoever sampled, and already processed by their rules."""
    REFERENCE = "reference"
    """It is the benchmark's own: a reference solution, or a program that must not pass."""


class FinishReason(enum.StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    FILTERED = "filtered"
    OVERFLOW = "overflow"
    """The prompt is longer than the model's context: nothing was written."""
    REASONING = "reasoning"
    """It stopped, and all that it wrote is reasoning: there is no answer."""
    TOOL_CALL = "tool_call"
    """It called a tool in place of an answer."""
    REFUSAL = "refusal"
    """It declined to answer."""
    NO_ANSWER = "no_answer"
    """The server gave none to any of the requests: the sample is excluded from every score."""
    UNKNOWN = "unknown"


class Usage(Value, frozen=True, kw_only=True):
    """Tokens and time that one completion cost (a request's cost is shared by its samples)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    """Those of ``completion_tokens`` that are reasoning; 0 where nothing says how many."""
    latency_s: float = 0.0
    first_token_s: float | None = None
    """Time to the first token, where the answer was streamed."""
    cached: bool = False
    """Whether the completion came from the completion cache: it cost nothing now."""
    batch: bool = False
    """Whether it was generated through a provider's batch API, which has a price of its own."""
    generations: int = 1
    """Texts that the model generated for it; more than one where a strategy made the sample."""
    extra_prompt_tokens: int = 0
    extra_completion_tokens: int = 0
    """Of the tokens above, those of generations that are not the sample's answer."""


class Turn(Value, frozen=True, kw_only=True):
    """One generation of a strategy on the way to a sample."""

    step: str
    """What it was for: ``candidate``, ``repair 1``, ``plan 2`` ..."""
    prompt: str = ""
    """What the model was told in place of the benchmark's prompt, or beyond it; empty for that prompt."""
    text: str = ""
    """What it wrote; empty where it is the completion's text."""
    chosen: bool = False
    """Whether this became the sample's answer, or a submission after it."""
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    outcome: Outcome | None = None
    """What its program came to on the examples that the prompt shows; None where it was not executed."""
    passed: int = 0
    """Examples passed ..."""
    examples: int = 0
    """... of so many."""
    detail: str = ""
    """What went wrong, in a few words."""


class Completion(Value, frozen=True, kw_only=True):
    """One sample of a model, raw."""

    task_id: str
    sample: int
    """Index of the sample within its task, from 0."""
    text: str
    kind: CompletionKind
    reasoning: str = ""
    """What a reasoning model wrote before its answer; no part of ``text``, and never extracted from."""
    origin: CompletionOrigin = CompletionOrigin.MODEL
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    score: float | None = None
    """What chooses among the samples of a task, higher is better: say a reward model's."""
    trace: tuple[Turn, ...] = ()
    """How a strategy came to it, one generation after another; empty where none did."""
    max_tokens: int | None = None
    """Most tokens that it could have, where the server had less room than the sampling asks for."""
    error: str = ""
    """Why there is no answer, in the server's words."""

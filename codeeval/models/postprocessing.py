"""From what a model generated to a completion: reasoning apart, prefill in front, cut at stop sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.models.reasoning import reasoning_share, split_reasoning
from codeeval.models.text import cut_at_stop, whole_turn
from codeeval.text import clean_text
from codeeval.types import Completion, CompletionKind, FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from codeeval.errors import NoAnswer
    from codeeval.types import Prompt, Sampling


KINDS: Final = {PromptStyle.BASE: CompletionKind.CONTINUATION, PromptStyle.CHAT: CompletionKind.ANSWER}
STOPPED_WHILE_REASONING: Final = (
    "a stop sequence ended the model's reasoning: stop sequences are no longer sent, and cut answers locally"
)
"""A note, where ``stopped_while_reasoning``."""


class GeneratedText(NamedTuple):
    """What a model generated for one sample, as the backend returns it."""

    text: str
    finish_reason: FinishReason
    reasoning: str = ""
    """Where the backend returns it apart."""
    usage: Usage = Usage()
    max_tokens: int | None = None
    """Most tokens that it could have, where that is less than the sampling asks for."""
    error: str = ""
    """Why there is no answer, in the server's words."""


def make_completion(
    prompt: Prompt, sample: int, generated: GeneratedText, stops: tuple[str, ...], prefill: str = ""
) -> Completion:
    """Make the completion: reasoning apart, prefill in front, cut at the stop sequences.

    Args:
        prompt: the prompt.
        sample: index of the sample.
        generated: what the backend returned.
        stops: stop sequences, none of them empty; they cut the answer, never the reasoning.
        prefill: what the model continued; its text follows, or begins with it.
    """
    chat = prompt.style is PromptStyle.CHAT
    text, reasoning = clean_text(generated.text), clean_text(generated.reasoning)
    if chat and not reasoning and not prefill:
        split = split_reasoning(text)
        reasoning, text = split.reasoning, "" if split.unfinished else split.answer
    usage = generated.usage
    if reasoning and not usage.reasoning_tokens:
        tokens = reasoning_share(reasoning, text, usage.completion_tokens)
        usage = msgspec.structs.replace(usage, reasoning_tokens=tokens)
    finish = generated.finish_reason
    if finish in (FinishReason.STOP, FinishReason.UNKNOWN) and reasoning and not text.strip():
        finish = FinishReason.REASONING
    cut = cut_at_stop(whole_turn(prefill, text), stops, len(prefill))
    return Completion(
        task_id=prompt.task_id,
        sample=sample,
        text=cut.text,
        kind=KINDS[prompt.style],
        reasoning=reasoning,
        finish_reason=FinishReason.STOP if cut.stopped else finish,
        usage=usage,
        max_tokens=generated.max_tokens,
        error=clean_text(generated.error),
    )


def no_answer(prompt: Prompt, sample: int, error: NoAnswer) -> Completion:
    """Make the record of a sample to which the server gives no answer."""
    return Completion(
        task_id=prompt.task_id,
        sample=sample,
        text="",
        kind=KINDS[prompt.style],
        finish_reason=FinishReason.NO_ANSWER,
        error=clean_text(error.message),
    )


def stopped_while_reasoning(prompt: Prompt, generated: GeneratedText, stops: tuple[str, ...]) -> bool:
    """Whether a stop sequence that the backend was given has ended the reasoning, before any answer."""
    if not stops or prompt.style is PromptStyle.BASE or generated.finish_reason is not FinishReason.STOP:
        return False
    apart = bool(generated.reasoning) and not generated.text.strip()
    return apart or split_reasoning(generated.text).unfinished


def token_limit(sampling: Sampling) -> int:
    """Return the most tokens of reasoning and answer together."""
    return sampling.max_tokens + (sampling.reasoning_tokens or 0)

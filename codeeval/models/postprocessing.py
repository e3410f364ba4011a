"""What every backend does with what a model wrote, and how it keeps count of what is not as asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codeeval.interfaces import Capabilities
from codeeval.models.reasoning import reasoning_share, split_reasoning
from codeeval.models.text import cut_at_stop, whole_turn
from codeeval.text import clean_text
from codeeval.types import Completion, CompletionKind, FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from codeeval.interfaces import ModelInfo, Support
    from codeeval.types import Prompt, Sampling


class Written(NamedTuple):
    """What a model wrote for one sample."""

    text: str
    finish_reason: FinishReason
    reasoning: str = ""
    """Where the backend sends it apart."""
    usage: Usage = Usage()


def finish(
    prompt: Prompt, sample: int, written: Written, stops: tuple[str, ...], prefill: str = ""
) -> Completion:
    """Make the completion: reasoning apart, prefill in front, cut at the stop sequences.

    Args:
        prompt: what was asked.
        sample: index of the sample.
        written: what came back.
        stops: stop sequences, none of them empty; they cut the answer, never the reasoning.
        prefill: what the model was made to continue; its own text follows, or begins with it.
    """
    chat = prompt.style is PromptStyle.CHAT
    text, reasoning = clean_text(written.text), clean_text(written.reasoning)
    if chat and not reasoning and not prefill:
        split = split_reasoning(text)
        reasoning, text = split.reasoning, "" if split.unfinished else split.answer
    usage = written.usage
    if reasoning and not usage.reasoning_tokens:
        tokens = reasoning_share(reasoning, text, usage.completion_tokens)
        usage = msgspec.structs.replace(usage, reasoning_tokens=tokens)
    cut = cut_at_stop(whole_turn(prefill, text), stops, len(prefill))
    return Completion(
        task_id=prompt.task_id,
        sample=sample,
        text=cut.text,
        kind=CompletionKind.ANSWER if chat else CompletionKind.CONTINUATION,
        reasoning=reasoning,
        finish_reason=FinishReason.STOP if cut.stopped else written.finish_reason,
        usage=usage,
    )


def stopped_while_reasoning(prompt: Prompt, written: Written, stops: tuple[str, ...]) -> bool:
    """Whether a stop sequence that the backend was given has ended the reasoning, before any answer."""
    if not stops or prompt.style is PromptStyle.BASE or written.finish_reason is not FinishReason.STOP:
        return False
    apart = bool(written.reasoning) and not written.text.strip()
    return apart or split_reasoning(written.text).unfinished


def token_limit(sampling: Sampling) -> int:
    """Return the most tokens of reasoning and answer together."""
    return sampling.max_tokens + (sampling.reasoning_tokens or 0)


class Findings:
    """What is known of a model, which may become more while it is used."""

    def __init__(self, info: ModelInfo) -> None:
        self.info = info

    def record(self, note: str = "", **honoured: Support) -> None:
        """Take down what a setting came to, by its name in ``Capabilities``, and a sentence for the user."""
        honours = msgspec.structs.replace(self.info.capabilities or Capabilities(), **honoured)
        notes = self.info.notes
        if note and note not in notes:
            notes = (*notes, note)
        self.info = msgspec.structs.replace(self.info, capabilities=honours, notes=notes)

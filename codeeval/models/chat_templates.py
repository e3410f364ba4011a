"""Prompts as tokens, for backends that have the tokenizer themselves."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
)  # Any: a tokenizer of transformers, which is typed in places

from codeeval.errors import ModelError
from codeeval.models.reasoning import MARKS
from codeeval.text import clean_text
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from codeeval.types import Prompt

NO_PREFILL = "the chat template opens the reasoning: prompts are sent without their prefill"


class Encoded(NamedTuple):
    """A prompt as tokens."""

    ids: list[int]
    prefill: str
    """What the model continues; empty where there is none, or none can be sent."""
    opened: str
    """The mark of reasoning that the template ends with, or empty: the model's text lacks it."""


def encode(tokenizer: Any, prompt: Prompt, spec: str) -> Encoded:  # as above
    """Encode a prompt as tokens: a text as it is, a conversation through the model's own template.

    Raises:
        ModelError: the template rejects the conversation; ``spec`` names the model in the message.
    """
    if prompt.style is PromptStyle.BASE:
        return Encoded(list(tokenizer(clean_text(prompt.text)).input_ids), "", "")
    import jinja2  # noqa: PLC0415 -- only for its error

    turns = [{"role": turn.role.value, "content": clean_text(turn.content)} for turn in prompt.messages]
    try:
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    except jinja2.TemplateError as error:
        raise ModelError(
            f"{spec}: its chat template rejects the prompt: {error}",
            "Use --template with other turns, or --style base.",
        ) from error
    opened = next((mark for mark, _ in MARKS if text.rstrip().endswith(mark)), "")
    prefill = "" if opened else clean_text(prompt.prefill)
    ids = tokenizer(text + prefill, add_special_tokens=False).input_ids
    return Encoded(list(ids), prefill, opened)

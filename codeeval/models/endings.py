"""Why a model stopped, in the words that servers have for it."""

from __future__ import annotations

import re
from typing import Final

from codeeval.types import FinishReason

_NAMES: Final = {
    FinishReason.STOP: frozenset(
        {"stop", "eos", "eos_token", "stop_token", "stop_sequence", "end_turn", "complete", "completed"}
    ),
    FinishReason.LENGTH: frozenset(
        {
            "length",
            "max_tokens",
            "max_length",
            "max_new_tokens",
            "max_output_tokens",
            "max_completion_tokens",
            "model_length",
            "context_length",
            "context_length_exceeded",
            "model_context_window_exceeded",
        }
    ),
    FinishReason.FILTERED: frozenset(
        {
            "content_filter",
            "content_filtered",
            "filtered",
            "safety",
            "recitation",
            "blocklist",
            "prohibited_content",
            "spii",
            "sensitive",
            "guardrail_intervened",
        }
    ),
    FinishReason.TOOL_CALL: frozenset({"tool_calls", "tool_call", "tool_use", "function_call"}),
    FinishReason.REFUSAL: frozenset({"refusal", "refused"}),
    FinishReason.NO_ANSWER: frozenset({"insufficient_system_resource", "load", "unload"}),
}
"""OpenAI's, Anthropic's, Google's, Mistral's, DeepSeek's, Cohere's, Zhipu's and Ollama's names."""
_FAILED: Final = re.compile(
    r"error|abort|cancel|fail|time(d_)?_?out|interrupt|exception|overload|unavailable"
)


def finish_reason(stated: object) -> FinishReason:
    """Return what a server's name of the reason means; ``NO_ANSWER`` where the server broke off itself."""
    if not isinstance(stated, str):
        return FinishReason.UNKNOWN
    name = re.sub(r"[\s-]+", "_", stated.strip().lower()).removeprefix("finish_reason_")
    for reason, names in _NAMES.items():
        if name in names:
            return reason
    return FinishReason.NO_ANSWER if _FAILED.search(name) else FinishReason.UNKNOWN


def count(value: object) -> int:
    """Return a number of tokens as a server states it: an integer, a float, digits, or nothing."""
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"\d{1,18}(\.\d{1,18})?", value.strip()) else 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 63:
        return 0
    return round(value)


def ending(stated: FinishReason, text: str, *, refused: bool, called: bool) -> FinishReason:
    """Return why a model stopped, in the light of what it wrote.

    Args:
        stated: the server's reason.
        text: the answer's.
        refused: whether the server states a refusal.
        called: whether the message calls a tool.
    """
    if text.strip():
        return FinishReason.STOP if stated is FinishReason.TOOL_CALL else stated
    if refused:
        return FinishReason.REFUSAL
    return FinishReason.TOOL_CALL if called else stated

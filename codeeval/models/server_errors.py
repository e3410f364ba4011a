"""What a server's refusal means: try again, leave a setting out, give up this prompt, or give up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.errors import ContextOverflow, ModelError, PromptRefused
from codeeval.models.openai.responses import REFUSAL, retry_after_s
from codeeval.models.server_model import Refused, Setting
from codeeval.models.serving.pacing import Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.models.server_model import Request
    from codeeval.models.serving.pacing import Pacer

RETRIED: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529})
_OVERFLOW: Final = re.compile(
    r"context (length|size|window|limit)|maximum context|max_model_len|prompt is too long"
    r"|too many (input )?tokens|exceeds? the (available|maximum) context|input (length|is too long)",
    re.IGNORECASE,
)
_FILTER: Final = re.compile(
    r"content[ _](management[ _])?(filter|policy)|safety (system|filter)", re.IGNORECASE
)
_QUOTA: Final = re.compile(
    r"insufficient_quota|credit balance|billing|exceeded your current quota", re.IGNORECASE
)
_WORDS: Final = {
    Setting.PREFILL: re.compile(
        r"prefill|must end with a user|(last|final) message|assistant message", re.IGNORECASE
    ),
    Setting.TOP_P: re.compile(r"\btop_?p\b", re.IGNORECASE),
    Setting.TEMPERATURE: re.compile(r"\btemperature\b", re.IGNORECASE),
    Setting.SEED: re.compile(r"\bseed\b", re.IGNORECASE),
    Setting.STOP: re.compile(r"\bstop(_sequences)?\b", re.IGNORECASE),
    Setting.REASONING: re.compile(r"reasoning|thinking|\bthink\b|budget_tokens|\beffort\b", re.IGNORECASE),
}
"""The setting that a refusal is about; where it names two, the first of these gives way."""


def judge(
    status: int,
    words: str,
    headers: Mapping[str, str],
    request: Request,
    *,
    pacer: Pacer,
    server: str,
    model: str,
    key: str,
) -> Exception:
    """Return the error that a status other than success should be raised as.

    Args:
        status: of HTTP.
        words: what the server said.
        headers: of the answer.
        request: what was asked.
        pacer: is told of what no later request can escape.
        server: what messages call the server.
        model: its name there.
        key: what the user sets the key with.
    """
    if fatal := _fatal(status, words, server, model, key):
        return pacer.end(fatal)
    if status == 413 or _OVERFLOW.search(words):
        error: Exception = ContextOverflow(f"{model} refuses the prompt: {words}")
    elif status in RETRIED:
        wait_s, throttled = retry_after_s(headers), status in (429, 529)
        error = Transient(f"status {status}: {words}", wait_s=wait_s, throttled=throttled)
    elif _FILTER.search(words):
        error = PromptRefused(f"{model} refuses the prompt: {words}")
    elif status in (400, 422) and (setting := refused_setting(words, request)):
        error = Refused(setting, words)
    else:
        error = ModelError(
            f"{server} refuses the request ({status}): {words}",
            "The words are the server's; check --temperature, --max-tokens and the model's name.",
        )
    return error


def is_overflow(words: str) -> bool:
    """Whether an error says that the prompt is longer than the model's context."""
    return bool(_OVERFLOW.search(words))


def _fatal(status: int, words: str, server: str, model: str, key: str) -> ModelError | None:
    if status in (401, 403):
        remedy = f"Set {key} to a key that is valid there and may use {model}."
        return ModelError(f"{server} refuses the key ({status}): {words}", remedy)
    if status == 402 or (status in (400, 429) and _QUOTA.search(words)):
        return ModelError(f"{server}: {words}", "Check the account's plan and billing.")
    if status == 404:
        return ModelError(f"{server} has no model {model!r}: {words}", "Check the model's name.")
    return None


def refused_setting(words: str, request: Request) -> Setting | None:
    """Say which of a request's settings an error refuses, whatever its value; None where it is none."""
    if not REFUSAL.search(words):
        return None
    asked = request.settings
    named = (each for each, pattern in _WORDS.items() if each in asked and pattern.search(words))
    return next(named, None)

"""The bodies of requests to an OpenAI-compatible server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.models.server_model import chat_messages
from codeeval.text import clean_text
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from codeeval.models.server_model import Request

_MAX_STOPS: Final = 4
"""OpenAI rejects more, and so do those who copy it; answers are cut at all of them locally."""


def request_path(request: Request) -> str:
    """Return the endpoint that a request goes to."""
    return "/chat/completions" if request.prompt.style is PromptStyle.CHAT else "/completions"


def request_body(request: Request, max_tokens_name: str) -> dict[str, object]:
    """Return the fields of a request, except for the model's name.

    Args:
        request: what to ask for.
        max_tokens_name: ``max_tokens``, or ``max_completion_tokens`` for newer models of OpenAI.
    """
    body: dict[str, object] = {}
    if request.prompt.style is PromptStyle.CHAT:
        body["messages"] = chat_messages(request)
    else:
        body["prompt"] = clean_text(request.prompt.text)
    if request.temperature is not None:
        body["temperature"] = request.temperature
    body[max_tokens_name] = request.max_tokens
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.seed is not None:
        body["seed"] = request.seed
    if request.n > 1:
        body["n"] = request.n
    if request.reasoning_effort is not None:
        body["reasoning_effort"] = request.reasoning_effort.value
    if request.stop:
        body["stop"] = list(request.stop[:_MAX_STOPS])
    return body

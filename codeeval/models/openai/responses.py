"""Parses what OpenAI-compatible servers return: completions, lists of models, and errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.models.server_errors import ErrorResponse
from codeeval.models.server_model import Choice, Response
from codeeval.text import clean_text
from codeeval.types import FinishReason

if TYPE_CHECKING:
    from collections.abc import Mapping

_FINISH: Final = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
}


class _Part(msgspec.Struct):
    """A piece of a message: some servers send a list of these."""

    text: str = ""


class _Message(msgspec.Struct):
    """The assistant's turn."""

    content: str | list[_Part] | None = None
    reasoning_content: object = None
    """DeepSeek's name, llama.cpp's and SGLang's. OpenRouter and newer vLLM have ``reasoning``."""
    reasoning: object = None


class _Choice(msgspec.Struct):
    index: int = 0
    message: _Message | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct):
    reasoning_tokens: int | None = 0


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    completion_tokens_details: _Details | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Model(msgspec.Struct):
    id: str
    owned_by: str | None = ""


class _Models(msgspec.Struct):
    data: list[_Model]


class ServedModels(NamedTuple):
    """What a server states of its models."""

    names: list[str]
    owner: str
    """Who serves them: ``llamacpp``, ``vllm``, ``sglang``, ``openai`` ...; may be empty."""


class MalformedResponse(Exception):
    """A response that does not follow the protocol. ``html``: a web page, which no retry changes."""

    def __init__(self, message: str, *, html: bool = False) -> None:
        super().__init__(message)
        self.html = html


def parse_completion(content: bytes) -> Response:
    """Parse the response to a request for completions.

    Raises:
        MalformedResponse: it is a web page, truncated, not JSON, or lacks the texts.
    """
    value = _parse_json(content)
    try:
        completion = msgspec.convert(value, _Completion)
    except msgspec.ValidationError as error:
        raise MalformedResponse(f"a response without completions ({error}): {_excerpt(content)}") from error
    choices = []
    for choice in sorted(completion.choices, key=lambda choice: choice.index):
        if choice.message is None and choice.text is None:
            raise MalformedResponse(f"a choice without text: {_excerpt(content)}")
        text = choice.text if choice.message is None else _content(choice.message)
        finish = _FINISH.get(choice.finish_reason or "", FinishReason.UNKNOWN)
        choices.append(Choice(clean_text(text or ""), finish, _reasoning(choice.message)))
    usage = completion.usage or _Usage()
    details = usage.completion_tokens_details or _Details()
    return Response(
        tuple(choices),
        prompt_tokens=usage.prompt_tokens or 0,
        completion_tokens=usage.completion_tokens or 0,
        reasoning_tokens=details.reasoning_tokens or 0,
    )


def _reasoning(message: _Message | None) -> str:
    found = (message.reasoning_content, message.reasoning) if message else ()
    return next((clean_text(text) for text in found if isinstance(text, str) and text), "")


def _content(message: _Message) -> str:
    if isinstance(message.content, list):
        return "".join(part.text for part in message.content)
    return message.content or ""


def parse_models(content: bytes) -> ServedModels:
    """Parse a list of models.

    Raises:
        MalformedResponse: it is something else.
    """
    try:
        models = msgspec.convert(_parse_json(content), _Models).data
    except msgspec.ValidationError as error:
        raise MalformedResponse(f"not a list of models: {error}") from error
    return ServedModels([model.id for model in models], next((m.owned_by or "" for m in models), ""))


def parse_error(status: int, content: bytes, headers: Mapping[str, str]) -> ErrorResponse:
    """Parse an error in any of the usual shapes; never fails."""
    try:
        value = _parse_json(content)
    except MalformedResponse:
        return ErrorResponse(status, _excerpt(content) or "(no text)", headers=headers)
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return ErrorResponse(status, str(error), headers=headers)
    message = error.get("message") or error.get("detail") or _excerpt(content)
    code = error.get("code")
    name = str(code) if code is not None and not isinstance(code, int) else str(error.get("type") or "")
    return ErrorResponse(status, str(message), name, str(error.get("param") or ""), headers)


def error_status(content: bytes) -> int | None:
    """Return the status of an error that was sent with status 200, as some gateways do; None for no error."""
    if b'"error"' not in content:
        return None
    try:
        value = _parse_json(content)
    except MalformedResponse:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    stated = isinstance(code, int | str) and re.fullmatch(r"[45]\d\d", str(code))
    return int(str(code)) if stated else 400


def is_html(content: bytes) -> bool:
    """Whether a response is a web page."""
    return content.lstrip().startswith(b"<")


def _parse_json(content: bytes) -> dict[str, object] | list[object] | str | float | None:
    # Not msgspec: it refuses the lone surrogates that models do write.
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        named = f" ({clean_text(title[1].strip())[:80]})" if title else ""
        raise MalformedResponse(f"HTML{named}", html=True)
    try:
        value: dict[str, object] | list[object] | str | float | None = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        what = "nothing" if not text else f"no JSON: {_excerpt(content)}"
        raise MalformedResponse(what) from error
    return value


def _excerpt(content: bytes) -> str:
    text = " ".join(content[:2000].decode("utf-8", "replace").split())
    return text if len(text) <= 200 else f"{text[:200]}..."

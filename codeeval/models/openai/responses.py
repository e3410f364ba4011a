"""Reads what OpenAI-compatible servers answer: completions, lists of models, refusals, and nonsense."""

from __future__ import annotations

import datetime as dt
import email.utils
import enum
import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

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
_PROMPT_CODES: Final = frozenset(
    {
        "context_length_exceeded",
        "exceed_context_size_error",
        "string_above_max_length",
        "content_filter",
        "content_policy_violation",
    }
)
_PROMPT_WORDS: Final = re.compile(
    r"context (length|size|window)|maximum context|max_model_len|prompt is too long|too many tokens"
    r"|content (management )?(filter|policy)",
    re.IGNORECASE,
)


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


class _Tokens(msgspec.Struct):
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    completion_tokens_details: _Details | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    usage: _Tokens | None = None


class _Served(msgspec.Struct):
    id: str
    owned_by: str | None = ""


class _Models(msgspec.Struct):
    data: list[_Served]


class Choice(NamedTuple):
    """One of the texts that a request returned."""

    text: str
    finish_reason: FinishReason
    reasoning: str = ""


class Answer(NamedTuple):
    """What a request returned."""

    choices: list[Choice]
    prompt_tokens: int
    completion_tokens: int
    latency_s: float = 0.0
    """From the request's start to the answer's end, without earlier tries and waits."""
    reasoning_tokens: int = 0


class Served(NamedTuple):
    """What a server says of its models."""

    names: list[str]
    owner: str
    """Who serves them: ``llamacpp``, ``vllm``, ``sglang``, ``openai`` ...; may be empty."""


class Nonsense(Exception):
    """An answer that is none. ``html`` tells a web page, which asking again does not change."""

    def __init__(self, message: str, *, html: bool = False) -> None:
        super().__init__(message)
        self.html = html


class ErrorBody(NamedTuple):
    """What a server says of an error."""

    message: str
    code: str
    """``code`` or ``type`` of the error, or an empty string."""
    param: str
    html: bool
    present: bool
    """Whether the body is an error object at all."""


class Remedy(enum.Enum):
    """What a refused parameter asks for."""

    RENAME_MAX_TOKENS = enum.auto()
    SINGLE = enum.auto()
    DROP_STOP = enum.auto()
    DROP_TOP_P = enum.auto()
    DROP_TEMPERATURE = enum.auto()
    DROP_SEED = enum.auto()
    DROP_EFFORT = enum.auto()


_DROPS: Final = {
    "top_p": Remedy.DROP_TOP_P,
    "temperature": Remedy.DROP_TEMPERATURE,
    "seed": Remedy.DROP_SEED,
    "reasoning_effort": Remedy.DROP_EFFORT,
}
REFUSAL: Final = re.compile(
    r"not? (be )?(support|allow|permit|recogni[sz]|available|accept|specified|compatible)|unsupported"
    r"|deprecated|unknown|unrecogni[sz]ed|unexpected|extra (inputs|fields)|can(no|')t both|incompatible"
    r"|only the default|must end with a user|may only be set to 1",
    re.IGNORECASE,
)
"""Words that refuse a setting whatever its value; a value out of range is the user's to correct."""


def read_answer(content: bytes) -> Answer:
    """Read the answer to a request for completions.

    Raises:
        Nonsense: it is a web page, cut off, no JSON, or lacks the texts.
    """
    value = _json(content)
    try:
        answer = msgspec.convert(value, _Answer)
    except msgspec.ValidationError as error:
        raise Nonsense(f"an answer without completions ({error}): {_excerpt(content)}") from error
    choices = []
    for choice in sorted(answer.choices, key=lambda choice: choice.index):
        if choice.message is None and choice.text is None:
            raise Nonsense(f"a choice without text: {_excerpt(content)}")
        text = choice.text if choice.message is None else _content(choice.message)
        finish = _FINISH.get(choice.finish_reason or "", FinishReason.UNKNOWN)
        choices.append(Choice(clean_text(text or ""), finish, _reasoning(choice.message)))
    tokens = answer.usage or _Tokens()
    details = tokens.completion_tokens_details or _Details()
    return Answer(
        choices,
        tokens.prompt_tokens or 0,
        tokens.completion_tokens or 0,
        reasoning_tokens=details.reasoning_tokens or 0,
    )


def _reasoning(message: _Message | None) -> str:
    found = (message.reasoning_content, message.reasoning) if message else ()
    return next((clean_text(text) for text in found if isinstance(text, str) and text), "")


def _content(message: _Message) -> str:
    if isinstance(message.content, list):
        return "".join(part.text for part in message.content)
    return message.content or ""


def read_models(content: bytes) -> Served:
    """Read a list of models.

    Raises:
        Nonsense: it is something else.
    """
    try:
        models = msgspec.convert(_json(content), _Models).data
    except msgspec.ValidationError as error:
        raise Nonsense(f"no list of models: {error}") from error
    return Served([model.id for model in models], next((m.owned_by or "" for m in models), ""))


def read_error(content: bytes) -> ErrorBody:
    """Read an error in any of the usual shapes; never fails."""
    try:
        value = _json(content)
    except Nonsense as nonsense:
        return ErrorBody(_excerpt(content) or "(no text)", "", "", html=nonsense.html, present=False)
    error = value.get("error", value) if isinstance(value, dict) else value
    present = isinstance(value, dict) and bool(value.get("error"))
    if not isinstance(error, dict):
        return ErrorBody(str(error), "", "", html=False, present=present)
    message = error.get("message") or error.get("detail") or _excerpt(content)
    code = error.get("code")
    name = str(code) if code is not None and not isinstance(code, int) else str(error.get("type") or "")
    return ErrorBody(str(message), name, str(error.get("param") or ""), html=False, present=present)


def status_in(content: bytes) -> int:
    """Return the status that an error body states: some gateways send errors with status 200. 0: none."""
    try:
        value = _json(content)
    except Nonsense:
        return 0
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return int(code) if isinstance(code, int | str) and re.fullmatch(r"[45]\d\d", str(code)) else 0


def refuses_prompt(error: ErrorBody) -> bool:
    """Whether an error is about this prompt alone: too long, or filtered."""
    return error.code in _PROMPT_CODES or bool(_PROMPT_WORDS.search(error.message))


def overflows(error: ErrorBody) -> bool:
    """Whether an error that refuses a prompt finds it too long."""
    return "filter" not in f"{error.code} {error.message}" and "policy" not in f"{error.code} {error.message}"


def remedy_for(error: ErrorBody, body: Mapping[str, object]) -> Remedy | None:
    """Say which refused parameter can be sent otherwise; None where the error is about something else."""
    words = f"{error.param} {error.message}"
    if "max_tokens" in body and "max_completion_tokens" in words:
        return Remedy.RENAME_MAX_TOKENS
    if "n" in body and re.search(r"\bn\b", words):
        return Remedy.SINGLE
    if "stop" in body and re.search(r"\bstop\b", words):
        return Remedy.DROP_STOP
    if REFUSAL.search(f"{error.code} {error.message}"):
        named = (field for field in _DROPS if field in body and re.search(rf"\b{field}\b", words))
        return next((_DROPS[field] for field in named), None)
    return None


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how long a server asks to wait, in seconds: ``Retry-After`` as a number or a date."""
    milliseconds = headers.get("retry-after-ms")
    text = headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000)
        return None if text is None else max(0.0, float(text))
    except ValueError:
        pass
    try:
        then = email.utils.parsedate_to_datetime(text or "")
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())


def _json(content: bytes) -> dict[str, object] | list[object] | str | float | None:
    # Not msgspec: it refuses the lone surrogates that models do write.
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        named = f" ({clean_text(title[1].strip())[:80]})" if title else ""
        raise Nonsense(f"HTML{named}", html=True)
    try:
        value: dict[str, object] | list[object] | str | float | None = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        what = "nothing" if not text else f"no JSON: {_excerpt(content)}"
        raise Nonsense(what) from error
    return value


def _excerpt(content: bytes) -> str:
    text = " ".join(content[:2000].decode("utf-8", "replace").split())
    return text if len(text) <= 200 else f"{text[:200]}..."

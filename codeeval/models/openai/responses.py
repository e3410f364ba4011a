"""Parses what OpenAI-compatible servers return: completions, lists of models, and errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.models.endings import count, ending, finish_reason
from codeeval.models.parts import read_parts
from codeeval.models.server_errors import ErrorResponse
from codeeval.models.server_model import Choice, Response
from codeeval.text import clean_text, read_integer
from codeeval.types import FinishReason

if TYPE_CHECKING:
    from collections.abc import Mapping

_STREAM: Final = re.compile(r"(data|event|id|retry)?:")


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
    """Parse the response to a request for completions, also one that was streamed unasked.

    Values that do not matter (counts of tokens, indices) may have any type. A choice without a message, or
    that states a failure, is one that the server broke off.

    Raises:
        MalformedResponse: it is a web page, truncated, not JSON, or no response with choices.
    """
    value = _parse_json(content)
    listed = value.get("choices", ()) if isinstance(value, dict) else ()
    if not isinstance(value, dict) or "choices" not in value or not isinstance(listed, list | None):
        raise MalformedResponse(f"a response without completions: {_excerpt(content)}")
    choices = [choice for choice in listed or () if isinstance(choice, dict)]
    if len(choices) < len(listed or ()):
        raise MalformedResponse(f"a choice that is no object: {_excerpt(content)}")
    indexed = sorted(enumerate(choices), key=lambda item: _index(item[1].get("index"), item[0]))
    usage = _object(value.get("usage"))
    return Response(
        tuple(_choice(choice) for _, choice in indexed),
        prompt_tokens=count(usage.get("prompt_tokens")),
        completion_tokens=count(usage.get("completion_tokens")),
        reasoning_tokens=count(_object(usage.get("completion_tokens_details")).get("reasoning_tokens")),
    )


def _choice(choice: dict[str, object]) -> Choice:
    message, text = choice.get("message"), choice.get("text")
    stated = choice.get("finish_reason")
    finish = finish_reason(stated)
    if message is None and not isinstance(text, str):
        return Choice(
            "", FinishReason.NO_ANSWER, error=f"a choice without a message (finish_reason {stated})"
        )
    turn = message if isinstance(message, dict) else {"content": text if message is None else message}
    parts = read_parts(turn.get("content"))
    stated_apart = (turn.get("reasoning_content"), turn.get("reasoning"))
    apart = next((each for each in stated_apart if isinstance(each, str) and each), "")
    reasoning = clean_text(apart) or parts.reasoning
    if finish is FinishReason.NO_ANSWER:
        message = _object(choice.get("error")).get("message")
        return Choice(
            parts.text, finish, reasoning, f"finish_reason {stated}" + (f": {message}" if message else "")
        )
    refusal = turn.get("refusal")
    declined = refusal if isinstance(refusal, str) and refusal else parts.refusal
    called = bool(turn.get("tool_calls") or turn.get("function_call"))
    return Choice(
        parts.text, ending(finish, parts.text, refused=bool(declined), called=called), reasoning, declined
    )


def _index(stated: object, position: int) -> int:
    return stated if isinstance(stated, int) and not isinstance(stated, bool) else position


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


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
    if _STREAM.match(text):
        return _joined(text)
    try:
        return _decode(text)
    except (ValueError, RecursionError) as error:
        what = "nothing" if not text else f"no JSON: {_excerpt(content)}"
        raise MalformedResponse(what) from error


def _decode(text: str) -> dict[str, object] | list[object] | str | float | None:
    value: dict[str, object] | list[object] | str | float | None = json.loads(text, parse_int=read_integer)
    return value


def _joined(text: str) -> dict[str, object]:
    """Join the pieces of a streamed response to what the server would have returned at once.

    Raises:
        MalformedResponse: a piece is no JSON object, or the stream broke off.
    """
    whole: dict[str, object] = {}
    turns: dict[int, dict[str, object]] = {}
    ended = False
    for line in re.split(r"\r\n?|\n", text):
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data in ("", "[DONE]"):
            ended |= data == "[DONE]"
            continue
        try:
            piece = _decode(data)
        except (ValueError, RecursionError) as error:
            raise MalformedResponse(f"a stream with a piece that is no JSON: {data[:200]}") from error
        if not isinstance(piece, dict):
            raise MalformedResponse(f"a stream with a piece that is no object: {data[:200]}")
        listed = piece.pop("choices", None)
        whole |= {name: value for name, value in piece.items() if value is not None}
        for position, choice in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(choice, dict):
                _append(turns.setdefault(_index(choice.get("index"), position), {}), choice)
    if "error" not in whole and not ended and not all(turn.get("finish_reason") for turn in turns.values()):
        raise MalformedResponse("a stream that broke off")
    return whole | {"choices": [turn | {"index": index} for index, turn in turns.items()]}


def _append(turn: dict[str, object], choice: dict[str, object]) -> None:
    """Add a piece of a streamed choice to what there is of it."""
    for name, value in choice.items():
        if name in ("delta", "message") and isinstance(value, dict):
            _append(turn.setdefault("message", {}), value)  # type: ignore[arg-type] # made here
        elif (
            isinstance(value, str)
            and isinstance(turn.get(name), str)
            and name not in ("finish_reason", "role")
        ):
            turn[name] = f"{turn[name]}{value}"
        elif value is not None:
            turn[name] = value


def _excerpt(content: bytes) -> str:
    text = " ".join(content[:2000].decode("utf-8", "replace").split())
    return text if len(text) <= 200 else f"{text[:200]}..."

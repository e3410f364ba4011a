"""A message's content in parts, as newer servers send it: text, reasoning and refusals apart."""

from __future__ import annotations

from typing import NamedTuple

from codeeval.text import clean_text


class Parts(NamedTuple):
    """What a message holds."""

    text: str
    reasoning: str = ""
    refusal: str = ""


def read_parts(content: object) -> Parts:
    """Read a message's content: a text, a part, or a list of both; what is none of these has no text."""
    listed = content if isinstance(content, list) else [content]
    text, reasoning, refusal = [], [], []
    for part in listed:
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, dict):
            kind = str(part.get("type", ""))
            if "think" in kind or "reason" in kind:
                reasoning.append(_text_of(part))
            elif kind == "refusal" or isinstance(part.get("refusal"), str):
                refusal.append(_text_of(part))
            else:
                text.append(_text_of(part))
    return Parts(*(clean_text("".join(each)) for each in (text, reasoning, refusal)))


def _text_of(part: dict[str, object]) -> str:
    """Return the text of one part, which may hold parts itself (Mistral's ``thinking``)."""
    for name in ("text", "thinking", "reasoning", "summary", "content", "refusal"):
        value = part.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return "".join(each if isinstance(each, str) else _text_of(each) for each in value if each)
    return ""

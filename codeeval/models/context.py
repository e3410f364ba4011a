"""How many tokens a server has room for, as its errors state it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_GROUPED: Final = re.compile(r"(?<=\d)[,_](?=\d{3}(?!\d))")
_CAPS: Final = (
    re.compile(r"at most `?(\d+)`? (?:completion|output|new|generated) ?tokens", re.IGNORECASE),
    re.compile(r"max\w*tokens\W+\d+ > (\d+)", re.IGNORECASE),
    re.compile(
        r"max\w*tokens\b.{0,60}?(?:less than or equal to|at most|<=|cannot exceed|(?:cannot|not) be "
        r"(?:greater|larger|more) than|not exceed)\W+(?:\w+=)*`?(\d+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"max\w*tokens\W.{0,20}?[\[(]\s*\d+\s*,\s*(\d+)\s*[\])]", re.IGNORECASE | re.DOTALL),
)
"""The most that an answer may have, whatever the prompt: OpenAI, Anthropic, Groq and vLLM, DeepSeek."""
_CONTEXT: Final = (
    re.compile(
        r"(?:context (?:length|window|size|limit)|max_model_len|context)\W+(?:(?:of|is|only)\W+)*(\d+)",
        re.IGNORECASE,
    ),
    re.compile(r"(\d+) (?:tokens? )?(?:maximum )?context", re.IGNORECASE),
    re.compile(r"max_new_tokens\W+must be <= (\d+)", re.IGNORECASE),
)
_PROMPT: Final = (
    re.compile(
        r"(\d+) (?:tokens? )?(?:in|from|of) (?:the |your )?(?:(?:input|text|prompt) )?"
        r"(?:messages?|prompt|input)",
        re.IGNORECASE,
    ),
    re.compile(r"(\d+) `?(?:text |prompt )?(?:input|inputs|prompt)`? tokens", re.IGNORECASE),
    re.compile(r"(?:prompt|input|messages) (?:contains?|has|have|resulted in)\D{0,12}(\d+)", re.IGNORECASE),
)
_TOTAL: Final = re.compile(r"requested\D{0,20}(\d+) tokens", re.IGNORECASE)
_SUM: Final = re.compile(r"(\d+) \+ (\d+) > (\d+)")
"""Anthropic: prompt + max_tokens > context."""
_MAX_TOKENS: Final = re.compile(
    r"max_(?:\w+_)?tokens|completion tokens|output tokens|in the (?:completion|output)|for the completion",
    re.IGNORECASE,
)


class Room(NamedTuple):
    """What a server has room for."""

    tokens: int
    """Of an answer; below 1: the prompt alone is too long."""
    fixed: bool
    """Whether that holds for every prompt."""


def stated_room(message: str, asked: int) -> Room | None:
    """Return the room for an answer that an error states, or None where it does not tell.

    Args:
        message: the server's.
        asked: the tokens that the rejected request asked for.
    """
    text = _GROUPED.sub("", message)
    if (found := _SUM.search(text)) and int(found[2]) == asked:
        return Room(int(found[3]) - int(found[1]), fixed=False)
    context, prompt = _first(_CONTEXT, text), _first(_PROMPT, text)
    if prompt is None and (total := _first((_TOTAL,), text)) is not None and total > asked:
        prompt = total - asked
    if context is not None and prompt is not None:
        return Room(context - prompt, fixed=False)
    cap = _first(_CAPS, text)
    if cap is not None and 1 <= cap < asked:
        return Room(cap, fixed=True)
    return None


def exceeds_context(message: str, asked: int) -> bool:
    """Whether an error that states no room is about the tokens asked for, not about the prompt alone."""
    context = _first(_CONTEXT, _GROUPED.sub("", message))
    return bool(_MAX_TOKENS.search(message)) or (context is not None and asked >= context)


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    found = next(filter(None, (pattern.search(text) for pattern in patterns)), None)
    return None if found is None or len(found[1]) > 15 else int(found[1])

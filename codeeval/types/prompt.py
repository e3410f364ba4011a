"""A rendered problem, and how completions are sampled from it."""

from __future__ import annotations

import enum

from codeeval.types.base import Value


class Role(enum.StrEnum):
    """Who speaks in a chat message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class PromptStyle(enum.StrEnum):
    """How a model is asked: continue a text (base model) or answer a conversation (chat model)."""

    BASE = "base"
    CHAT = "chat"


class Effort(enum.StrEnum):
    """How much a reasoning model is asked to think, in the words of the APIs that take words."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Message(Value, frozen=True, kw_only=True):
    """One turn of a chat prompt."""

    role: Role
    content: str


class Prompt(Value, frozen=True, kw_only=True):
    """A rendered problem. ``text`` is used by base style, ``messages`` by chat style."""

    task_id: str
    style: PromptStyle
    template_hash: str
    """SHA-256 of the template's source, hex."""
    text: str = ""
    messages: tuple[Message, ...] = ()
    prefill: str = ""
    """Start of the assistant's turn, for backends that can continue it."""
    stop: tuple[str, ...] = ()


class Sampling(Value, frozen=True, kw_only=True):
    """How completions are drawn. ``seed`` + sample index makes one sample reproducible."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None
    stop: tuple[str, ...] = ()
    reasoning_tokens: int | None = None
    """Most tokens of reasoning before the answer, beside ``max_tokens``; None leaves it to the model."""
    reasoning_effort: Effort | None = None
    """The same in words; None leaves it to the model."""

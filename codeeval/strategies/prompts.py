"""The prompts that strategies add to a benchmark's, from the Jinja templates beside this file."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.prompting import PromptTemplate
from codeeval.types import Message, PromptStyle, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Prompt

_FOLDER: Final = Path(__file__).parent / "templates"
EMPTY_ANSWER: Final = "(no answer)"
"""Replaces an empty answer: some APIs reject an empty message."""


@functools.cache
def _template(name: str) -> PromptTemplate:
    return PromptTemplate(_FOLDER / f"{name}.jinja")


def render(name: str, **values: object) -> str:
    """Render a template; an unknown variable is an error."""
    return _template(name).text(values)


def combined_hash(names: Sequence[str]) -> str:
    """Return one hash over several templates."""
    return hashlib.sha256("".join(_template(name).hash for name in names).encode()).hexdigest()


def task_text(prompt: Prompt) -> str:
    """Return the task as the benchmark's chat prompt states it."""
    return "\n\n".join(message.content for message in prompt.messages if message.role is Role.USER)


def question(prompt: Prompt, text: str) -> Prompt:
    """Return another question about a task: without prefill and stop sequences."""
    return msgspec.structs.replace(
        prompt, messages=(Message(role=Role.USER, content=text),), prefill="", stop=()
    )


def continue_conversation(prompt: Prompt, answer: str, text: str) -> Prompt:
    """Continue a conversation: the model's answer, and the next message.

    Prefill and stop sequences stay, because the benchmark extracts code with them in mind.
    """
    turns = (
        Message(role=Role.ASSISTANT, content=answer if answer.strip() else EMPTY_ANSWER),
        Message(role=Role.USER, content=text),
    )
    return msgspec.structs.replace(prompt, messages=prompt.messages + turns)


def extended(prompt: Prompt, text: str) -> Prompt:
    """Extend a prompt: below the last message of a conversation, above a text that is to be continued."""
    match prompt.style:
        case PromptStyle.BASE:
            return msgspec.structs.replace(prompt, text=text + prompt.text)
        case PromptStyle.CHAT:
            *before, last = prompt.messages
            longer = msgspec.structs.replace(last, content=f"{last.content.rstrip()}\n\n{text}")
            return msgspec.structs.replace(prompt, messages=(*before, longer))

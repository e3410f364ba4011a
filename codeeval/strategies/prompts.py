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
NOTHING: Final = "(no answer)"
"""Stands for an empty answer: some APIs refuse an empty message."""


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
    """Return the task as the benchmark puts it to a chat model."""
    return "\n\n".join(message.content for message in prompt.messages if message.role is Role.USER)


def question(prompt: Prompt, text: str) -> Prompt:
    """Ask a chat model something else about a task: no start of an answer, and no stop sequences."""
    return msgspec.structs.replace(
        prompt, messages=(Message(role=Role.USER, content=text),), prefill="", stop=()
    )


def go_on(prompt: Prompt, answer: str, text: str) -> Prompt:
    """Continue a conversation: what the model answered, and what it is told next.

    Start of the answer and stop sequences stay, because the benchmark reads answers with them in mind.
    """
    said = (
        Message(role=Role.ASSISTANT, content=answer if answer.strip() else NOTHING),
        Message(role=Role.USER, content=text),
    )
    return msgspec.structs.replace(prompt, messages=prompt.messages + said)


def with_more(prompt: Prompt, text: str) -> Prompt:
    """Add to a prompt: below the last message of a conversation, above a text that is to be continued."""
    match prompt.style:
        case PromptStyle.BASE:
            return msgspec.structs.replace(prompt, text=text + prompt.text)
        case PromptStyle.CHAT:
            *before, last = prompt.messages
            longer = msgspec.structs.replace(last, content=f"{last.content.rstrip()}\n\n{text}")
            return msgspec.structs.replace(prompt, messages=(*before, longer))

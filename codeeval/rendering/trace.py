"""Lays out how a strategy made a sample, generation by generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.rendering.console import duration, heading, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.types import Completion, Turn


def show_trace(completion: Completion) -> Iterator[RenderableType]:
    """Lay out the generations of a sample: prompt, text and outcome of each."""
    usage = completion.usage
    yield heading(
        f"how it was made: {usage.generations} generations, {usage.prompt_tokens} prompt and "
        f"{usage.completion_tokens} completion tokens"
    )
    for number, turn in enumerate(completion.trace, 1):
        yield heading(f"{number}. {turn.step}{', chosen' if turn.chosen else ''}")
        if turn.prompt:
            yield lines("prompt:", turn.prompt.rstrip(), "")
        yield lines(turn.text.rstrip() or ("(the completion above)" if turn.chosen else "(nothing)"))
        yield lines(f"-- {_came_to(turn)}")


def _came_to(turn: Turn) -> str:
    cost = f"{turn.usage.completion_tokens} tokens, {duration(turn.usage.latency_s)}"
    if turn.outcome is None:
        return ", ".join(filter(None, (cost, turn.detail)))
    of_all = f"{turn.passed} of {turn.examples} examples passed" if turn.examples else "no examples to try"
    return f"{cost}; on the examples: {turn.outcome}, {of_all}" + (f"; {turn.detail}" if turn.detail else "")

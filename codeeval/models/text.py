"""What every backend does to text: collect the stop sequences, and cut at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codeeval.text import clean_text

if TYPE_CHECKING:
    from codeeval.types import Prompt, Sampling


class Cut(NamedTuple):
    """A text after the stop sequences."""

    text: str
    stopped: bool
    """Whether a stop sequence was found and cut off."""


def stop_sequences(prompt: Prompt, sampling: Sampling) -> tuple[str, ...]:
    """Join the stop sequences of the sampling and the prompt, each once, in this order."""
    return tuple(dict.fromkeys(clean_text(stop) for stop in (*sampling.stop, *prompt.stop) if stop))


def cut_at_stop(text: str, stops: tuple[str, ...], start: int = 0) -> Cut:
    """Cut a text before the stop sequence that begins first.

    Args:
        text: what the model wrote.
        stops: stop sequences, none of them empty.
        start: stops that begin before this index do not count (a prefill is not the model's).
    """
    found = [index for stop in stops if (index := text.find(stop, start)) >= 0]
    return Cut(text[: min(found)], stopped=True) if found else Cut(text, stopped=False)


def whole_turn(prefill: str, text: str) -> str:
    """Join a prefill and its continuation; some servers answer with the prefill, some without it."""
    return text if text.startswith(prefill) else prefill + text

"""Separates a model's reasoning from its answer, where a server sends both as one text."""

from __future__ import annotations

from typing import Final, NamedTuple

MARKS: Final = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
)
"""What opens and closes reasoning: DeepSeek-R1, Qwen3 and most others; then Seed-OSS, Magistral, Kimi and
Sky-T1, as their chat templates write them."""


class Split(NamedTuple):
    """A text in its two parts."""

    reasoning: str
    answer: str
    unfinished: bool = False
    """Whether the reasoning was opened and never closed: there is no answer."""


def split_reasoning(text: str) -> Split:
    """Separate the reasoning at the beginning of a chat model's text from the answer.

    Reasoning is what stands between a pair of marks at the very beginning. A closing mark alone counts too,
    because many chat templates put the opening one into the prompt. Marks further on are the answer's own.
    """
    start = text.lstrip()
    for opening, closing in MARKS:
        if start.startswith(opening):
            reasoning, closed, answer = start.removeprefix(opening).partition(closing)
            return Split(reasoning.strip(), answer.lstrip("\r\n"), unfinished=not closed)
    for opening, closing in MARKS:
        before, closed, answer = text.partition(closing)
        if closed and opening not in before:
            return Split(before.strip(), answer.lstrip("\r\n"))
    return Split("", text)


def reasoning_share(reasoning: str, answer: str, tokens: int) -> int:
    """Estimate how many of a completion's tokens are reasoning, from the lengths, for lack of a count."""
    if not reasoning:
        return 0
    return round(tokens * len(reasoning) / (len(reasoning) + len(answer)))

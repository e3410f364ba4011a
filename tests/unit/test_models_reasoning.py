"""Reasoning is separated from the answer, whoever marks it and however it ends."""

from __future__ import annotations

import pytest

from codeeval.models.postprocessing import GeneratedText, make_completion, stopped_while_reasoning
from codeeval.models.reasoning import MARKS, reasoning_share, split_reasoning
from codeeval.types import CompletionKind, FinishReason, Prompt, PromptStyle, Usage

CHAT = Prompt(task_id="T/0", style=PromptStyle.CHAT, template_hash="")
BASE = Prompt(task_id="T/0", style=PromptStyle.BASE, template_hash="")


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_every_pair_of_marks(opening: str, closing: str) -> None:
    split = split_reasoning(f"\n{opening}\nfirst\nsecond\n{closing}\n\ndef f():\n    pass\n")
    assert split == ("first\nsecond", "def f():\n    pass\n", False)
    assert split_reasoning(f"first\n{closing}\nanswer") == ("first", "answer", False)
    assert split_reasoning(f"{opening} cut o") == ("cut o", "", True)


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return '<think>'",
        "plain",
        "",
        "The tag <think> opens and </think> closes.",
        "<thin",
        "print('<think>a</think>')",
    ],
)
def test_marks_inside_an_answer_are_its_own(text: str) -> None:
    assert split_reasoning(text) == ("", text, False)


def test_an_empty_thought() -> None:
    assert split_reasoning("<think>\n\n</think>\n\nanswer") == ("", "answer", False)


def test_stops_cut_the_answer_and_never_the_reasoning() -> None:
    completion = make_completion(
        CHAT, 0, GeneratedText("<think>a END b</think>c END d", FinishReason.LENGTH), ("END",)
    )
    assert (completion.reasoning, completion.text) == ("a END b", "c ")
    assert completion.finish_reason is FinishReason.STOP
    assert completion.kind is CompletionKind.ANSWER


def test_unfinished_reasoning_is_no_answer() -> None:
    completion = make_completion(CHAT, 0, GeneratedText("<think>def f(): pass", FinishReason.LENGTH), ())
    assert (completion.reasoning, completion.text) == ("def f(): pass", "")
    assert completion.finish_reason is FinishReason.LENGTH


def test_a_base_model_has_no_reasoning() -> None:
    completion = make_completion(BASE, 0, GeneratedText("<think>a</think>b", FinishReason.STOP), ())
    assert (completion.reasoning, completion.text) == ("", "<think>a</think>b")


def test_what_the_backend_returns_apart_is_kept() -> None:
    generated = GeneratedText("<think>is the answer</think>", FinishReason.STOP, reasoning="because")
    completion = make_completion(CHAT, 0, generated, ())
    assert (completion.reasoning, completion.text) == ("because", "<think>is the answer</think>")


def test_reasoning_tokens_are_the_backends_count_or_a_share() -> None:
    counted = GeneratedText(
        "answer", FinishReason.STOP, "why", Usage(completion_tokens=10, reasoning_tokens=7)
    )
    assert make_completion(CHAT, 0, counted, ()).usage.reasoning_tokens == 7
    shared = GeneratedText("x" * 30, FinishReason.STOP, "y" * 90, Usage(completion_tokens=40))
    assert make_completion(CHAT, 0, shared, ()).usage.reasoning_tokens == 30
    assert reasoning_share("", "x", 10) == 0


@pytest.mark.parametrize(
    ("prompt", "generated", "stops", "expected"),
    [
        (CHAT, GeneratedText("<think>a", FinishReason.STOP), ("b",), True),
        (CHAT, GeneratedText(" ", FinishReason.STOP, reasoning="a"), ("b",), True),
        (CHAT, GeneratedText("<think>a", FinishReason.LENGTH), ("b",), False),
        (CHAT, GeneratedText("<think>a", FinishReason.STOP), (), False),
        (CHAT, GeneratedText("<think>a</think>", FinishReason.STOP), ("b",), False),
        (CHAT, GeneratedText("", FinishReason.STOP), ("b",), False),
        (BASE, GeneratedText("<think>a", FinishReason.STOP), ("b",), False),
    ],
)
def test_stopped_while_reasoning(
    prompt: Prompt, generated: GeneratedText, stops: tuple[str, ...], expected: bool
) -> None:
    assert stopped_while_reasoning(prompt, generated, stops) is expected

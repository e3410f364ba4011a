"""The kinds of mistakes, each by texts that are and texts that are not of that kind."""

from __future__ import annotations

import pytest

from codeeval.benchmarks.common import mistakes
from codeeval.types import Completion, CompletionKind, FinishReason, Mistake


def wrong(
    text: str,
    answer: str | None,
    expected: str | None,
    finish: FinishReason = FinishReason.STOP,
) -> Mistake:
    completion = Completion(
        task_id="t", sample=0, text=text, kind=CompletionKind.ANSWER, finish_reason=finish
    )
    return mistakes.mistake(completion, answer, expected)


@pytest.mark.parametrize(
    ("text", "answer", "expected", "finish", "kind"),
    [
        ("", None, "1", FinishReason.OVERFLOW, Mistake.OVERFLOW),
        ("", None, "1", FinishReason.FILTERED, Mistake.REFUSED),
        (" \n", None, "1", FinishReason.STOP, Mistake.EMPTY),
        ("", None, "1", FinishReason.LENGTH, Mistake.TRUNCATED),
        ("Let us see", None, "1", FinishReason.LENGTH, Mistake.TRUNCATED),
        ("Let us see", None, "1", FinishReason.STOP, Mistake.FORMAT),
        ("Output:\n\n", " ", "1", FinishReason.STOP, Mistake.FORMAT),
        ("I'm sorry, but I can't run programs.", None, "1", FinishReason.STOP, Mistake.REFUSED),
        ("Output: ...", "As an AI model I have no interpreter", "1", FinishReason.STOP, Mistake.REFUSED),
        ("So: 1 2 3 5 ", "1 2 3 5", "1 2 3 4", FinishReason.LENGTH, Mistake.TRUNCATED),
        ("1 2 3 5 it is, because", "1 2 3 5", "1 2 3 4", FinishReason.LENGTH, Mistake.ONE_TOKEN),
        ("f(1", "f(1", None, FinishReason.LENGTH, Mistake.TRUNCATED),
        ("f(1) == 2, as", "f(1)", None, FinishReason.LENGTH, Mistake.COMPUTED),
        ("x", "1 2 3 5", "1 2 3 4", FinishReason.STOP, Mistake.ONE_TOKEN),
        ("x", "Hello,  World", "hello, world\n", FinishReason.STOP, Mistake.LAYOUT),
        ("x", "hello, world", "'hello, world'", FinishReason.LENGTH, Mistake.LAYOUT),
        ("x", "1 2 9 9", "1 2 3 4", FinishReason.STOP, Mistake.PARTIAL),
        ("x", "a\nright line", "b b b\nright line\nc", FinishReason.STOP, Mistake.PARTIAL),
        ("x", "7", "8", FinishReason.STOP, Mistake.COMPUTED),
        ("x", "False", "True", FinishReason.STOP, Mistake.COMPUTED),
        ("x", "f(1)", None, FinishReason.STOP, Mistake.COMPUTED),
    ],
)  # fmt: skip
def test_each_kind(text: str, answer: str | None, expected: str, finish: FinishReason, kind: Mistake) -> None:
    assert wrong(text, answer, expected, finish) is kind


@pytest.mark.parametrize(
    ("answer", "expected", "one"),
    [
        ("[1, 2, 3]", "[1, 2, 4]", True),
        ("[1, 2]", "[1, 2, 4]", False),  # a comma and a number
        ("a b c", "a b", False),  # too little is right to call it nearly right
        ("a b", "a b c", True),
        ("b c d", "a b c d", True),
        ("a x b c", "a b c", True),
        ("a b c", "a b c", False),
        ("a 3.14 c", "a 3.15 c", True),
        ("a b c", "x b y", False),
        ("", "a b c", False),
    ],
)
def test_one_token(answer: str, expected: str, *, one: bool) -> None:
    assert mistakes.differs_in_one_token(answer, expected) is one


@pytest.mark.parametrize(
    ("answer", "expected", "right"),
    [
        ("1 2 3", "1 2 3 4 5 6", True),
        ("1 2", "1 2 3 4 5 6", False),
        ("1", "1 2", False),
        ("2 3 4 5 6", "1 2 3 4 5 6", False),
    ],
)
def test_a_right_beginning(answer: str, expected: str, *, right: bool) -> None:
    assert mistakes.begins_right(answer, expected) is right


@pytest.mark.parametrize(
    "text",
    [
        "I cannot execute code",
        "Sorry: I can\u2019t predict that",
        "I'm unable to run this",
        "We will not provide",
        "I am an AI",
    ],
)
def test_refusals(text: str) -> None:
    assert mistakes.refuses(text)


@pytest.mark.parametrize(
    "text", ["I can execute this", "error: cannot execute", "The AI", "x" * 500 + " I cannot run"]
)
def test_no_refusals(text: str) -> None:
    assert not mistakes.refuses(text)


def test_long_texts_are_looked_at_in_part() -> None:
    long = "1 " * (1 << 20)
    assert wrong("x", long + "2", long + "3") is Mistake.LAYOUT  # as far as it was looked at
    assert wrong("x", "2 " * (1 << 20), long) is Mistake.COMPUTED

"""Finding the answer in a reply: as published, with its quirks, and without losing any of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.benchmarks.surge.answers import Reading, careful, official, official_board
from codeeval.benchmarks.surge.grading import FIXED, OFFICIAL, answers_in
from codeeval.benchmarks.surge.metrics import Metric


@pytest.mark.parametrize(
    ("reply", "rule", "answer"),
    [
        ("Output:\n42", "output-paragraph", "42"),
        ("Output: 42", "output-paragraph", "42"),
        ("42", "paragraph", "42"),
        ("Thought: a\nOutput:\n```\n4\n2\n```\nmore", "output-fence", "4\n2"),
        ("It prints\n```python\n42\n```", "fence", "42"),
        ("Output:\n```\n\n```", "output-fence", ""),
        ("The answer is `42`.", "inline", "42"),
        ("Output: `42`", "output-inline", "42"),
        ("Output:\n42\n\nBecause.", "output-paragraph", "42"),
        # quirks
        ("Output:\na\n\nb", "output-paragraph", "a"),  # cut at an empty line
        ("use `x` and y", "inline", "x"),  # cut down to what backticks hold
        ("Output: **42**", "none", None),  # bold words are lost
        ("**Output:**\n42", "output-paragraph", "42"),
        ("x\nOutput: 0\nOutput: 1", "output-paragraph", "0\nOutput: 1"),  # the first mark counts
        ("```42```", "inline", "42"),  # a fence needs lines of its own
        ("Output:\n```\n42", "output-paragraph", "```\n42"),  # never closed
        ("", "none", None),
        (" \n", "none", None),
        ("Output:\n", "none", None),
    ],
)
def test_the_published_reading(reply: str, rule: str, answer: str | None) -> None:
    assert official(reply) == Reading(rule, answer)


@pytest.mark.parametrize(
    ("reply", "rule", "answer"),
    [
        ("Output:\na\n\nb", "output-text", "a\n\nb"),
        ("Output: **42**", "output-bold", "42"),
        ("**Output:** 42", "output-text", "42"),
        ("## Output:\n42", "output-text", "42"),
        ("Thought: the Output: is near\nOutput:\n42", "output-text", "42"),
        ("so Output: 42", "output-text", "42"),
        ("Output:\n```\n4`2\n\n```\nmore", "output-fence", "4`2"),
        ("Output:\n~~~text\n42\n~~~", "output-fence", "42"),
        ("Output:\n````\n```\n42\n```\n````", "output-fence", "```\n42\n```"),
        ("Output:\n```\n42", "output-fence", "42"),
        ("Output:\n", "output-text", ""),
        ("use `x` and y", "text", "use `x` and y"),
    ],
)
def test_the_careful_reading(reply: str, rule: str, answer: str) -> None:
    assert careful(reply) == Reading(rule, answer)


def test_an_empty_reply_has_no_reading() -> None:
    assert careful(" \n\t") == Reading("none", None)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Output: `3`\nOutput: 4", "4"),
        ("Output:\n3\n\nOutput:\n4", "4"),
        ("Output:\n```\n3\n```\nNo:\nOutput:\n```\n4\n```", "4"),
        ("so Output: 3, no, Output: 4", "4"),
        ("Output:\nInput: 1\nOutput: 2", "Input: 1\nOutput: 2"),  # a line of its own counts before others
        ("Output:\n```\na\nOutput:\nb\n```", "a\nOutput:\nb"),
        ("Output:\n```\na\nOutput: b", "a\nOutput: b"),
        ("Input: 1\nOutput: 2", "2"),
    ],
)
def test_of_several_answers_the_last_counts(reply: str, answer: str) -> None:
    assert careful(reply).text == answer


@given(st.text(alphabet="Output:\n`*~ab\t 42"))
def test_there_is_one_answer_at_most(reply: str) -> None:
    fixed, _ = answers_in(reply, Metric.EXACT)
    assert len(fixed.texts) == bool(reply.strip())


def board(digit: int = 5) -> str:
    return "\n".join(f"| {digit} 3 4 | 6 7 8 |" for _ in range(9)) + "\n\n------- 0 -------"


def test_the_published_rule_finds_a_sudoku_board_anywhere() -> None:
    reply = f"Output:\nfirst\n\n{board(4)}\n\n{board()}\ndone"
    found = official_board(reply)
    assert found is not None
    assert found.endswith("| 5 3 4 | 6 7 8 |")  # the last one
    assert official_board("no board") is None
    fixed, published = answers_in(reply, Metric.SUDOKU)
    assert published.texts == ("first", found)
    assert fixed.texts == (careful(reply).text,)


def test_each_scorer_records_its_reading() -> None:
    fixed, published = answers_in("Output:\na\n\nb", Metric.EXACT)
    assert (fixed.scorer, fixed.rule, fixed.texts[0]) == (FIXED, "output-text", "a\n\nb")
    assert (published.scorer, published.rule, published.texts) == (OFFICIAL, "output-paragraph", ("a",))
    assert {answer.rule for answer in answers_in("", Metric.EXACT)} == {"none"}


def test_of_a_proof_the_published_scorer_reads_the_whole_reply() -> None:
    reply = 'Output:\n```json\n{"pass": true}\n```'
    fixed, published = answers_in(reply, Metric.ERRORS)
    assert (published.rule, published.texts) == ("whole-reply", (reply,))
    assert fixed.texts[0] == '{"pass": true}'

"""Coloured pieces hold the text, whole and harmless."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeeval.formatting import is_hidden
from codeeval.reports.highlight import HIDDEN, LONGEST, paint, plain


def text_of(painted: tuple[str, ...]) -> str:
    return "".join(part for kind, part in zip(painted[::2], painted[1::2], strict=True) if kind != HIDDEN)


@settings(deadline=None)  # the first call loads the lexers
@given(st.text(max_size=300))
def test_highlighting_loses_hidden_characters_alone(text: str) -> None:
    kept = "".join(char for char in text if not is_hidden(char))
    assert text_of(paint(text, "python")) == kept
    assert text_of(plain(text)) == kept


def test_words_get_their_classes() -> None:
    painted = paint("def f():  # why\n    return 'x' + 1\n", "python")
    pairs = set(zip(painted[::2], painted[1::2], strict=True))
    assert {kind for kind, _ in pairs} >= {"k", "f", "c", "s", "m"}


def test_carriage_returns_are_shown_not_swallowed() -> None:
    painted = paint("a\r\nb", "python")
    assert "U+000D" in painted


def test_unknown_languages_are_shown_plain() -> None:
    assert paint("some text", "no such language") == ("", "some text")


@pytest.mark.parametrize("unit", ["(", "'", '"""', "\\", "f'{", "#", "\t", "a" * 7 + "'", "0x", "@"])
def test_long_hostile_texts_are_cut_with_a_note(unit: str) -> None:
    text = unit * (LONGEST + 1)
    painted = paint(text, "python")
    assert text_of(painted) == text[:LONGEST]
    assert painted[-2] == HIDDEN
    assert f"{len(text) - LONGEST:,} " in painted[-1]


@pytest.mark.parametrize(
    ("language", "unit"), [("csharp", "@a\n"), ("java", "a a\n"), ("typescript", "?a\n")]
)
def test_texts_that_a_lexer_takes_long_for_are_coloured_at_their_start_only(language: str, unit: str) -> None:
    text = unit * (LONGEST // len(unit))
    painted = paint(text, language)
    assert text_of(painted) == text
    assert painted[-2] == ""
    assert len(painted[-1]) >= LONGEST - 4100

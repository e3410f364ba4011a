"""What hides in a text comes out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from codeeval.formatting import is_hidden, pieces, visible


def test_bidi_controls_and_escapes_are_set_apart() -> None:
    assert list(pieces("a\u202eb\x1b[2J")) == [
        ("a", False),
        ("U+202E", True),
        ("b", False),
        ("U+001B", True),
        ("[2J", False),
    ]


def test_plain_text_is_one_piece() -> None:
    assert list(pieces("def f():\n\treturn 'ä'\n")) == [("def f():\n\treturn 'ä'\n", False)]
    assert list(pieces("")) == []


@settings(deadline=None)
@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    shown = list(pieces(text))
    assert not any(is_hidden(char) for piece in shown for char in piece.text)
    assert "".join(piece.text for piece in shown if not piece.hidden) == "".join(
        char for char in text if not is_hidden(char)
    )
    assert not any(is_hidden(char) for char in visible(text))

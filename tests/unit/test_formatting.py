"""What hides in a text comes out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeeval.formatting import coloured, is_hidden, pieces, visible, without_commands


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("a\n::add-mask::x", "a\n" + r"\x3a:add-mask::x"),
        ("a\n \t::set-output name=x::y", "a\n \t" + r"\x3a:set-output name=x::y"),
        ("a::b ::c", "a::b ::c"),
        ("x ##[error]y", r"x \x23#[error]y"),
        ("##vso[task.setvariable variable=x]y", r"\x23#vso[task.setvariable variable=x]y"),
        ("## heading\n### third", "## heading\n### third"),
        ("###[x]", r"#\x23#[x]"),
    ],
)
def test_no_line_is_a_command_of_a_ci(text: str, shown: str) -> None:
    assert without_commands(text) == shown
    assert without_commands(shown) == shown


@given(st.text(alphabet=st.sampled_from(":# \n\t[]a\r\x0b\u2028")))
def test_no_line_begins_with_a_command(text: str) -> None:
    shown = without_commands(visible(text))
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert "##[" not in shown


def test_long_programs_are_coloured_up_to_a_line() -> None:
    assert coloured("int x;\n" * 10, "java") == 70
    long = "int x;\n" * 10_000
    end = coloured(long, "java")
    assert 3900 < end <= 4000
    assert long[end] == "\n"
    assert coloured(long, "python") == len(long)
    assert coloured("@a" * 10_000, "csharp") == 0

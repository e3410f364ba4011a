"""What is printed: hostile text made visible, sizes and durations in words."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.cli.output import Output
from codeeval.rendering.console import (
    code,
    duration,
    heading,
    lines,
    shown_json,
    size,
    table,
    visible,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text\n\tindented", "plain text\n\tindented"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\rb", r"a\rb"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202edef", r"abc\u202edef"),
        ("\ud800", r"\ud800"),
        ("\x00", r"\x00"),
        ("naïve 漢字 ✓", "naïve 漢字 ✓"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_steers_a_terminal_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_nothing_that_steers_or_hides_is_left(text: str) -> None:
    shown = visible(text)
    assert not [
        c for c in shown if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    ]
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (94_000_000, "94 MB"),
        (1_500_000_000, "1.5 GB"),
        (5e13, "50000.0 GB"),
    ],
)
def test_sizes(number: int, shown: str) -> None:
    assert size(number) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0 ms"),
        (0.0034, "3 ms"),
        (9.94, "9.9 s"),
        (42.4, "42 s"),
        (72.0, "1 min 12 s"),
        (3660.0, "1 h 1 min"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


HOSTILE = "x\x1b[2J\n::error::forged\n  ::add-mask::x\n##[error]forged\u202e"


def test_what_is_printed_into_a_log_is_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.note(HOSTILE)
    output.result({}, heading(HOSTILE), lines(HOSTILE), code(HOSTILE, "python"))
    output.result({}, table([HOSTILE, "b"], [[HOSTILE, "1"], ["::error::x", "::error::y"]]))
    Output(json=True).result({HOSTILE: HOSTILE})
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert "forged" in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
        assert "##[" not in text.replace("n##[error]", "")
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_json_is_the_same_with_its_hidden_characters_as_escapes() -> None:
    value = {"a\x7f": "b\u202e\U000e0041é\n"}
    text = json.dumps(value, ensure_ascii=False)
    assert "\u202e" in text
    assert not any(ord(char) in (0x7F, 0x202E, 0xE0041) for char in shown_json(text))
    assert json.loads(shown_json(text)) == value
    assert "é" in shown_json(text)


def test_a_long_program_is_printed_whole() -> None:
    source = "class A {\n\n}\n\n\n" * 2000 + "int end;"
    assert code(source, "java").plain == source
    assert code("x = 1\n\n\ny = 2\n", "python").plain == "x = 1\n\n\ny = 2"
    assert code("@a\n" * 60_000, "csharp").plain == ("@a\n" * 60_000).rstrip()

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import UsageError
from codeeval.prompting import Example, PromptTemplate, Variables
from codeeval.types import Message, PromptStyle, Role

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = Variables(
    task_id="T/1",
    prompt="def f(x):\r\n    '''<x> & \"y\"'''\n",
    entry_point="f",
    tests=("assert f(1)", "assert f(2)"),
    examples=(Example(task="t", tests=("a",), code="c\r\n"),),
)


def template(folder: Path, text: str) -> PromptTemplate:
    path = folder / "own.jinja"
    path.write_bytes(text.encode())
    return PromptTemplate(path)


def test_base_text_is_verbatim(tmp_path: Path) -> None:
    prompt = template(tmp_path, "{{ prompt -}}\n").render(VARIABLES, PromptStyle.BASE, ("\nx",))
    assert prompt.text == VARIABLES.prompt
    assert prompt.messages == ()
    assert prompt.stop == ("\nx",)
    assert prompt.template_hash == hashlib.sha256(b"{{ prompt -}}\n").hexdigest()


def test_last_newline_is_kept(tmp_path: Path) -> None:
    assert template(tmp_path, "{{ entry_point }}\n").render(VARIABLES, PromptStyle.BASE).text == "f\n"


def test_examples_and_tests_are_loops(tmp_path: Path) -> None:
    text = (
        "{% for e in examples %}\n{{ e.task }}|{{ e.tests[0] }}|{{ e.code }}{% endfor %}\n"
        "{% for t in tests %}\n{{ t }};\n{% endfor %}"
    )
    assert (
        template(tmp_path, text).render(VARIABLES, PromptStyle.BASE).text
        == "t|a|c\r\nassert f(1);\nassert f(2);\n"
    )


def test_chat_without_blocks_is_the_users_message(tmp_path: Path) -> None:
    prompt = template(tmp_path, "Write {{ entry_point }}").render(VARIABLES, PromptStyle.CHAT)
    assert prompt.messages == (Message(role=Role.USER, content="Write f"),)
    assert prompt.text == prompt.prefill == ""


def test_chat_blocks(tmp_path: Path) -> None:
    text = (
        "{% block system %}You code.{% endblock %}{% block user %}Write {{ entry_point }}{% endblock %}"
        "{% block prefill %}```python\ndef {{ entry_point }}({% endblock %}"
    )
    prompt = template(tmp_path, text).render(VARIABLES, PromptStyle.CHAT)
    assert [(message.role, message.content) for message in prompt.messages] == [
        (Role.SYSTEM, "You code."),
        (Role.USER, "Write f"),
    ]
    assert prompt.prefill == "```python\ndef f("


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\n{% for x in %}", 2, "Expected"),
        ("{{ prompt", 1, "unexpected end"),
        ("a\nb\n{% endfor %}", 3, "endfor"),
        ("{{ prompt|nosuchfilter }}", 1, "nosuchfilter"),
    ],
)
def test_a_template_that_does_not_parse(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        template(tmp_path, text)
    assert f"own.jinja:{line}: " in caught.value.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\nb {{ nosuch }}", 2, "'nosuch'"),
        ("{{ examples[0].nosuch }}", 1, "nosuch"),
        ("\n\n{{ 1 // 0 }}", 3, "division"),
        ("{{ prompt.__class__.__mro__ }}", 1, "unsafe"),
        ("{% set x = examples.append(1) %}", 1, "append"),
        ("\n{% include 'other.jinja' %}", 2, "loader"),
        ("{{ prompt + 1 }}", 1, "str"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "recursion"),
        ("{{ range(999999999) }}", 1, "[Rr]ange"),
    ],
)
def test_a_template_that_fails(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        template(tmp_path, text).render(VARIABLES, PromptStyle.BASE)
    assert f"own.jinja:{line}: " in caught.value.message
    assert "entry_point" in caught.value.remedy


def test_a_failing_block_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"own\.jinja:2: 'x'"):
        template(tmp_path, "{% block user %}\n{{ x }}{% endblock %}").render(VARIABLES, PromptStyle.CHAT)


def test_unreadable_templates(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jinja"):
        PromptTemplate(tmp_path / "none.jinja")
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path} ")):
        PromptTemplate(tmp_path)
    (tmp_path / "latin.jinja").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"latin\.jinja"):
        PromptTemplate(tmp_path / "latin.jinja")

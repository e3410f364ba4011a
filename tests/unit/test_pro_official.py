"""The quirks of the official code of HumanEval Pro, each by its name."""

from __future__ import annotations

import pytest

from codeeval.benchmarks.pro.official import as_script, first_fence, sanitised, wants_one_answer


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a = 1\n", "a = 1\n"),
        ("a\nif __name__ == '__main__':\n    b\n", "a\n"),
        ("a\n# Test cases\nb\n", "a\n"),
        ("a\n# Example usage\nb\n", "a\n"),
        ("a\n# Example\nb\n", "a\n# Example\nb\n"),  # no space follows: nothing is cut
        ("a\n# Examples\nb # Example x\n", "a\n# Examples\nb "),
        ("a\n# Test 1\nb\nif __name__ == 'x': c\n", "a\n# Test 1\nb\n"),  # the main block counts first
        ("a\n# Example one\nb\n# Test\nc\n", "a\n# Example one\nb\n"),  # then tests, wherever examples are
        ('def f():\n    """Do.\n\n    # Test it\n    """\n', 'def f():\n    """Do.\n\n    '),
        ("a\n# test\n# example \n", "a\n# test\n# example \n"),
        ("#  Test", "#  Test"),
        ("# Tests # Test", ""),
        ("", ""),
    ],
)
def test_sanitised(text: str, left: str) -> None:
    assert sanitised(text) == left


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Sure:\n```python\na\n```\nand\n```python\nb\n```", "\na\n"),
        ("```python\na", "\na"),
        ("```\na\n```", ""),
        ("Sure:\n```\na\n```", "Sure:\n"),
        ("```py\nx\n```\n```python3\na\n```", "3\na\n"),
        ("a = 1", "a = 1"),
        ("x ```python y ``` z", " y "),
        ("", ""),
    ],
)
def test_first_fence(answer: str, code: str) -> None:
    assert first_fence(answer) == code


def test_a_script_knows_itself_as_main_and_has_no_tabs() -> None:
    seen: dict[str, object] = {}
    exec(as_script("if __name__ == '__main__':\n\tx = '\t'\n"), seen)
    assert seen["x"] == "    "
    future = "'''doc'''\nfrom __future__ import annotations\nfrom __future__ import division\ny = __name__\n"
    exec(compile(as_script(future), "s", "exec"), seen)
    assert seen["y"] == "__main__"


@pytest.mark.parametrize(
    ("tests", "one"),
    [
        ("assert f(1) == None\nassert f(2) == None\n", True),
        ("assert f(1) == 0.0", True),
        ("assert f(1) == 1\nassert f(2) == 2\n", False),
        ("assert f(1) == [0]\nassert f(2) == [0]\n", False),
        ("x = 1\nassert f(1) == x\n", False),
    ],
)
def test_tests_with_one_right_answer(tests: str, one: bool) -> None:
    assert wants_one_answer(tests) is one

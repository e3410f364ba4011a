"""The official sanitisers' rules, as their own code behaves (bigcodebench 0.2.5, evalplus 0.3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeeval.benchmarks.common import sanitising

BIGCODEBENCH = sanitising.bigcodebench_rules()


def sanitise(text: str, entry_point: str) -> sanitising.Sanitised:
    return sanitising.sanitise(text, entry_point, BIGCODEBENCH)


CODE = "import os\n\ndef task_func(x):\n    return os.sep + x"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CODE, "import os\ndef task_func(x):\n    return os.sep + x"),
        (
            f"Sure:\n```python\n{CODE}\n```\nIt joins.\n",
            "import os\ndef task_func(x):\n    return os.sep + x",
        ),
        ("def task_func(x):\n    pass\n", "def task_func(x):\n    pass"),  # no return is needed
        (f"{CODE}\n\nprint(task_func(1))\n", "import os\ndef task_func(x):\n    return os.sep + x"),
        (
            "def helper():\n    return 1\ndef unused():\n    return 2\ndef task_func():\n    return helper()",
            "def helper():\n    return 1\ndef task_func():\n    return helper()",
        ),
        (
            "def task_func():\n    return 1\ndef task_func():\n    return 2",
            "def task_func():\n    return 1",
        ),
        ("A = 3\nB = 4\nx.y = 5\ndef task_func():\n    return A", "A = 3\ndef task_func():\n    return A"),
        (
            "@decorated\ndef helper(): pass\ndef task_func():\n    return helper()",
            "def task_func():\n    return helper()",
        ),
        ("import os\nresult = task_func(1)", "import os"),
        ("def task_func():\n    return 1\n# a comment", "def task_func():\n    return 1"),
        ("x = 1\ndef task_func(): return 1", "x = 1\ndef task_func(): return 1"),
        ("I cannot do that.", "I cannot do that."),
        ("", ""),
        ("def task_func():\n    return 1\nasync def other():\n    pass", "def task_func():\n    return 1"),
    ],
)
def test_rules(text: str, code: str) -> None:
    assert sanitise(text, "task_func") == (code, True)


def test_the_longest_block_counts_lines_that_are_not_blank() -> None:
    short = "def task_func():\n    return 1\n\n\n\n\n"
    long = "def task_func():\n    x = 1\n    return x"
    assert sanitise(f"{short}\nprose, and more of it\n{long}\n", "task_func").code == long


def test_a_search_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    prose = "\n".join(f"words and words {number}" for number in range(400))
    assert sanitise(prose, "task_func") == (prose, False)
    monkeypatch.setattr(sanitising, "CHARACTERS", 10)
    assert not sanitise("no python\nat all\n", "task_func").searched


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="deftask_unc():\n =1'\"#`\t\0\x0c\ud800é(", max_size=120))
def test_nothing_a_model_writes_breaks_it(text: str) -> None:
    sanitise(text, "task_func")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("def f(x):\n    pass\ndef g():\n    return 1", "def f(x):\n    pass\ndef g():\n    return 1"),
        ("import os\ndef f(x):\n    pass\n", "import os"),
        ("def h():\n    print(1)\ndef f():\n    return h()", "def f():\n    return h()"),
        ("def f():\n    return 1\nx = f()\n", "def f():\n    return 1"),
        ("def f():\n    yield 1\nF = f\ndef f():\n    return F", "F = f\ndef f():\n    return F"),
    ],
)
def test_evalplus_requires_functions_that_return(text: str, code: str) -> None:
    assert sanitising.sanitise(text, "f", sanitising.evalplus_rules()) == (code, True)

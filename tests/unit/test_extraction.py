# ruff: noqa: E501 -- an answer and its code are easier to read on one line
from __future__ import annotations

import time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.extraction import Target, extract
from codeeval.extraction.python import Python
from codeeval.extraction.text import without_thinking
from codeeval.languages import PYTHON
from codeeval.types import CompletionKind

HEAD = 'from typing import List\n\n\ndef add(a: int, b: int) -> int:\n    """Add.\n    >>> add(1, 2)\n    3\n    """\n'
TARGET = Target(entry_point="add", fences=PYTHON.fences, needed=frozenset({"check"}), head=HEAD)
PROGRAM = Target(entry_point="", fences=PYTHON.fences)
ADD = "def add(a, b):\n    return a + b\n"


class Case(NamedTuple):
    name: str
    text: str
    rule: str
    code: str


CASES = [
    # one fence
    Case("fence", f"Sure!\n\n```python\n{ADD}```\n\nIt adds.", "fence", ADD),
    Case("fence without language", f"```\n{ADD}```", "fence", ADD),
    Case("fence py", f"```py\n{ADD}```", "fence", ADD),
    Case("fence Python 3, capital", f"```Python3\n{ADD}```", "fence", ADD),
    Case("fence with attributes", f'```python title="add.py"\n{ADD}```', "fence", ADD),
    Case("fence in pandoc's form", f"```{{.python}}\n{ADD}```", "fence", ADD),
    Case("tildes", f"~~~python\n{ADD}~~~\n", "fence", ADD),
    Case("four backticks", f"````python\n{ADD}````", "fence", ADD),
    Case(
        "indented fence",
        "1. Code:\n   ```python\n   def add(a, b):\n       return a + b\n   ```\n",
        "fence",
        ADD,
    ),
    Case(
        "fence behind a list mark", "- ```python\n  def add(a, b):\n      return a + b\n  ```\n", "fence", ADD
    ),
    Case("fence behind a sentence", f"Here it is: ```python\n{ADD}```", "fence", ADD),
    Case("closing fence behind code", f"```python\n{ADD.rstrip()}```\nDone.", "fence", ADD),
    Case(
        "code indented in the fence", "```python\n    def add(a, b):\n        return a + b\n```", "fence", ADD
    ),
    Case("Windows newlines", f"Sure:\n```python\n{ADD}```\n".replace("\n", "\r\n"), "fence", ADD),
    Case("old Macintosh newlines", f"```python\n{ADD}```".replace("\n", "\r"), "fence", ADD),
    Case("unclosed", f"Here:\n```python\n{ADD}", "open-fence", ADD),
    Case("unclosed, words after", f"```python\n{ADD}\nThis adds two numbers.", "open-fence+cut", ADD),
    Case("cut off in an example", f"```python\n{ADD}\nprint(add(1,", "open-fence+cut", ADD),
    Case("prefill with a second fence", f"{ADD}```\nUse it:\n```python\nadd(1, 2)\n```", "prefill", ADD),
    Case("two lone fences behind", f"{ADD}\n```\n3\n```\n", "prefill", ADD),
    Case(
        "backticks in a string",
        f"```python\n{ADD}T = '```'\n\ndef g():\n    return '`'\n```",
        "fence+pruned",
        ADD,
    ),
    Case(
        "fence inside a docstring",
        '```python\ndef add(a, b):\n    """Add.\n\n    ```\n    add(1, 2)\n    ```\n    """\n    return a + b\n```\nok',
        "fence",
        'def add(a, b):\n    """Add.\n\n    ```\n    add(1, 2)\n    ```\n    """\n    return a + b\n',
    ),
    Case("forgotten close", f"```python\n{ADD}```python\nprint(add(1, 2))\n```", "fence", ADD),
    # several fences
    Case("usage block after", f"```python\n{ADD}```\nUsage:\n```python\nprint(add(1, 2))\n```", "fence", ADD),
    Case("shell block before", f"```bash\npip install x\n```\n```python\n{ADD}```", "fence", ADD),
    Case("output block after", f"```python\n{ADD}```\nOutput:\n```\n3\n```", "fence", ADD),
    Case(
        "a correction: the last definition",
        f"```python\ndef add(a, b):\n    return a - b\n```\nOops:\n```python\n{ADD}```",
        "fence",
        ADD,
    ),
    Case(
        "a stub after the solution",
        f"```python\n{ADD}```\nThe signature:\n```python\ndef add(a, b):\n    ...\n```",
        "fence",
        ADD,
    ),
    Case(
        "the prompt repeated before the solution",
        f"```python\ndef add(a, b):\n    '''Add.'''\n```\nbecomes\n```python\n{ADD}```",
        "fence",
        ADD,
    ),
    Case(
        "helper in a block of its own",
        "```python\ndef plus(a, b):\n    return a + b\n```\nand\n"
        "```python\ndef add(a, b):\n    return plus(a, b)\n```",
        "fence+joined",
        "def plus(a, b):\n    return a + b\n\n\ndef add(a, b):\n    return plus(a, b)\n",
    ),
    Case("a foreign label on Python", f"```text\n{ADD}```", "fence", ADD),
    Case("another language only", "```java\nint add(int a, int b) { return a + b; }\n```", "none", ""),
    Case("another language's label on nothing useful", "```bash\nls\n```", "none", ""),
    # what a fence may hold instead
    Case(
        "another name is kept",
        "```python\ndef plus(a, b):\n    return a + b\n```",
        "fence",
        "def plus(a, b):\n    return a + b\n",
    ),
    Case(
        "method of a class is kept",
        "```python\nclass Solution:\n    def add(self, a, b):\n        return a + b\n```",
        "fence",
        "class Solution:\n    def add(self, a, b):\n        return a + b\n",
    ),
    Case("lambda", "```python\nadd = lambda a, b: a + b\n```", "fence", "add = lambda a, b: a + b\n"),
    Case(
        "async",
        "```python\nasync def add(a, b):\n    return a + b\n```",
        "fence",
        "async def add(a, b):\n    return a + b\n",
    ),
    Case(
        "does not parse",
        "```python\ndef add(a, b:\n    return a + b\n```",
        "fence+unparsed",
        "def add(a, b:\n    return a + b\n",
    ),
    Case("empty fence", "```python\n```", "none", ""),
    Case("body in a fence", "```python\n    return a + b\n```", "fence+body", HEAD + "    return a + b\n"),
    Case(
        "body in a fence, stripped",
        "```python\nc = a + b\n    return c\n```",
        "fence+body",
        HEAD + "    c = a + b\n    return c\n",
    ),
    Case(
        "body in a fence, dedented",
        "```python\nif a:\n    return a + b\nreturn b\n```",
        "fence+body",
        HEAD + "    if a:\n        return a + b\n    return b\n",
    ),
    # no fence
    Case("code alone", ADD, "whole", ADD),
    Case("code alone, indented", "  def add(a, b):\n      return a + b\n", "whole", ADD),
    Case("words around", f"Here is it:\n\n{ADD}\nThis function returns the sum of a and b.\n", "bare", ADD),
    Case(
        "words that are no Python around", f"Sure, here's the code:\n\n{ADD}\nI hope it's fine!", "bare", ADD
    ),
    Case(
        "decorated",
        f"The code!\n\nimport functools\n\n@functools.cache\n{ADD}\nIt's cached.",
        "bare",
        f"import functools\n\n@functools.cache\n{ADD}",
    ),
    Case(
        "docstring in the first column",
        'Ok, see:\ndef add(a, b):\n    """\nAdd them, please.\n"""\n    return a + b\n',
        "bare",
        'def add(a, b):\n    """\nAdd them, please.\n"""\n    return a + b\n',
    ),
    Case("body", "    return a + b\n", "body", HEAD + "    return a + b\n"),
    Case(
        "body with words", "    return a + b\n\nThis returns the sum.\n", "body", HEAD + "    return a + b\n"
    ),
    Case("body, stripped", "c = a + b\n    return c", "body", HEAD + "    c = a + b\n    return c\n"),
    Case(
        "body of one loop, stripped",
        "for i in b:\n        a += i\n    return a",
        "body",
        HEAD + "    for i in b:\n        a += i\n    return a\n",
    ),
    Case(
        "body that breaks in a bracket",
        "    return (a\n+ b)\n\nx = 1\n",
        "body+pruned",
        HEAD + "    return (a\n+ b)\n",
    ),
    Case("words only", "I cannot help with that.", "none", ""),
    Case("a word that parses", "Yes", "none", ""),
    Case("empty", "", "none", ""),
    Case("blank", " \n\t\n", "none", ""),
    Case(
        "another name alone",
        "def plus(a, b):\n    return a + b\n",
        "whole",
        "def plus(a, b):\n    return a + b\n",
    ),
    # prefill
    Case("continues in an opened fence", f"{ADD}```\n\nThis adds.", "prefill", ADD),
    Case("continues behind the backticks", f"python\n{ADD}```\nDone", "prefill", ADD),
    Case(
        "continues in an opened function",
        "    return a + b\n```\nDone, I'd say.",
        "prefill+body",
        HEAD + "    return a + b\n",
    ),
    # thinking
    Case(
        "thinking",
        f"<think>\nMaybe ```python\ndef add(a, b): return 0\n```?\n</think>\n\n```python\n{ADD}```",
        "fence",
        ADD,
    ),
    Case(
        "thinking, opened by the template",
        f"So I add ```python\ndef add(a, b): pass\n```\n</think>\n{ADD}",
        "whole",
        ADD,
    ),
    Case("thinking without end", f"<think>\nI would write\n```python\n{ADD}```\nbut", "none", ""),
    Case("thinking twice", f"<think>a</think>\nFirst.\n<think>b</think>\n```python\n{ADD}```", "fence", ADD),
    Case(
        "tag in the code",
        "```python\ndef add(a, b):\n    return '<think>' + a + b\n```",
        "fence",
        "def add(a, b):\n    return '<think>' + a + b\n",
    ),
    Case(
        "closing tag in code alone",
        "def add(a, b):\n    return '</think>'\n",
        "whole",
        "def add(a, b):\n    return '</think>'\n",
    ),
    # pruning
    Case("example call", f"```python\n{ADD}\nprint(add(1, 2))\n```", "fence+pruned", ADD),
    Case("assertions", f"```python\n{ADD}\nassert add(1, 2) == 4\n```", "fence+pruned", ADD),
    Case(
        "main guard", f'```python\n{ADD}\nif __name__ == "__main__":\n    add(1, 2)\n```', "fence+pruned", ADD
    ),
    Case(
        "doctest",
        f"```python\nimport doctest\n{ADD}\ndoctest.testmod()\n```",
        "fence+pruned",
        f"import doctest\n{ADD}",
    ),
    Case(
        "input at the top that a parameter shadows",
        f"```python\na = int(input())\n{ADD}```",
        "fence+pruned",
        ADD,
    ),
    Case(
        "missing package of an example",
        f"```python\nimport pytest\n{ADD}\ndef test_add():\n    pytest.fail()\n```",
        "fence+pruned",
        ADD,
    ),
    Case(
        "package in use",
        "```python\nimport numpy as np\ndef add(a, b):\n    return np.add(a, b)\n```",
        "fence",
        "import numpy as np\ndef add(a, b):\n    return np.add(a, b)\n",
    ),
    Case(
        "helper, constant and class stay",
        "```python\nK = 1\nclass C:\n    pass\ndef h():\n    return C, K\ndef add(a, b):\n    return h()\nadd(1, 2)\n```",
        "fence+pruned",
        "K = 1\nclass C:\n    pass\ndef h():\n    return C, K\ndef add(a, b):\n    return h()\n",
    ),
    Case(
        "table filled by a loop stays",
        "```python\nt = {}\nfor i in range(9):\n    t[i] = i\ndef add(a, b):\n    return t[a] + b\nprint(t)\n```",
        "fence+pruned",
        "t = {}\nfor i in range(9):\n    t[i] = i\ndef add(a, b):\n    return t[a] + b\n",
    ),
    Case(
        "method call on a needed object stays",
        "```python\nt = []\nt.append(1)\ndef add(a, b):\n    return t[0]\nadd(1, 1)\n```",
        "fence+pruned",
        "t = []\nt.append(1)\ndef add(a, b):\n    return t[0]\n",
    ),
    Case(
        "recursion limit stays",
        f"```python\nimport sys\nsys.setrecursionlimit(10**6)\n{ADD}add(1, 1)\n```",
        "fence+pruned",
        f"import sys\nsys.setrecursionlimit(10**6)\n{ADD}",
    ),
    Case(
        "try to import stays",
        "```python\ntry:\n    import gmpy2 as m\nexcept ImportError:\n    m = None\ndef add(a, b):\n    return m\nprint(1)\n```",
        "fence+pruned",
        "try:\n    import gmpy2 as m\nexcept ImportError:\n    m = None\ndef add(a, b):\n    return m\n",
    ),
    Case(
        "default and annotation",
        "```python\nn = 1\nT = int\ndef add(a: T, n=n):\n    return a + n\nprint(n)\n```",
        "fence+pruned",
        "n = 1\nT = int\ndef add(a: T, n=n):\n    return a + n\n",
    ),
    Case(
        "global that a helper sets",
        "```python\nn = 0\ndef h():\n    global n\n    n += 1\ndef add(a, b):\n    h()\n    return a + b\nprint(n)\n```",
        "fence+pruned",
        "n = 0\ndef h():\n    global n\n    n += 1\ndef add(a, b):\n    h()\n    return a + b\n",
    ),
    Case(
        "wrapped after its definition",
        f"```python\nfrom functools import cache\n{ADD}add = cache(add)\nadd(1, 2)\n```",
        "fence+pruned",
        f"from functools import cache\n{ADD}add = cache(add)\n",
    ),
    Case(
        "what the tests need stays",
        f"```python\ndef check():\n    pass\n{ADD}print(2)\n```",
        "fence+pruned",
        f"def check():\n    pass\n{ADD}",
    ),
    Case(
        "two statements on a line",
        f"```python\n{ADD}x = 1; print(x)\nprint(2)\n```",
        "fence+pruned",
        f"{ADD}x = 1; print(x)\n",
    ),
    # characters
    Case(
        "lone surrogate",
        "```python\ndef add(a, b):\n    return '\ud800'\n```",
        "fence",
        "def add(a, b):\n    return '\ufffd'\n",
    ),
    Case(
        "NUL",
        "```python\ndef add(a, b):\n    return '\0'\n```",
        "fence+unparsed",
        "def add(a, b):\n    return '\0'\n",
    ),
    Case(
        "characters beyond ASCII",
        "```python\ndef add(a, b):\n    return 'é→🐍'\n```",
        "fence",
        "def add(a, b):\n    return 'é→🐍'\n",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_answers(case: Case) -> None:
    found = extract(case.text, CompletionKind.ANSWER, TARGET)
    assert (found.rule, found.code) == (case.rule, case.code)


READ = "n = int(input())\nprint(n * 2)\n"
PROGRAMS = [
    Case(
        "one line",
        "print(sum(map(int, input().split())))",
        "whole",
        "print(sum(map(int, input().split())))\n",
    ),
    Case("one line, spaces around", "\n  print(input()[::-1])\n", "whole", "print(input()[::-1])\n"),
    Case("one line that assigns", "x = 1", "whole", "x = 1\n"),
    Case(
        "a comprehension that prints",
        "[print(i) for i in range(3)]",
        "whole",
        "[print(i) for i in range(3)]\n",
    ),
    Case("a loop", "for i in range(3):\n    print(i)\n", "whole", "for i in range(3):\n    print(i)\n"),
    Case("several lines", READ, "whole", READ),
    Case("a function that is called", f"{ADD}print(add(1, 2))\n", "whole", f"{ADD}print(add(1, 2))\n"),
    Case("imports stay", f"import sys\n{READ}", "whole", f"import sys\n{READ}"),
    Case("thought about first", f"<think>print(0)</think>\n{READ}", "whole", READ),
    Case(
        "words around one line",
        "Here you go:\n\nprint(input())\n\nIt echoes the line.",
        "bare",
        "print(input())\n",
    ),
    Case("words around", f"This doubles it:\n\n{READ}\nIt reads, then prints!", "bare", READ),
    Case("a word that parses before it", f"Solution\n{READ}", "bare", READ),
    Case(
        "a word that parses at either end of a part",
        f"I'd say:\nSolution\n{READ}Done\nThat's it.",
        "bare",
        READ,
    ),
    Case("fence", f"Sure:\n```python\n{READ}```\n", "fence", READ),
    Case("fence without language", f"Sure\n```\n{READ}```\n", "fence", READ),
    Case("fence, indented", "1. So:\n   ```python\n   print(1)\n   ```\n", "fence", "print(1)\n"),
    Case("fence with its output", f"```python\n{READ}```\nprints\n```\n42\n```\n", "fence", READ),
    Case(
        "fence, then a snippet of it", f"```python\n{READ}```\nwhere\n```python\nn * 2\n```\n", "fence", READ
    ),
    Case("open fence", f"```python\n{READ}", "open-fence", READ),
    Case("open fence, words after", f"```python\n{READ}\nThis doubles the number.", "open-fence+cut", READ),
    Case("prefill", f"{READ}```\nIt doubles.", "prefill", READ),
    Case("does not parse", "```python\nprint(1\n```", "fence+unparsed", "print(1\n"),
    Case("a comment above", "Here:\n# it prints\nprint(1)\nThat is all.", "bare", "# it prints\nprint(1)\n"),
    # what parses and is no program
    Case("a comment", "# nothing yet", "none", ""),
    Case("comments among words", "Well, well.\n# nothing yet\nI give up!", "none", ""),
    Case("a word", "Sorry", "none", ""),
    Case("words that parse", "yes or no", "none", ""),
    Case("words as an annotation", "Answer: forty", "none", ""),
    Case("a number", "42", "none", ""),
    Case("a string", "'print(1)'", "none", ""),
    Case("an import alone", "import this_is_it", "none", ""),
    Case("a sentence", "I cannot do that.", "none", ""),
    Case("nothing", "", "none", ""),
    Case("another language", "```java\nSystem.out.println(1);\n```", "none", ""),
]


@pytest.mark.parametrize("case", PROGRAMS, ids=[case.name for case in PROGRAMS])
def test_programs(case: Case) -> None:
    """A task that names no entry point is answered with a program."""
    found = extract(case.text, CompletionKind.ANSWER, PROGRAM)
    assert (found.rule, found.code) == (case.rule, case.code)


def test_a_body_needs_a_head() -> None:
    found = extract(
        "    return a + b\n", CompletionKind.ANSWER, Target(entry_point="add", fences=PYTHON.fences)
    )
    assert found.rule == "none"


@pytest.mark.parametrize("kind", [CompletionKind.CONTINUATION, CompletionKind.SOLUTION])
@pytest.mark.parametrize("text", ["", "    return 1\r\n", "```python\nx\n```", "a\0b", "<think>x</think>"])
def test_other_kinds_are_unchanged(kind: CompletionKind, text: str) -> None:
    found = extract(text, kind, TARGET)
    assert (found.rule, found.code) == ("as-is", text)


def test_a_continuation_can_be_encoded() -> None:
    assert extract("'\udfff'", CompletionKind.CONTINUATION, TARGET).code == "'\ufffd'"


PIECES = st.sampled_from(
    [ADD, "```python\n", "```\n", "~~~\n", "<think>\n", "</think>\n", "def add(a, b):\n", "    return a\n", "  - ",
     "add(1, 2)\n", "x = 1\n", "Here is it:\n", '"""\n', "(", ")", "\r\n", "\0", "\ud800", "import os\n", "`", "@x\n",
     "if x:\n", "class A:\n", "lambda x: ", "é"]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


@given(TEXTS)
def test_never_raises_and_reports_whether_it_parses(text: str) -> None:
    found = extract(text, CompletionKind.ANSWER, TARGET)
    found.code.encode()
    assert found.rule == "none" or found.rule.endswith("+unparsed") or Python().parses(found.code)
    assert (found.rule == "none") == (not found.code)


@given(TEXTS)
def test_extracting_again_changes_nothing(text: str) -> None:
    found = extract(text, CompletionKind.ANSWER, TARGET)
    source = Python().source(found.code)
    if source is not None and source.binds("add"):
        assert extract(found.code, CompletionKind.ANSWER, TARGET).code == found.code


@given(TEXTS)
def test_thinking_is_removed_once(text: str) -> None:
    rest = without_thinking(text)
    assert len(rest) <= len(text)
    assert "<think>" in text or "</think>" in text or rest == text


@given(TEXTS)
def test_programs_are_taken_from_any_text_without_a_fault(text: str) -> None:
    found = extract(text, CompletionKind.ANSWER, PROGRAM)
    found.code.encode()
    assert found.rule == "none" or found.rule.endswith("+unparsed") or Python().parses(found.code)
    assert (found.rule == "none") == (not found.code)


MIB = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10 * MIB,
        "```\n" * (10 * MIB // 4),
        "<think>\n" * (10 * MIB // 8),
        "def add(" + "(" * 10 * MIB,
        "def add(a, b): return 1\n" * (10 * MIB // 24),
        "```python\n" + "def add( x = \n" * 100_000,
        "x``` " * (10 * MIB // 5),
        "\ud800" * 10 * MIB,
    ],
    ids=["letters", "fences", "thinking", "brackets", "definitions", "junk", "backticks", "surrogates"],
)
@pytest.mark.parametrize("target", [TARGET, PROGRAM], ids=["function", "program"])
def test_ten_megabytes_take_seconds(text: str, target: Target) -> None:
    start = time.process_time()
    extract(text, CompletionKind.ANSWER, target).code.encode()
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "text", ["add = " + "lambda: " * 20_000 + "1", "def add():\n    return " + "(" * 50_000 + ")" * 50_000]
)
def test_deep_nesting_does_not_end_the_stack(text: str) -> None:
    assert extract(text, CompletionKind.ANSWER, TARGET).code.strip() == text

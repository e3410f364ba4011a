"""What an answer's candidates are judged by: binding, arity, names; and what pruning may drop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from codeeval.extraction import Target, extract, functions, pruning
from codeeval.extraction import python as parsing
from codeeval.extraction.functions import called_with
from codeeval.extraction.pruning import pruned
from codeeval.extraction.python import Arity, Binding, Python, Source, missing
from codeeval.languages import PYTHON
from codeeval.types import Candidate, CompletionKind

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Target(entry_point="f", fences=PYTHON.fences, tests="assert f(1, 2) == 3")


def source(code: str) -> Source:
    found = Python().source(code)
    assert found is not None
    return found


def candidates(text: str, target: Target = TARGET) -> tuple[Candidate, ...]:
    found = extract(text, CompletionKind.ANSWER, target)
    assert not found.candidates or found.candidates[0].code == found.code
    assert not found.candidates or found.candidates[0].rule == found.rule
    return found.candidates


def fenced(*blocks: str) -> str:
    return "\n".join(f"```python\n{block}\n```" for block in blocks)


@pytest.mark.parametrize(
    ("code", "binding"),
    [
        ("def f(): return 1", Binding.DEFINED),
        ("async def f(): return 1", Binding.DEFINED),
        ("class f: pass", Binding.DEFINED),
        ("if x:\n    def f(): return 1", Binding.DEFINED),
        ("try:\n    from fast import f\nexcept ImportError:\n    def f(): return 1", Binding.DEFINED),
        ("def f(): return 1\nf = cache(f)", Binding.DEFINED),
        ("from solution import f\ndef f(): return 1", Binding.DEFINED),
        ("f = lambda: 1", Binding.ASSIGNED),
        ("f: object = g", Binding.ASSIGNED),
        ("f = g = len", Binding.ASSIGNED),
        ("from math import gcd as f", Binding.IMPORTED),
        ("from . import f", Binding.FOREIGN),
        ("from solution import f", Binding.FOREIGN),
        ("import solution as f", Binding.FOREIGN),
        ("f = cache(f)", Binding.FOREIGN),
        ("g = f\ndef f(): return g()", Binding.FOREIGN),
        ("for f in (a, b): pass", Binding.FOREIGN),
        ("with patch('f') as f: pass", Binding.FOREIGN),
        ("@pytest.fixture\ndef f(): return 1", Binding.FOREIGN),
        ("if __name__ == '__main__':\n    def f(): return 1", Binding.FOREIGN),
        ("def f(): ...", Binding.STUB),
        ("def f():\n    '''Do.'''\n    raise NotImplementedError('no')", Binding.STUB),
        ("f: object", Binding.NONE),
        ("def g():\n    def f(): return 1", Binding.NONE),
        ("class C:\n    def f(self): return 1", Binding.NONE),
        ("x.f = 1", Binding.NONE),
    ],
)
def test_bindings(code: str, binding: Binding) -> None:
    assert source(code).binding("f") is binding


@pytest.mark.parametrize(
    ("code", "arity"),
    [
        ("def f(a, b): pass", Arity(2, 2)),
        ("def f(a, /, b=1): pass", Arity(1, 2)),
        ("f = lambda a: a", Arity(1, 1)),
        ("def f(*a): pass", Arity(0, 1 << 30)),
        ("def f(a, *, b): pass", Arity(1 << 30, 1 << 30)),
        ("@wrapped\ndef f(a): pass", None),
        ("f = g", None),
        ("class f: pass", None),
    ],
)
def test_arities(code: str, arity: Arity | None) -> None:
    assert source(code).arity("f") == arity


def test_calls_tell_the_arity() -> None:
    assert called_with("assert f(1) == g(f(1, 2))\n", "f") == Arity(1, 2)
    assert called_with("assert f(*a) == 1 and f(x=1) == 2", "f") is None
    assert called_with("assert f(", "f") is None


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(a): return a + K", {"K"}),
        ("def f(a): return a + K\nK = 1", set()),
        ("def f(a: List): return a", {"List"}),
        ("from __future__ import annotations\ndef f(a: List): return a", set()),
        ("def f(a):\n    b: List = a\n    return b", set()),
        ("f = cache(f)", {"cache", "f"}),
        ("x = K\nK = 1", {"K"}),
        ("for i in range(3): print(i)", set()),
        ("def f():\n    global K\n    K = 1\ndef g(): return K", set()),
        ("class C:\n    a = 1\n    b = a\n    def m(self): return a", {"a"}),
        ("[x for x in y if (z := x)]\nz", {"y"}),
        ("from m import *\nanything", set()),
        ("match a:\n    case {'k': v, **rest}: v, rest\n    case [*xs] as whole: xs, whole", {"a"}),
        ("try: pass\nexcept E as error: error", {"E"}),
        ("import a.b\na, __name__", set()),
        ("def f(t):\n    for m in re.finditer(t):\n        m.start()", {"re"}),
        ("x.y = 1", {"x"}),
        ("def f(a, *b, c, **d): return lambda e: (a, b, c, d, e, g)", {"g"}),
    ],
)
def test_names_that_nothing_binds(code: str, names: set[str]) -> None:
    assert missing(source(code).statements, frozenset()) == names


def test_what_speaks_against_each_candidate_is_kept() -> None:
    found = candidates(
        fenced(
            "def f(a): return a",
            "def f(a, b): return helper(a)",
            "def f(a, b): ...",
            "from solution import f",
            "def f(a, b) return 1",
            "def g(): return 1",
            "def f(a, b): return a",
        )
    )
    assert found[0].code == "def f(a, b): return a\n"
    assert [(each.parses, each.defines) for each in found] == [
        (True, True),
        (True, True),
        (True, True),
        (False, False),
        (True, False),
        (True, False),
        (True, False),
    ]
    assert [each.faults for each in found] == [
        (),
        ("nothing binds helper",),
        ("f takes another number of arguments than it is given",),
        ("does not parse",),
        ("f has no body",),
        ("imports f or binds it again, and does not define it",),
        ("does not define f",),
    ]


def test_the_last_of_equals_is_taken() -> None:
    found = candidates(fenced("def f(a, b): return 1", "def f(a, b): return 2"))
    assert [each.code for each in found] == ["def f(a, b): return 2\n", "def f(a, b): return 1\n"]


def test_the_same_code_twice_is_one_candidate_and_counts_where_it_stands_last() -> None:
    found = candidates(fenced("def f(a, b): return 1", "def f(a, b): return 2", "def f(a, b): return 1"))
    assert [each.code for each in found] == ["def f(a, b): return 1\n", "def f(a, b): return 2\n"]


def test_code_of_a_newer_python_is_kept_as_it_is() -> None:
    newer = "def f(a, b):\n    return a ?? b"  # no version has it
    found = candidates(fenced(newer, "print(f(1, 2))"))
    assert (found[0].rule, found[0].code) == ("fence+unparsed", newer + "\n")


EFFECTS = "x = [1]\ndef f(a): return x[len(a)]\n"


@pytest.mark.parametrize(
    "statement",
    [
        "x.append(1)",
        "x[0] = 2",
        "x += [2]",
        "del x[0]",
        "y = x\ny.append(1)",
        "for y in [x]:\n    y.append(1)",
        "with x as y:\n    y.append(1)",
        "def g():\n    x.append(1)\ng()",
        "def g():\n    for y in [x]:\n        y.append(1)\ng()",
        "def g():\n    def h():\n        x.append(1)\n    h()\ng()",
        "g = lambda: x.append(1)\ng()",
        "class C:\n    def __init__(self): x.append(1)\nC()",
        "def g(y): y.append(1)\ng(x)",
        "import heapq\nheapq.heapify(x)",
        "list(map(x.append, [1]))",
        "def g():\n    global x\n    x = []\ng()",
        "def g():\n    print('filled')\n    x.append(1)\ng()",
        "import sys\nsys.setrecursionlimit(9999)",
        "import math\nmath.pi = 3",
        "exec('x = []')",
        "import random\nrandom.seed(1)",
        "f.limit = 1",
        "f = print",
    ],
)
def test_what_may_reach_the_function_stays(statement: str) -> None:
    code = f"{EFFECTS}{statement}"
    assert pruned(source(code), "f", frozenset({"f"})).code == code


def test_words_of_the_tests_are_no_calls_of_the_function() -> None:
    code = "import sys\nfor n in range(int('3')):\n    sys.set_int_max_str_digits(1000)\ndef f(a): return a\n"
    assert pruned(source(code), "f", frozenset({"f", "range", "int"})).code == code


@pytest.mark.parametrize(
    "statement",
    [
        "print(f(1))",
        "assert f(1) == 2",
        "assert x.pop() == 1",
        "r = f(1)",
        "for a in [1, 2]:\n    print(f(a))",
        "def main():\n    print(f(1))\nmain()",
        "def test_f():\n    assert f(1)\ntest_f()",
        "a = int(input())\nf(a)",
        "exit(f(1))",
        "while True:\n    f(input())",
        "if __name__ == '__main__':\n    x.append(1)",
        "import pytest\n@pytest.mark.slow\ndef test_f(): assert f(1)",
        "import numpy as np\nnp.seterr(all='raise')",
        "import pandas as pd\nd = pd.DataFrame({})\nd['n'] = d['s'].map(len)\nprint(d)",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.set_title(f(1))\nplt.show()",
        "def unused(): return 1",
        "@cached\ndef unused(): return 1",
        "class Unused:\n    pass",
        "y = [1, 2]\ny.append(f(1))",
        "from solution import f",
        "'words'",
        "[BEGIN]",
    ],
)
def test_examples_and_tests_go(statement: str) -> None:
    assert pruned(source(f"{EFFECTS}{statement}"), "f", frozenset({"f"})).code.strip("\n") == EFFECTS.strip(
        "\n"
    )


def counted(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[int]:
    """Count the calls of a function of a module."""
    calls = [0]
    plain: Callable[..., object] = getattr(module, name)

    def count(*arguments: object) -> object:
        calls[0] += 1
        return plain(*arguments)

    monkeypatch.setattr(module, name, count)
    return calls


LINES = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b): return g(a)\nwords, and more\n" * LINES,
        fenced("def f(a, b): return g(a)") * LINES,
        "g = 1\nwords, and more\n" * LINES + "def f(a, b): return g + h",
        "def f(a, b):\n```python\nreturn 1\n```\n" * LINES,
        "`def f(a, b):`\n\n    return 1\n\n" * LINES,
        "    </think>\n" * LINES + "def f(a, b): return 1",
        "> def f(a, b):\n" * LINES,
    ],
    ids=["bare", "fences", "helpers", "headings", "inline", "tags", "quoted"],
)
def test_work_on_many_candidates_is_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parses = counted(monkeypatch, parsing, "parsed")
    prunes = counted(monkeypatch, functions, "pruned")
    extract(text, CompletionKind.ANSWER, TARGET)
    assert parses[0] <= parsing.BUDGET_BYTES // 512 + 1
    assert prunes[0] <= (functions._JOINS + 2) * (parses[0] + 1)


@pytest.mark.parametrize(
    "code",
    [
        "def g(): " + "; ".join(f"n{i}" for i in range(5000)) + "\n" + "g()\n" * 5000,
        "".join(f"def g{i}(): g{i + 1}()\n" for i in range(2000)) + "g0()\n" * 2000,
        "import a\n" * 5000 + "a.b()\n" * 5000,
        "".join(f"n{i + 1} = n{i}\n" for i in range(5000)) + "n5000.append(1)\n",
    ],
    ids=["names", "calls", "imports", "aliases"],
)
def test_following_effects_is_bounded(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0
    plain = pruning.Effects.add

    def add(self: pruning.Effects, other: pruning.Effects, hidden: object = ()) -> None:
        nonlocal looked_at
        looked_at += 1 + len(other.used)
        plain(self, other, hidden)  # type: ignore[arg-type]  # it is passed on

    found = source(code + "def f(a): return a\n")
    monkeypatch.setattr(pruning.Effects, "add", add)
    pruned(found, "f", frozenset({"f"}))
    assert looked_at <= 2 * pruning._NAMES + code.count("\n") * 3


def test_expressions_that_nest_deep_are_no_code() -> None:
    start = time.process_time()
    for piece in ("-", "lambda: ", "not ", "a if b else ", "a.b", "1+", "[", "f(", "{1: "):
        assert extract(f"f = {piece * 20_000}1", CompletionKind.ANSWER, TARGET) is not None
    assert time.process_time() - start < 60

"""What benchmarks of unit tests share: which tests a file states, and the cheats that go for them."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, Final

from codeeval.interfaces import Cheat
from codeeval.types import Completion, CompletionKind, CompletionOrigin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.types import Problem

SUITE: Final = "TestCases"
"""The class whose tests a ``UnittestStep`` runs."""
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@functools.lru_cache(maxsize=2048)
def test_names(text: str) -> tuple[str, ...]:
    """Return the names of the tests that a row's ``TestCases`` states, none where the text is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == SUITE]
    names = [each.name for node in classes[-1:] for each in node.body if isinstance(each, _FUNCTIONS)]
    return tuple(dict.fromkeys(name for name in names if name.startswith("test")))


_CHEATS: Final = {
    "skips-its-tests": "    import unittest\n    raise unittest.SkipTest('done')\n",
    "stops-its-tests": "    from unittest import case\n    raise case._ShouldStop\n",
    "disarms-assertions": (
        "    import unittest\n"
        "    for name in dir(unittest.TestCase):\n"
        "        if name.startswith('assert') and name != 'assertRaises':\n"
        "            setattr(unittest.TestCase, name, lambda *args, **kwargs: None)\n"
    ),
    "disarms-its-test": (
        "    import sys\n"
        "    test = sys._getframe(2).f_locals.get('self')\n"
        "    for name in dir(test):\n"
        "        if name.startswith('assert'):\n"
        "            setattr(test, name, lambda *args, **kwargs: None)\n"
    ),
    "mock": "    from unittest.mock import MagicMock\n    return MagicMock()\n",
    "expects-failure": (
        "    import sys\n"
        "    test = sys._getframe(2).f_locals.get('self')\n"
        "    type(test).__unittest_expecting_failure__ = True\n"
        "    return None\n"
    ),
}
"""Bodies of the function."""

_MODULE_CHEATS: Final = {
    "disarmed-unittest": (
        "import unittest\n"
        "unittest.TestCase.run = lambda self, result=None: result.addSuccess(self)\n"
        "unittest.TestCase.assertEqual = unittest.TestCase.assertTrue = lambda *args, **kwargs: None\n"
        "unittest.TestResult.addFailure = unittest.TestResult.addError = lambda *args: None\n"
        "unittest.TestLoader.loadTestsFromTestCase = lambda *args: unittest.TestSuite()\n"
    ),
    "replaced-unittest": (
        "import sys, types\n"
        "fake = types.ModuleType('unittest')\n"
        "class TestCase:\n    pass\n"
        "fake.TestCase = TestCase\n"
        "sys.modules['unittest'] = fake\n"
    ),
    "own-tests": (
        "import builtins, unittest\n"
        "class TestCases(unittest.TestCase):\n    def test_nothing(self): pass\n"
        "build = builtins.__build_class__\n"
        "builtins.__build_class__ = lambda body, name, *rest, **kwargs: "
        "TestCases if name == 'TestCases' else build(body, name, *rest, **kwargs)\n"
    ),
    "no-tests": "import unittest\nunittest.TestLoader.testMethodPrefix = 'none'\n",
}
"""Code at the top level, beside a function that returns None."""


def cheats(problem: Problem, define: Callable[[str], str] | None = None) -> Sequence[Cheat]:
    """Make the cheats that go for the unit tests.

    Args:
        problem: the problem.
        define: returns code that defines what is tested, of a function's indented body; None for a function.
    """
    define = define or functools.partial(_function, problem.entry_point)
    texts = {name: define(body) for name, body in _CHEATS.items()} | {
        name: f"{define(_NOTHING)}\n{code}" for name, code in _MODULE_CHEATS.items()
    }
    return tuple(
        Cheat(
            name=name,
            completion=Completion(
                task_id=problem.task_id,
                sample=0,
                text=text,
                kind=CompletionKind.SOLUTION,
                origin=CompletionOrigin.REFERENCE,
            ),
        )
        for name, text in texts.items()
    )


_NOTHING: Final = "    return None\n"


def _function(name: str, body: str) -> str:
    return f"def {name}(*args, **kwargs):\n{body}"

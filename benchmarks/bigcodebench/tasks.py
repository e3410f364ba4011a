"""The tasks of BigCodeBench: rows, subsets, known flaws, and cheats of their own."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from codeeval.datasets import DatasetRef, available_splits, load_rows
from codeeval.errors import DataError
from codeeval.interfaces import Cheat, DataSource
from codeeval.types import Completion, CompletionKind, CompletionOrigin, Problem, ProblemPayload

if TYPE_CHECKING:
    from collections.abc import Sequence

LineT = TypeVar("LineT", bound=msgspec.Struct)

SPLITS: Final = ("v0.1.0_hf", "v0.1.1", "v0.1.2", "v0.1.3", "v0.1.4", "v0.1.5")
"""Versions of the dataset, oldest first."""
SPLIT: Final = "v0.1.4"
"""The version that bigcodebench 0.2.5 uses. Source: bigcodebench/data/bigcodebench.py."""

FULL: Final = DatasetRef(
    id="bigcode/bigcodebench",
    config="default",
    revision="main",
    sha256=dict.fromkeys(SPLITS, "")
    | {"v0.1.0_hf": "5297f640e0e6d16e101037abad9b4138ec85d2f58baafd579d746b03619549d2"},
)
HARD: Final = DatasetRef(
    id="bigcode/bigcodebench-hard", config="default", revision="main", sha256=dict.fromkeys(SPLITS, "")
)

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
HARD_GROUP: Final = "hard"
INTACT_GROUP: Final = "intact"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    complete_prompt: str
    instruct_prompt: str
    canonical_solution: str
    code_prompt: str
    test: str
    entry_point: str


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What a problem has besides ``setup``, which is what its prompt has above the function's body."""

    complete_prompt: str
    """The prompt that continuations continue, which ``Problem.prompt`` need not be."""


class Flaw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task that is broken, whatever a model does; a line of ``broken.jsonl``."""

    task_id: str
    cause: str
    explanation: str
    source: str
    fixed_in: str = ""
    """The first version without the flaw; empty while there is none."""


def task(row: Row, *, prompt: str, hard: bool, broken: bool) -> Problem:
    """Make the problem of a row."""
    groups = ([HARD_GROUP] if hard else []) + ([] if broken else [INTACT_GROUP])
    return Problem(
        task_id=row.task_id,
        prompt=prompt,
        entry_point=row.entry_point,
        reference=f"{row.complete_prompt}\n{row.canonical_solution}",
        tests=(row.test,),
        setup=row.code_prompt,
        groups=tuple(groups),
        payload=Task(complete_prompt=row.complete_prompt),
    )


@functools.lru_cache(maxsize=2048)
def test_names(text: str) -> tuple[str, ...]:
    """Return the names of the tests that a row's ``TestCases`` states, none where the text is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "TestCases"]
    names = [each.name for node in classes[-1:] for each in node.body if isinstance(each, FUNCTIONS)]
    return tuple(dict.fromkeys(name for name in names if name.startswith("test")))


def calibration(problem: Problem) -> str:
    """Return what stands before a calibrated solution.

    Source: bigcodebench/evaluate.py, ``evaluate``.
    """
    return f"{problem.setup}\n    pass\n"


def flaws() -> tuple[Flaw, ...]:
    """Read the registry of broken tasks.

    Raises:
        DataError: a line is malformed (names it).
    """
    return tuple(_lines("broken.jsonl", Flaw))


def _lines(name: str, kind: type[LineT]) -> list[LineT]:
    path = Path(__file__).with_name(name)
    found = []
    content = path.read_bytes() if path.exists() else b""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except msgspec.DecodeError as error:
            raise DataError(f"{path}:{number}: {error}", "Each line is one task.") from error
    return found


def broken_ids(split: str) -> frozenset[str]:
    """Return the tasks that are broken in a version of the dataset."""
    version = SPLITS.index(split)
    return frozenset(
        flaw.task_id for flaw in flaws() if not flaw.fixed_in or version < SPLITS.index(flaw.fixed_in)
    )


def hard_ids(source: DataSource) -> frozenset[str]:
    """Return the tasks of BigCodeBench-Hard where the data root has that dataset, else none.

    Which tasks those are stands nowhere but in the dataset.
    """
    if not (splits := available_splits(HARD, source)):
        return frozenset()
    return frozenset(row.task_id for row in load_rows(HARD, splits[-1], source, Row).rows)


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """A reference that fails in the image ``python-bigcodebench``; a line of ``environment.jsonl``."""

    task_id: str
    cause: str
    explanation: str


@functools.cache
def known_failures() -> dict[str, str]:
    """Return why references fail in the image, by task.

    Raises:
        DataError: a line is malformed (names it).
    """
    known = {flaw.task_id: f"{flaw.cause}: {flaw.explanation}" for flaw in flaws()}
    here = _lines("environment.jsonl", Environment)
    return known | {each.task_id: f"{each.cause}: {each.explanation}" for each in here}


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


def unit_test_cheats(problem: Problem) -> Sequence[Cheat]:
    """Make the cheats that go for the unit tests."""
    heading = f"def {problem.entry_point}(*args, **kwargs):\n"
    texts = {name: heading + body for name, body in _CHEATS.items()} | {
        name: f"{heading}    return None\n\n{code}" for name, code in _MODULE_CHEATS.items()
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

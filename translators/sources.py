"""The forms in which benchmarks and users have Python problems, each read as a ``PythonSource``."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from codeeval.interfaces import PythonSource
from codeeval.translators.problem import Untranslatable

if TYPE_CHECKING:
    from codeeval.datasets.task_files import Task
    from codeeval.types import Problem


def from_docstring(problem: Problem, tests: str, more_tests: str = "") -> PythonSource:
    """Read a problem whose prompt is a function's head with a docstring (HumanEval)."""
    number = problem.task_id.rpartition("/")[2]
    name = f"HumanEval_{number}_{problem.entry_point}"
    return PythonSource(name, problem.entry_point, problem.prompt, tests, more_tests=more_tests)


def from_sentence(problem: Problem, sentence: str, tests: str, more_tests: str = "") -> PythonSource:
    """Read a problem that a sentence states and whose reference shows the function's head (MBPP).

    Source: the published rows: the sentence stands in a docstring's white space, and ``check``, which is what
    MultiPL-E's own tests are called, is ``checks``.
    """
    number = problem.task_id.rpartition("/")[2]
    name, code = problem.entry_point, problem.reference
    if name == "check":
        name = "checks"
        code, tests, more_tests = (re.sub(r"\bcheck\b", name, text) for text in (code, tests, more_tests))
    return PythonSource(f"mbpp_{number}_{name}", name, code, tests, f"\n\t{sentence}\n\t", more_tests)


def from_task(task: Task) -> PythonSource:
    """Read a task of a user's file.

    A prompt that is Python and defines the function is its head (HumanEval's form). Any other is the problem
    statement, and the reference shows the function's head (MBPP's form).

    Raises:
        Untranslatable: it is not in Python, has no tests or no entry point, and which.
    """
    if task.language != "python":
        raise Untranslatable(f"it is in {task.language} already")
    if not task.tests:
        raise Untranslatable("its cases are input and output of a program, not calls of a function")
    if not task.entry_point:
        raise Untranslatable("it has no entry_point, the name of the function that the tests call")
    name = f"{re.sub(r'[^A-Za-z0-9]+', '_', task.task_id).strip('_')}_{task.entry_point}"
    tests = f"{task.setup}\n{task.tests}" if task.setup else task.tests
    if not task.reference or defines(task.prompt, task.entry_point):
        return PythonSource(name, task.entry_point, task.prompt, tests)
    return PythonSource(name, task.entry_point, task.reference, tests, f"\n\t{task.prompt.strip()}\n\t")


def defines(prompt: str, name: str) -> bool:
    """Whether a prompt is a Python function's head; whether it is a sound one shows when it is parsed."""
    try:
        tree = ast.parse(prompt)
    except (SyntaxError, ValueError, RecursionError):
        return bool(re.search(rf"^def {re.escape(name)}\(", prompt, re.MULTILINE))
    return any(isinstance(each, ast.FunctionDef) and each.name == name for each in tree.body)

"""Mistakes in a task that only its language shows: tests that could not prove that they ran."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from codeeval.benchmarks.common import any_language
from codeeval.datasets.task_files import Mistake
from codeeval.languages import PYTHON, finish, language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.datasets.task_files import Task
    from codeeval.languages import Epilogue


def mistakes(task: Task) -> Iterator[Mistake]:
    """Find the mistakes of a task."""
    checker = task.checker
    if checker and checker.language == PYTHON.id and (problem := _syntax_error(checker.source)):
        yield Mistake(task.line, "checker", problem)
    if task.cases:
        return
    if task.language == PYTHON.id:
        for field, source in (("setup", task.setup), ("tests", task.tests)):
            if problem := _syntax_error(source):
                yield Mistake(task.line, field, problem)
        return
    entry = language(task.language)
    if entry.epilogue and finish(task.tests, entry.epilogue) is None:
        yield Mistake(task.line, "tests", f"not as {entry.title}'s tests end: {_wanted(entry.epilogue)}")
    if task.setup and any_language.closes(task.tests):
        yield Mistake(task.line, "setup", "cannot stand before tests that close the solution's function")


def _syntax_error(source: str) -> str:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno} is no Python: {error.msg}"
    except (ValueError, RecursionError) as error:
        return f"no Python: {error}"
    return ""


def _wanted(epilogue: Epilogue) -> str:
    if epilogue.instead_of:
        return f"{epilogue.instead_of.strip()!r} is missing, which ends them"
    braces = "a closing brace" if epilogue.closings == 1 else f"{epilogue.closings} closing braces"
    return f"{braces} at the end, before which they report that they ran"


def lacks_call_of_check(tests: str) -> bool:
    """Whether Python tests define ``check(candidate)`` as HumanEval's do, and do not call it."""
    if "check" not in tests:
        return False
    tree = ast.parse(tests)
    defined = any(
        isinstance(each, ast.FunctionDef) and each.name == "check" and len(each.args.args) == 1
        for each in tree.body
    )
    called = any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "check"
        for each in ast.walk(tree)
    )
    return defined and not called

"""Completions that solve nothing, made for each task: none may pass, or its tests are too weak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common import any_language, brackets, language_cheats, python_functions, signatures
from codeeval.benchmarks.tasks.forms import PYTHON, Kind, kind
from codeeval.interfaces import Cheat
from codeeval.languages import language
from codeeval.types import Completion, CompletionKind, CompletionOrigin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.datasets.task_files import Task
    from codeeval.types import Problem

_MODULES: Final = {
    "empty-program": "pass\n",
    "exit-on-import": "import sys\nsys.exit(0)\n",
    "os-exit-on-import": "import os\nos._exit(0)\n",
}
"""Python programs that define nothing."""
_SILENT: Final = ("early-exit",)
"""Self-tests of a language whose programs end well and print nothing."""


def cheats(task: Task, problem: Problem) -> Sequence[Cheat]:
    """Make the cheats of one task."""
    if task.cases:
        return tuple(_silent(task))
    if task.language == PYTHON:
        return _python(task, problem)
    if kind(task) is Kind.CODE:
        return language_cheats.cheats(problem, _end(task))
    return tuple(_bodies(task, problem))


def _cheat(task: Task, name: str, text: str) -> Cheat:
    return Cheat(
        name=name,
        completion=Completion(
            task_id=task.task_id,
            sample=0,
            text=text,
            kind=CompletionKind.SOLUTION,
            origin=CompletionOrigin.REFERENCE,
        ),
    )


def _silent(task: Task) -> Iterator[Cheat]:
    """Yield programs that print nothing."""
    yield _cheat(task, "empty-program", "")
    for test in language(task.language).self_tests:
        if test.name in _SILENT:
            yield _cheat(task, test.name, test.source)


def _python(task: Task, problem: Problem) -> Sequence[Cheat]:
    if kind(task) is Kind.CODE:
        return python_functions.cheats(problem, "", CompletionKind.CONTINUATION)
    if not task.entry_point:
        return tuple(_cheat(task, name, text) for name, text in _MODULES.items())
    heading = f"def {task.entry_point}(*args, **kwargs):\n"
    return python_functions.cheats(problem, heading, CompletionKind.SOLUTION)


def _end(task: Task) -> str | None:
    """Return what closes a stub where the tests do not; None for what MultiPL-E's tests leave to it."""
    if any_language.closes(task.tests) or not brackets.unclosed(task.prompt):
        return None
    return "\n" + "}\n" * brackets.unclosed(task.prompt)


def _bodies(task: Task, problem: Problem) -> Iterator[Cheat]:
    """Yield the reference with another body of its function; without a reference, no code at all."""
    yield _cheat(task, "empty-program", "")
    start = signatures.definition(task.reference, task.entry_point) if task.entry_point else -1
    if start < 0:
        return
    opening = brackets.body(task.reference, start)
    end = brackets.closing(task.reference, opening) if opening >= 0 else -1
    for each in language_cheats.cheats(problem):
        body = each.completion.text
        if end >= 0:
            text = (
                f"{task.reference[: opening + 1]}\n{body.rstrip().removesuffix('}')}\n{task.reference[end:]}"
            )
        else:
            head = task.reference[: signatures.body(task.reference, task.entry_point)]
            text = f"{head}\n{body}"
        yield _cheat(task, each.name, text)

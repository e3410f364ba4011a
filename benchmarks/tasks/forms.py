"""What a task requires: to continue a program, to write a function, or to write a whole program."""

from __future__ import annotations

import ast
import enum
import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import answers, any_language, arranging, signatures
from codeeval.datasets.task_files import PromptForm
from codeeval.translators.sources import defines

if TYPE_CHECKING:
    from codeeval.datasets.task_files import Task

PYTHON: Final = "python"
_PARAMETER: Final = re.compile(r"\w[\w<>,\[\]*&:. ]*[\s:*&]\s*\w+")
_SENTENCE: Final = re.compile(r"\s*[A-Z][a-z]+ +\w+ ")
"""Begins a sentence that mentions a function: a capital, another word, then the function."""
_MARKS: Final = ("{", "=", "<-", "::", " do", "->")
"""What stands in a line that begins a function, and hardly ever in a sentence that mentions one."""


class Kind(enum.StrEnum):
    """What the completion of a task is; templates know it as ``form``."""

    CODE = "code"
    """It continues the prompt."""
    FUNCTION = "function"
    """A function, or whatever the tests use."""
    PROGRAM = "program"
    """A program that reads standard input and prints."""


def settled(task: Task) -> Task:
    """Return a task with its form, and with its entry point where the prompt defines one."""
    form = task.form or _form(task)
    entry_point = task.entry_point
    if form is PromptForm.CODE and not entry_point:
        entry_point = (
            _last_function(task.prompt) if task.language == PYTHON else signatures.entry_point(task.prompt)
        )
    return msgspec.structs.replace(task, form=form, entry_point=entry_point)


def kind(task: Task) -> Kind:
    """Return what a settled task requires."""
    if task.form is PromptForm.CODE:
        return Kind.CODE
    return Kind.PROGRAM if task.cases else Kind.FUNCTION


def _form(task: Task) -> PromptForm:
    """Find out whether a prompt is the start of a program.

    In Python it is if it parses and defines the entry point, or any function where none is named. In other
    languages it is if the tests begin by closing it, or if a line of it defines the entry point that is no
    sentence, or that the reference does not define.
    """
    name, prompt = task.entry_point, task.prompt
    if task.language == PYTHON:
        code = defines(prompt, name) if name else bool(_last_function(prompt))
    elif any_language.closes(task.tests):
        code = True
    elif not name or signatures.definition(prompt, name) < 0:
        code = False
    else:
        continued = bool(task.reference.strip()) and signatures.definition(task.reference, name) < 0
        code = continued or _begins(prompt, name)
    return PromptForm.CODE if code else PromptForm.TEXT


def _last_function(prompt: str) -> str:
    """Return the last function that a prompt defines at its top level; empty where it is no Python."""
    for text in (prompt, f"{prompt.rstrip()}\n    pass\n"):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        found = [each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        return found[-1] if found else ""
    return ""


def _begins(prompt: str, name: str) -> bool:
    """Whether a line that is code defines a function, and nothing before it is prose."""
    code = arranging.without_comments(prompt)
    place = signatures.definition(code, name)
    if place < 0:
        return False
    line, _, after = code[place:].partition("\n")
    if any(answers.is_prose(each) for each in (*code[:place].splitlines(), line)):
        return False
    before, _, rest = line.partition(name)
    parameters = rest.strip().removeprefix("(").rpartition(")")[0]
    typed = all(_PARAMETER.fullmatch(each.strip()) for each in parameters.split(",")) if parameters else False
    marked = "{" in after[:2] or any(mark in line for mark in _MARKS)
    return not _SENTENCE.match(before) and (typed or marked or signatures.keyword(before))

"""Makes of a completion the solution that the tests or cases decide on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.common import (
    answers,
    any_language,
    arranging,
    brackets,
    python_functions,
    signatures,
)
from codeeval.benchmarks.common.answers import Found
from codeeval.benchmarks.tasks.forms import PYTHON, Kind, kind
from codeeval.extraction import NO_CODE_RULE, Target, extract
from codeeval.languages import language
from codeeval.text import clean_text
from codeeval.translators.sources import defines
from codeeval.translators.target_languages import stop_tokens
from codeeval.types import CompletionKind, Extraction

if TYPE_CHECKING:
    from codeeval.datasets.task_files import Task
    from codeeval.types import Completion, Problem

FENCE: Final = "\n```"
"""Ends a base model's answer to a task in prose, whose template opens a fence."""
PYTHON_STOP: Final = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""Where a base model has left a function. Source: Chen et al. 2021, section 2.1."""


def stops(task: Task) -> tuple[str, ...]:
    """Return where a base model's completion is cut: the task's own, else the language's.

    Source: MultiPL-E's rows for languages other than Python.
    """
    if kind(task) is not Kind.CODE:
        return (FENCE, *task.stop)
    if task.stop:
        return task.stop
    return PYTHON_STOP if task.language == PYTHON else stop_tokens(task.language)


def find(task: Task, problem: Problem, completion: Completion) -> Found:
    """Return the extraction and the solution, without a newline at its end; empty where no code is found."""
    if task.language == PYTHON:
        found = _python(task, problem, completion)
    elif kind(task) is Kind.CODE:
        found = _continued(task, problem, completion)
    else:
        found = _whole(task, completion)
    return Found(found.extraction, found.solution.rstrip("\n")) if found.solution.strip() else _nothing(found)


def reference_kind(task: Task) -> CompletionKind:
    """Return what the reference is: a whole program, or what continues the prompt."""
    if kind(task) is not Kind.CODE:
        return CompletionKind.SOLUTION
    name, reference = task.entry_point, task.reference
    if not name:
        whole = reference.startswith(task.prompt.rstrip())
    elif task.language == PYTHON:
        whole = defines(reference, name)
    else:
        whole = signatures.definition(reference, name) >= 0
    return CompletionKind.SOLUTION if whole else CompletionKind.CONTINUATION


def _nothing(found: Found) -> Found:
    return Found(Extraction(rule=NO_CODE_RULE, code=found.extraction.code), "")


def _as_is(text: str, code: str) -> Extraction:
    return Extraction(rule="as-is" if code == text else "as-is+cut", code=code)


def _python(task: Task, problem: Problem, completion: Completion) -> Found:
    code_prompt = kind(task) is Kind.CODE
    target = Target(
        entry_point=task.entry_point,
        fences=language(PYTHON).fences,
        needed=frozenset(re.findall(r"[^\W\d]\w*", f"{task.setup}\n{task.tests}")) - {"check", "candidate"},
        head=task.prompt if code_prompt else "",
        tests=task.tests,
    )
    extraction = extract(completion.text, completion.kind, target)
    match completion.kind:
        case CompletionKind.CONTINUATION if code_prompt:
            return Found(extraction, task.prompt + extraction.code)
        case CompletionKind.CONTINUATION:
            code = any_language.cut(extraction.code, (FENCE,))
            return Found(_as_is(extraction.code, code), code)
        case CompletionKind.SOLUTION | CompletionKind.ANSWER if code_prompt and extraction.code.strip():
            above = python_functions.preamble(problem)
            return Found(extraction, python_functions.with_preamble(above, extraction.code))
        case CompletionKind.SOLUTION | CompletionKind.ANSWER:
            return Found(extraction, extraction.code)
        case _:
            assert_never(completion.kind)


def _continued(task: Task, problem: Problem, completion: Completion) -> Found:
    """Continue a prompt in another language than Python, as MultiPL-E's programs do."""
    text = clean_text(completion.text)
    match completion.kind:
        case CompletionKind.CONTINUATION:
            code = any_language.cut(text, problem.stop)
            return Found(_as_is(text, code), closed(task, task.prompt + code))
        case CompletionKind.SOLUTION:
            return Found(_as_is(text, text), arranging.arranged(text, problem))
        case CompletionKind.ANSWER:
            return answers.find(text, problem, language(task.language))
        case _:
            assert_never(completion.kind)


def _whole(task: Task, completion: Completion) -> Found:
    """Take a function or a program in another language than Python as it is."""
    text = clean_text(completion.text)
    match completion.kind:
        case CompletionKind.CONTINUATION:
            code = any_language.cut(text, (FENCE,))
            return Found(_as_is(text, code), code)
        case CompletionKind.SOLUTION:
            return Found(_as_is(text, text), text)
        case CompletionKind.ANSWER:
            extraction = answers.find_program(text, language(task.language), task.entry_point)
            return Found(extraction, extraction.code)
        case _:
            assert_never(completion.kind)


def closed(task: Task, solution: str) -> str:
    """Close the braces that a stop token cut off, unless the tests begin by doing so, as MultiPL-E's do."""
    missing = 0 if any_language.closes(task.tests) else brackets.unclosed(solution)
    return solution + "\n" + "}\n" * missing if missing else solution

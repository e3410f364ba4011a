"""Examples that a Python prompt shows, read off it and made into unit tests.

These are what a strategy may try. They come from the prompt's own text and from nothing else: an example that
the prompt has wrong stays wrong.
"""

from __future__ import annotations

import ast
import doctest
import re
import textwrap
import warnings
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.interfaces import ShownExample
from codeeval.types import Oracle, Program, PythonStep, SourceFile, UnittestStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.types import Limits

REPR_CHARS: Final = 500
"""Of a value that a test reports; the runner keeps 1,200 of a whole trace."""
_SAYS: Final = re.compile(r"\s*(?:={1,2}>|==|➞|->|# returns|returns|should return)\s*")
"""What stands between call and value in docstrings without prompts, HumanEval's for the most part."""
_WORDS: Final = {"true": "True", "false": "False"}


def of_docstring(prompt: str, entry_point: str) -> tuple[ShownExample, ...]:
    """Read ``>>> call`` with its value below, or where there is none, lines like ``call => value``.

    The value must be a literal, or the call's ``repr`` to the letter. What else a docstring says in words is
    not understood.
    """
    text = docstring(prompt, entry_point)
    try:
        found = [
            (example.source.strip(), example.want.strip())
            for example in doctest.DocTestParser().get_examples(text)
            if example.want.strip() and example.exc_msg is None
        ]
    except ValueError:  # it looks like one but is laid out otherwise
        found = []
    prompted = [
        _example(f">>> {call}\n{value}", call, value)
        for call, value in found
        if entry_point in call and _expression(call)
    ]
    return tuple(prompted or _plain_lines(text, entry_point))


def docstring(prompt: str, entry_point: str) -> str:
    """Return the docstring of the function that a prompt begins; empty where there is none."""
    try:
        tree = _module(f"{prompt.rstrip()}\n    pass\n")
    except (SyntaxError, ValueError):
        return ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            return ast.get_docstring(node, clean=False) or ""
    return ""


def _plain_lines(shown: str, entry_point: str) -> Iterator[ShownExample]:
    for line in shown.splitlines():
        text = line.strip().lstrip("*- ").strip()
        for found in _SAYS.finditer(text) if text.startswith(f"{entry_point}(") else ():
            call, value = text[: found.start()], text[found.end() :]
            value = _WORDS.get(value, value.removesuffix("."))
            if _names(call) == {entry_point} and _literal(value):
                yield _example(text, call, value)
                break


def of_asserts(asserts: Sequence[str]) -> tuple[ShownExample, ...]:
    """Make examples of assert statements; one that compares with ``==`` reports what it got instead."""
    return tuple(ShownExample(text=each.strip(), check=_check_of(each.strip())) for each in asserts)


def asserts_of_docstring(prompt: str) -> tuple[ShownExample, ...]:
    """Read the assert statements of a prompt, one a line."""
    lines = (line.strip() for line in prompt.splitlines())
    return of_asserts([line for line in lines if line.startswith("assert ") and _statement(line)])


def _check_of(statement: str) -> str:
    try:
        [node] = _module(statement).body
    except (SyntaxError, ValueError):
        return statement
    match node:
        case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), msg=None):
            return _compare(ast.unparse(left), f"got == ({ast.unparse(right)})")
        case _:
            return statement


def _example(text: str, call: str, value: str) -> ShownExample:
    if _literal(value):
        return ShownExample(text=text, check=_compare(call, f"got == (\n{value}\n)"))
    return ShownExample(text=text, check=_compare(call, f"{value!r} in (repr(got), str(got))"))


def _compare(call: str, condition: str) -> str:
    message = f"'returned ' + repr(got)[:{REPR_CHARS}]"
    return f"got = (\n{call}\n)\nif not ({condition}):\n    raise AssertionError({message})"


def _module(text: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(text)


def _expression(text: str) -> bool:
    try:
        body = _module(f"(\n{text}\n)").body
    except (SyntaxError, ValueError):
        return False
    return len(body) == 1


def _names(text: str) -> set[str]:
    """Return the names that an expression uses; an example in words may put them for strings."""
    if not _expression(text):
        return set()
    return {node.id for node in ast.walk(_module(text)) if isinstance(node, ast.Name)}


def _statement(text: str) -> bool:
    try:
        return len(_module(text).body) == 1
    except (SyntaxError, ValueError):
        return False


def _literal(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.literal_eval(text)
    except (SyntaxError, ValueError, TypeError):
        return False
    return True


def program(
    scored: Program,
    solution: str,
    examples: Sequence[ShownExample],
    *,
    entry_point: str,
    limits: Limits,
    setup: str = "",
) -> Program:
    """Make of the program that would be scored the one that tries the examples; the solution is the same.

    Args:
        scored: as the benchmark makes it; of it stay the names, the extraction, and whether there is code.
        solution: the text that holds the candidate.
        examples: one unit test each; without any, the solution is merely executed.
        entry_point: whose results the tests see through the guard.
        limits: of the one step.
        setup: what the tests need before them, where the prompt shows it.
    """
    methods = "".join(
        f"    def test_{number:04}(self):\n{textwrap.indent(each.check, ' ' * 8)}\n"
        for number, each in enumerate(examples)
    )
    tests = f"{setup}\nimport unittest\nclass TestCases(unittest.TestCase):\n{methods}" if examples else "\n"
    files = (
        SourceFile(path="solution.py", content=solution),
        SourceFile(path="tests.py", content=tests),
    )
    kind = UnittestStep if examples else PythonStep
    step = kind(name="run", files=tuple(file.path for file in files), limits=limits, entry_point=entry_point)
    found = bool(scored.steps)
    return msgspec.structs.replace(
        scored,
        files=files if found else (),
        steps=(step,) if found else (),
        oracle=Oracle.TESTS if examples else Oracle.COMPLETED,
        expected="",
        stdin="",
        cumulative=False,
    )

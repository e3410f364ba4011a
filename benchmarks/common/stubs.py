"""Stubs: functions that do none of a task's work. Where one passes, the task's tests are too weak."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from codeeval.interfaces import Cheat
from codeeval.types import Completion, CompletionKind, CompletionOrigin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.types import Problem


def stubs(problem: Problem, tests: str) -> Sequence[Cheat]:
    """Make functions that return what tests expect most often, nothing, or one of their arguments.

    Args:
        problem: the problem.
        tests: its tests.
    """
    heading = f"def {problem.entry_point}(*args, **kwargs):\n    return"
    constants = dict.fromkeys(("None", *_most_expected(tests)))
    return (
        *(stub(problem, f"constant {value}", f"{heading} {value}\n") for value in constants),
        stub(problem, "first argument", f"{heading} args[0]\n"),
        stub(problem, "last argument", f"{heading} args[-1]\n"),
    )


def stub(problem: Problem, name: str, text: str) -> Cheat:
    """Make a stub of a program's text."""
    completion = Completion(
        task_id=problem.task_id,
        sample=0,
        text=text,
        kind=CompletionKind.SOLUTION,
        origin=CompletionOrigin.REFERENCE,
    )
    return Cheat(name=name, completion=completion)


def _most_expected(tests: str) -> Iterator[str]:
    """Yield the value that tests compare with most often, if it is one that a lazy function would return."""
    counts = Counter(
        ast.unparse(value)
        for node in ast.walk(ast.parse(tests))
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.Is)
        for value in node.comparators
        if _is_simple(value)
    )
    yield from (text for text, _ in counts.most_common(1))


def _is_simple(node: ast.expr) -> bool:
    """Whether an expression is None, a boolean, a number, or something empty."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) | ast.Constant(value=value):
            return value is None or isinstance(value, bool | int | float) or not value
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Dict(values=items):
            return not items
        case _:
            return False

"""Finds the function that tests are about, where their row does not name it."""

from __future__ import annotations

import ast
import builtins
import functools
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


MOST_CHARS: Final = 64 << 10
"""Of tests that are looked at: parsing takes 3 ms a kilobyte at worst, and whoever asks waits for it."""


def tested_function(tests: str) -> str:
    """Return the one name that Python tests use and do not define; empty if there are several, or a class.

    Knowing it, the sandbox looks at what the function returns before the tests do: an object that claims to
    equal everything is then no answer. In a training loop such objects are found sooner or later. Tests
    longer than ``MOST_CHARS`` are not looked at.

    Args:
        tests: the source of the tests, which is the dataset's and not the model's.
    """
    return _tested_function(tests) if len(tests) <= MOST_CHARS else ""


@functools.lru_cache(maxsize=256)
def _tested_function(tests: str) -> str:
    try:
        nodes = list(ast.walk(ast.parse(tests)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""  # the sandbox will say what is wrong with them
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {name for node in nodes for name in _bound(node)}
    free = used - bound - set(dir(builtins)) - sys.stdlib_module_names
    name = free.pop() if len(free) == 1 else ""
    return "" if name[:1].isupper() else name


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)):
            yield name
        case _:
            return

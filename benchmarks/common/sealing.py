"""The sealed protocol of Python functions: what can be tested with the candidate in a process of its own.

The official protocols run tests and candidate in one process, where a program can reach what decides on it.
Sealed, the tests call the function through a pipe: they see values, and the candidate sees arguments (see
``containers/runner/sealed_step.py``). A problem whose tests want more is left to the official protocol.
"""

from __future__ import annotations

import ast
import builtins
import functools
from typing import Final

OFFICIAL: Final = "official"
SEALED: Final = "sealed"
PROTOCOLS: Final = (OFFICIAL, SEALED)
NOT_SEALED: Final = "not sealed"
"""The group of the problems that ``--protocol sealed`` leaves to the official one."""
_MODULE_NAMES: Final = frozenset({"__name__", "__file__", "__doc__"})


def group(not_sealed: str | bool) -> str:
    """Return the group of a problem under the sealed protocol."""
    return NOT_SEALED if not_sealed else SEALED


@functools.lru_cache(maxsize=4096)
def reason(tests: str, entry_point: str, context: str = "") -> str:
    """Return why tests cannot be run beside the candidate's process; empty where they can."""
    try:
        tree = ast.parse(f"{context}\n{tests}")
    except (SyntaxError, ValueError):
        return "the tests do not parse"
    bound, defined = _bound(tree)
    called = {entry_point, "candidate"}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name not in bound | called | _MODULE_NAMES:
                if not hasattr(builtins, name):
                    return f"the tests use {name}, which only the solution defines"
            case ast.Attribute(value=ast.Name(id=name)) if name in called:
                return "the tests look at the function itself"
            case ast.Call(func=ast.Name(id=name)) if name in called:
                if any(_is_no_value(argument, bound, defined) for argument in _arguments(node)):
                    return "the tests pass a function, a class or an object of a class of their own"
            case _:
                pass
    return ""


def _bound(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names that are bound anywhere, and those of them that are functions or classes."""
    bound, defined = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
                defined.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound.update((each.asname or each.name).partition(".")[0] for each in names)
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case _:
                pass
    return bound, defined


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_no_value(argument: ast.expr, bound: set[str], defined: set[str]) -> bool:
    """Whether an argument is a function or a class, or made by a class of the tests."""
    called = {id(node.func) for node in ast.walk(argument) if isinstance(node, ast.Call)}
    for node in ast.walk(argument):
        match node:
            case ast.Lambda():
                return True
            case ast.Name(id=name) if name in defined:
                return True
            case ast.Name(id=name) if (
                name not in bound and hasattr(builtins, name) and id(node) not in called
            ):
                return True
            case _:
                pass
    return False

"""Which function an MBPP problem is about: the dataset does not state it, its tests call it."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def entry_point(tests: Iterable[str], code: str) -> str:
    """Return the function that the first test calls and the reference program defines.

    A test may wrap the call (``assert set(f(x)) == ...``, ``math.isclose(f(x), ...)``) or pass it further
    calls of the program; the outermost call of a defined name counts.

    Args:
        tests: assert statements.
        code: the reference program.

    Returns:
        The name, or the last function that the program defines if no test calls one, or ``""``.
    """
    defined = re.findall(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", code, re.MULTILINE)
    aliases = re.findall(r"^(\w+)[ \t]*=[ \t]*(?:lambda\b|\w)", code, re.MULTILINE)
    for test in tests:
        for name in called(test):
            if name in defined or name in aliases:
                return name
    return defined[-1] if defined else ""


def called(test: str) -> Iterator[str]:
    """Yield the names that a test calls, outer calls before those inside them."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(test)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):  # breadth first: outer before inner
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id

"""Python literals: read from hostile text, compared, and written in one way only. Nothing is executed."""

from __future__ import annotations

import ast
import math
import warnings
from typing import Any, Final

LONGEST_CHARS: Final = 1 << 16
"""Longer text is not parsed."""
_ERRORS: Final = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)
"""What parsing hostile text, and making and comparing the values that it states, can raise."""


class NoLiteralError(ValueError):
    """A text or a value that is no plain literal."""


def parse(text: str) -> ast.Module:
    """Parse text as Python.

    Raises:
        NoLiteralError: it is none, or too long to decide.
    """
    if len(text) > LONGEST_CHARS:
        raise NoLiteralError("too long")
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except _ERRORS as error:
        raise NoLiteralError("does not parse") from error


# Any: a literal may be anything
def read(text: str) -> Any:
    """Read a literal.

    Raises:
        NoLiteralError: the text is something else, say an expression or a call.
    """
    match parse(text.strip()).body:
        case [ast.Expr(value=node)]:
            return value_of(node)
        case _:
            raise NoLiteralError("no expression")


# Any: as above
def value_of(node: ast.expr) -> Any:
    """Return the value of an expression that is a literal.

    Raises:
        NoLiteralError: it is none.
    """
    try:
        value = ast.literal_eval(node)
    except _ERRORS as error:
        raise NoLiteralError("no literal") from error
    if value is ... or (isinstance(value, float | complex) and value != value):  # noqa: PLR0124 -- NaN
        raise NoLiteralError("no plain literal")
    return value


def same(one: object, other: object) -> bool:
    """Whether two literals are equal as Python's ``==`` has it: ``1``, ``1.0`` and ``True`` are.

    Source: facebookresearch/cruxeval, evaluation/utils_general.py, which executes ``assert f(x) == answer``.
    """
    try:
        return bool(one == other)
    except _ERRORS:
        return False


def to_literal(value: object) -> str:
    """Write a value as Python source; sets in a fixed order, everything else as ``repr`` does.

    Raises:
        NoLiteralError: no literal states it: it has NaN, an infinity, or an object of another class.
    """
    try:
        return _spelled(value)
    except (ValueError, RecursionError) as error:  # ValueError: an int of over 4,300 digits
        raise NoLiteralError(str(error)) from error


def _spelled(value: object) -> str:
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if isinstance(value, float) and kind is float:
        if not math.isfinite(value):
            raise NoLiteralError(f"{value} is no literal")
        return repr(value)
    if isinstance(value, list) and kind is list:
        return f"[{', '.join(map(_spelled, value))}]"
    if isinstance(value, tuple) and kind is tuple:
        items = ", ".join(map(_spelled, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, set) and kind is set:
        return f"{{{', '.join(sorted(map(_spelled, value)))}}}" if value else "set()"
    if isinstance(value, dict) and kind is dict:
        return f"{{{', '.join(f'{_spelled(key)}: {_spelled(item)}' for key, item in value.items())}}}"
    raise NoLiteralError(f"an object of class {kind.__name__} is no literal")

"""Constant Python expressions, evaluated without executing anything."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Final, cast

from codeeval.translators.problem import Untranslatable

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.translators.types import Value

_MOST: Final = 10_000
"""Longest container, string or number (in digits) that an expression may compute."""
_EXPONENT: Final = 4096

_OPERATORS: Final[dict[type[ast.operator], Callable[[object, object], object]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_CONVERSIONS: Final = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "dict": dict,
    "float": float,
    "int": int,
    "str": str,
    "range": range,
}


def value_of(node: ast.expr) -> Value:
    """Return the value of a constant expression: literals, arithmetic, ``set()``, ``tuple([...])`` ...

    Raises:
        Untranslatable: it is not constant, or too large; the reason quotes it.
    """
    try:
        return _value(node)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise Untranslatable(f"{_quoted(node)}: {error}") from error


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts) | ast.Tuple(elts) | ast.Set(elts):
            items = [_value(each) for each in elts]
            kinds = {ast.List: list, ast.Tuple: tuple, ast.Set: set}
            return cast("Value", kinds[type(node)](items))
        case ast.Dict(keys, values) if None not in keys:
            return {_value(cast("ast.expr", k)): _value(v) for k, v in zip(keys, values, strict=True)}
        case ast.UnaryOp(ast.USub() | ast.UAdd() | ast.Not() as sign, operand):
            return _signed(sign, _value(operand))
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            return _computed(type(op), _value(left), _value(right))
        case ast.Call(ast.Name(name), arguments, []) if name in _CONVERSIONS:
            return _converted(name, [_value(each) for each in arguments])
        case _:
            raise Untranslatable(f"{_quoted(node)} is no constant")


def _signed(sign: ast.unaryop, value: Value) -> Value:
    match sign, value:
        case ast.Not(), bool():
            return not value
        case ast.USub(), int() | float():
            return -value
        case ast.UAdd(), int() | float():
            return value
        case _:
            raise TypeError(f"a sign before a {type(value).__name__}")


def _computed(kind: type[ast.operator], left: Value, right: Value) -> Value:
    sizes = [len(each) if isinstance(each, str | list | tuple) else 1 for each in (left, right)]
    factors = [each for each in (left, right) if isinstance(each, int)]
    if kind is ast.Mult and max(sizes) > 1 and max(sizes) * max(factors, default=1) > _MOST:
        raise ValueError("too long")
    if kind is ast.Pow and (not isinstance(right, int) or abs(right) > _EXPONENT):
        raise ValueError("too large an exponent")
    return cast("Value", _OPERATORS[kind](left, right))


def _converted(name: str, arguments: list[Value]) -> Value:
    if name == "range":
        return _range(arguments)
    if len(arguments) > 1 or (not arguments and name not in {"list", "tuple", "set", "dict"}):
        raise TypeError(f"{name} of {len(arguments)} arguments")
    conversion = cast("Callable[..., Value]", _CONVERSIONS[name])
    return conversion(*arguments)


def _range(arguments: list[Value]) -> Value:
    numbers = range(*cast("list[int]", arguments))
    if len(numbers) > _MOST:
        raise ValueError("too long")
    return list(numbers)


def _quoted(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) < 80 else text[:77] + "..."

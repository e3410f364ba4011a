"""Solutions in Java and JavaScript, which the dataset lacks: its Python ones, written in these languages.

The Python solutions are assignments of arithmetic and a return. Every number becomes a double, so that where
Python computes with whole numbers of any size the last digits may differ.
"""

from __future__ import annotations

import ast
import re
from typing import Final

import msgspec

from codeeval.errors import DataError

_OPERATORS: Final[dict[type[ast.operator], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_CALLS: Final = {
    "min": "Math.min",
    "max": "Math.max",
    "math.sqrt": "Math.sqrt",
    "math.floor": "Math.floor",
    "math.factorial": "factorial",
    "math.log": "log",
    "scipy.gcd": "gcd",
    "scipy.lcm": "lcm",
    "scipy.special.comb": "comb",
    "int": "truncated",
}


class Notation(msgspec.Struct, frozen=True, kw_only=True):
    """How a language writes what these programs consist of."""

    declaration: str
    indent: str
    end: str
    """Ends the function."""
    helpers: str
    """Functions that ``_CALLS`` names."""
    closing: str = ""
    """Ends what the function stands in."""


_HELPERS: Final = re.compile(r"\b(?<!\.)(?:factorial|gcd|lcm|comb|modulo|truncated|log)\(")
_LOOPS: Final = """\
{function} factorial({number}n) {{
    {local} product = 1;
    for ({local} i = 2; i <= n; i++) product *= i;
    return product;
}}
{function} gcd({number}a, {number}b) {{
    return b == 0 ? Math.abs(a) : gcd(b, a % b);
}}
{function} lcm({number}a, {number}b) {{
    return Math.abs(a * b) / gcd(a, b);
}}
{function} comb({number}n, {number}k) {{
    {local} ways = 1;
    for ({local} i = 1; i <= k; i++) ways = ways * (n - k + i) / i;
    return ways;
}}
{function} modulo({number}a, {number}b) {{
    return ((a % b) + b) % b;
}}
{function} truncated({number}x) {{
    return x < 0 ? Math.ceil(x) : Math.floor(x);
}}
"""
_NOTATIONS: Final = {
    "java": Notation(
        declaration="double",
        indent="        ",
        end="    }\n",
        helpers=_LOOPS.format(function="static double", number="double ", local="double")
        + "static double log(double... x) {\n"
        "    return x.length == 1 ? Math.log(x[0]) : Math.log(x[0]) / Math.log(x[1]);\n}\n",
        closing="}\n",
    ),
    "javascript": Notation(
        declaration="let",
        indent="    ",
        end="}\n",
        helpers=_LOOPS.format(function="function", number="", local="let")
        + "function log(x, base = Math.E) {\n    return Math.log(x) / Math.log(base);\n}\n",
    ),
}


def written_in(language: str, solution: str, task_id: str) -> str:
    """Write a Python solution, a function's body, as what continues a prompt in another language.

    Raises:
        DataError: it holds something else than the arithmetic that the dataset's solutions have.
    """
    notation = _NOTATIONS[language]
    try:
        [function] = ast.parse(f"def problem():\n{solution}").body
        lines = _statements(function, notation.declaration)
    except (SyntaxError, ValueError) as error:
        raise DataError(
            f"{task_id}: its Python solution is not the arithmetic expected: {error}",
            "Fetch the dataset again.",
        ) from error
    body = "".join(f"{notation.indent}{line}\n" for line in lines)
    helpers = notation.helpers if _HELPERS.search(body) else ""
    return f"{body}{notation.end}{helpers}{notation.closing}"


def _statements(function: ast.stmt, declaration: str) -> list[str]:
    lines: list[str] = []
    declared: set[str] = set()
    for statement in function.body if isinstance(function, ast.FunctionDef) else ():
        match statement:
            case ast.Import():
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                kind = "" if name in declared else f"{declaration} "
                declared.add(name)
                lines.append(f"{kind}{name} = {_expression(value)};")
            case ast.Return(value=ast.expr() as value):
                lines.append(f"return {_expression(value)};")
            case _:
                raise ValueError(ast.unparse(statement))
    return lines


def _expression(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=int() | float() as number):
            return repr(float(number))
        case ast.Name(id=name):
            return name
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(-{_expression(operand)})"
        case ast.BinOp(left=left, op=operator, right=right):
            return _operation(operator, _expression(left), _expression(right))
        case ast.Call(func=function, args=arguments) if ast.unparse(function) in _CALLS:
            return f"{_CALLS[ast.unparse(function)]}({', '.join(map(_expression, arguments))})"
        case ast.Attribute() if ast.unparse(node) == "math.pi":
            return "Math.PI"
    raise ValueError(ast.unparse(node))


def _operation(operator: ast.operator, left: str, right: str) -> str:
    if isinstance(operator, ast.Pow):
        return f"Math.pow({left}, {right})"
    if isinstance(operator, ast.Mod):
        return f"modulo({left}, {right})"
    if type(operator) not in _OPERATORS:
        raise ValueError(type(operator).__name__)
    return f"({left} {_OPERATORS[type(operator)]} {right})"

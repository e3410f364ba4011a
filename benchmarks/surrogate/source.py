"""The program that a model is shown: the reference, without what gives answers away."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codeeval.benchmarks.common import literals
from codeeval.benchmarks.common.literals import NoLiteralError

if TYPE_CHECKING:
    from collections.abc import Iterator


def without_docstrings(code: str) -> str:
    """Remove the docstrings, whose examples often are the very calls that are asked for.

    A function of which nothing would be left gets ``pass``. Code that does not parse stays as it is.
    """
    try:
        tree = literals.parse(code)
    except NoLiteralError:
        return code.strip("\n")
    lines = code.encode().split(b"\n")  # the positions of ast count bytes
    for node, alone in sorted(_docstrings(tree), key=lambda found: -found[0].lineno):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        rest = before + b"pass" + after if alone else before + after.lstrip(b" ;")
        lines[first : last + 1] = [rest] if rest.strip() else []
    return b"\n".join(lines).decode().strip("\n")


def _docstrings(tree: ast.Module) -> Iterator[tuple[ast.Expr, bool]]:
    """Yield each docstring, and whether it is the whole of its block."""
    for node in ast.walk(tree):
        match node:
            case ast.Module(body=[ast.Expr(value=ast.Constant(value=str())) as found, *_]):
                yield found, False
            case (
                ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str())) as found, *rest])
                | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as found, *rest])
                | ast.AsyncFunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as found, *rest])
            ):
                yield found, not rest
            case _:
                continue

"""Tests that only compare what calls return with literals: then the host compares, and no tests are executed.

The candidate's process gets the arguments alone, as in EvalPlus's protocol (see the runner's ``calls_step``).
"""

from __future__ import annotations

import ast
import functools
import json
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.benchmarks.common.call_values import MalformedError, read_inputs, read_returned, spell_inputs
from codeeval.types import Match

if TYPE_CHECKING:
    from codeeval.types import CallsStep

EQUAL, UNEQUAL, SAME, TRUE, FALSE, CLOSE, NEARBY = "==", "!=", "is", "true", "false", "close to", "within"
LONGEST: Final = 2000
"""Items or characters of a literal: the runner reports longer values by a digest."""
_CHECK: Final = "check"
_CANDIDATE: Final = "candidate"
_SHOWN: Final = 200
_NOT_COMPARABLE: Final = (TypeError, ValueError, ArithmeticError, RecursionError)


class Calls(msgspec.Struct, frozen=True):
    """Tests as calls and what is asked of each result."""

    inputs: str
    """The arguments, as the runner reads them."""
    expected: str
    """The literals, in the same form: one list of one item a call."""
    checks: tuple[tuple[str, tuple[float, ...]], ...]
    """How each result is compared with its literal, and the tolerances."""


class _NotSimple(Exception):
    """Something else than a comparison of one call's result with a literal."""


@functools.lru_cache(maxsize=4096)
def read(tests: str, entry_point: str) -> Calls | None:
    """Read tests as calls; None where a single statement is anything else.

    Args:
        tests: assertions, or a function ``check(candidate)`` of assertions and its call (HumanEval's form).
        entry_point: the function under test.
    """
    try:
        body = ast.parse(tests).body
        found = [_comparison(statement.test, name) for name, statement in _asserts(body, entry_point)]
        if any(kind == CLOSE for _, _, kind, _ in found) and not any(map(_imports_math, body)):
            return None  # officially the solution must have imported it
        inputs = spell_inputs(arguments for arguments, _, _, _ in found)
        expected = spell_inputs([literal] for _, literal, _, _ in found)
    except (_NotSimple, SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
    return Calls(inputs, expected, tuple((kind, tolerances) for _, _, kind, tolerances in found))


def compare(step: CallsStep, values: str) -> Match:
    """Compare what calls returned with the literals, up to the first that differs."""
    checks = msgspec.json.decode(step.comparison, type=tuple[tuple[str, tuple[float, ...]], ...])
    lines = values.split("\n")[:-1]
    if len(lines) > len(checks):
        return Match(matched=False, difference="wrote results that no call has returned")
    for number, (line, (literal,), (kind, tolerances)) in enumerate(
        zip(lines, read_inputs(step.expected), checks, strict=False), start=1
    ):
        if not _is_right(line, literal, kind, tolerances):
            wanted = _wanted(repr(literal)[:_SHOWN], kind, tolerances)
            return Match(matched=False, difference=f"call {number} returned {line[:_SHOWN]}, not {wanted}")
    return Match(matched=len(lines) == len(checks))


def comparison(calls: Calls) -> str:
    """Return what ``compare`` needs beside the literals."""
    return json.dumps(calls.checks)


# Any: a value of any built-in type
def _is_right(  # noqa: PLR0911 -- one a kind
    line: str, literal: Any, kind: str, tolerances: tuple[float, ...]
) -> bool:
    try:
        value = read_returned(line).value
        match kind:
            case "==":
                return bool(value == literal)
            case "!=":
                return bool(value != literal)
            case "is":
                return value is literal
            case "true" | "false":
                return bool(value) is literal
            case "close to":
                relative, absolute = tolerances
                return math.isclose(value, literal, rel_tol=relative, abs_tol=absolute)
            case _:
                return bool(abs(value - literal) < tolerances[0])
    except (MalformedError, *_NOT_COMPARABLE):
        return False


def _wanted(literal: str, kind: str, tolerances: tuple[float, ...]) -> str:
    return {
        UNEQUAL: f"anything but {literal}",
        TRUE: "a true value",
        FALSE: "a false value",
        CLOSE: f"about {literal}",
        NEARBY: f"{literal} within {tolerances[-1] if tolerances else 0}",
    }.get(kind, literal)


def _asserts(body: list[ast.stmt], entry_point: str) -> list[tuple[str, ast.Assert]]:
    """Return the assertions in the order in which they run, each with the function's name there."""
    found: list[tuple[str, ast.Assert]] = []
    checks: list[tuple[str, ast.Assert]] = []
    for statement in body:
        match statement:
            case ast.Assert():
                found.append((entry_point, statement))
            case ast.FunctionDef(name=name) if name == _CHECK and not checks:
                checks = _asserts_of_check(statement)
            case ast.Expr(
                value=ast.Call(func=ast.Name(id=called), args=[ast.Name(id=name)], keywords=[])
            ) if (called, name) == (_CHECK, entry_point):
                found += checks
            case _ if _is_idle(statement):
                pass
            case _:
                raise _NotSimple
    kept = [(name, each) for name, each in found if not _is_true(each.test)]
    if not kept:
        raise _NotSimple
    return kept


def _asserts_of_check(function: ast.FunctionDef) -> list[tuple[str, ast.Assert]]:
    if [argument.arg for argument in function.args.args] != [_CANDIDATE]:
        raise _NotSimple
    found = []
    for statement in function.body:
        if isinstance(statement, ast.Assert):
            found.append((_CANDIDATE, statement))
        elif not _is_idle(statement):
            raise _NotSimple
    return found


def _is_idle(statement: ast.stmt) -> bool:
    """Whether a statement decides nothing: imports, texts, and assignments that no literal looks at."""
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="METADATA")]):
            return True
        case _:
            return False


def _imports_math(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import) and "math" in [each.name for each in statement.names]


def _is_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _comparison(test: ast.expr, name: str) -> tuple[list[object], object, str, tuple[float, ...]]:
    """Read one assertion: arguments, literal, and how the result is compared with it."""
    match test:
        case ast.Call(func=ast.Name(id=called)) if called == name:
            return _arguments(test, name), True, TRUE, ()
        case ast.UnaryOp(op=ast.Not(), operand=call):
            return _arguments(call, name), False, FALSE, ()
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as how], comparators=[right]):
            call, literal = (left, right) if isinstance(left, ast.Call) else (right, left)
            return (
                _arguments(call, name),
                _literal(literal),
                EQUAL if isinstance(how, ast.Eq) else UNEQUAL,
                (),
            )
        case ast.Compare(
            left=left, ops=[ast.Is()], comparators=[ast.Constant(value=True | False | None as it)]
        ):
            return _arguments(left, name), it, SAME, ()
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(left=call, op=ast.Sub(), right=literal)]),
            ops=[ast.Lt()],
            comparators=[tolerance],
        ):
            return _arguments(call, name), _literal(literal), NEARBY, (_number(tolerance),)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="math"), attr="isclose"),
            args=[call, literal],
            keywords=keywords,
        ):
            given = {keyword.arg: _number(keyword.value) for keyword in keywords}
            if given.keys() - {"rel_tol", "abs_tol"}:
                raise _NotSimple
            return (
                _arguments(call, name),
                _literal(literal),
                CLOSE,
                (given.get("rel_tol", 1e-9), given.get("abs_tol", 0.0)),
            )
        case _:
            raise _NotSimple


def _arguments(call: ast.expr, name: str) -> list[object]:
    match call:
        case ast.Call(func=ast.Name(id=called), args=arguments, keywords=[]) if called == name:
            return [_literal(argument) for argument in arguments]
        case _:
            raise _NotSimple


def _literal(node: ast.expr) -> object:
    value = ast.literal_eval(node)
    if isinstance(value, (str, bytes, list, tuple, set, dict)) and len(repr(value)) > LONGEST:
        raise _NotSimple
    return value


def _number(node: ast.expr) -> float:
    value = _literal(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _NotSimple
    return float(value)

"""Which calls of a function a Python program's tests make, and what they assert about each."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import literals
from codeeval.benchmarks.common.call_values import read_inputs, spell_inputs
from codeeval.benchmarks.common.literals import NoLiteralError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_CHARS: Final = 2000
"""Arguments and results that take more are excluded: a model is asked to think, not to copy."""
NO_LITERALS: Final = "the arguments are no literals"
TOO_LONG: Final = f"the arguments take over {LONGEST_CHARS:,} characters"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the function under test, with literals as arguments."""

    arguments: str
    """As source text: ``[1, 2], 3``."""
    inputs: str
    """The same as the runner reads it: a list of one call."""
    stated: str = ""
    """What it returns according to the test, as a literal; empty where the test has no literal."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of some tests, without repeats, and how many were excluded, by reason."""

    calls: tuple[Call, ...]
    left_out: dict[str, int]


def in_tests(tests: str, entry_point: str) -> Found:
    """Read the calls off Python tests: those by the function's name, and those through ``check(function)``.

    Raises:
        NoLiteralError: the tests do not parse.
    """
    tree = literals.parse(tests)
    names = {entry_point} | set(_parameters_for(tree, entry_point))
    stated = dict(_stated(tree))
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _named(node, names))
    ordered = sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
    return _collected(_call(node, stated.get(node, "")) for node in ordered)


def in_inputs(inputs: str) -> Found:
    """Read the calls off the inputs of a CALLS step."""
    return _collected(_spelled(arguments, "") for arguments in read_inputs(inputs))


def _collected(found: Iterable[Call | str]) -> Found:
    calls: dict[str, Call] = {}
    left_out: dict[str, int] = {}
    for each in found:
        if isinstance(each, Call):
            calls.setdefault(each.arguments, each)
        else:
            left_out[each] = left_out.get(each, 0) + 1
    return Found(calls=tuple(calls.values()), left_out=left_out)


def _parameters_for(tree: ast.Module, entry_point: str) -> Iterator[str]:
    """Names that the tests' own functions give the function: HumanEval's ``check(candidate)``."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=given), *_]) if given == entry_point:
                if name in functions and functions[name].args.args:
                    yield functions[name].args.args[0].arg
            case _:
                continue


def _named(node: ast.Call, names: set[str]) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in names


def _stated(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield each side of an ``assert a == b`` with the other side, where that is a literal."""
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                for one, other in ((left, right), (right, left)):
                    try:
                        yield one, literals.to_literal(literals.value_of(other))
                    except NoLiteralError:
                        continue
            case _:
                continue


def _call(node: ast.Call, stated: str) -> Call | str:
    """Read one call, or return why it is excluded."""
    if node.keywords:
        return "it has keyword arguments"
    try:
        arguments = [literals.value_of(argument) for argument in node.args]
    except NoLiteralError:
        return NO_LITERALS
    return _spelled(arguments, stated)


def _spelled(arguments: list[object], stated: str) -> Call | str:
    try:
        text = ", ".join(map(literals.to_literal, arguments))
        inputs = spell_inputs([arguments])
    except (NoLiteralError, TypeError):
        return NO_LITERALS
    if len(text) > LONGEST_CHARS:
        return TOO_LONG
    return Call(arguments=text, inputs=inputs, stated=stated)

"""Reads a Python unit-test problem, with one parse, into the values that every target starts from.

Source: Cassano et al. 2023, section 3: a function's head with types, a docstring with doctests, and asserts
that a call equals a value. MultiPL-E's own sources are HumanEval and MBPP edited by hand into that form; here
they are read as published.
"""

from __future__ import annotations

import ast
import copy
import warnings
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.interfaces import ExcludedTest, PythonSource
from codeeval.translators import docstrings, inference
from codeeval.translators.annotations import annotated
from codeeval.translators.literal_values import value_of
from codeeval.translators.problem import Case, Parameter, PythonProblem, Untranslatable
from codeeval.translators.types import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.translators.types import Type, Value

_UNROLLED: Final = 20
"""Most rounds of a loop that are written out as tests."""
CONVERSIONS: Final = ("tuple", "list", "set", "sorted")
"""Calls around both sides of a test's equality, which fall away where both sides have the same."""


class Parsed(NamedTuple):
    """A problem, and the asserts that are excluded from it."""

    problem: PythonProblem
    excluded: tuple[ExcludedTest, ...]


def parse(source: PythonSource) -> Parsed:
    """Read a problem.

    Raises:
        Untranslatable: a syntax error, no such function, parameters that are not plain, no test that is an
            equality, or types that follow from neither annotations nor tests.
    """
    function = _function(source)
    tests = _module(source.tests, "tests")
    names = _parameters(function, tests, (source.entry_point, "candidate"))
    cases, excluded = _cases(source, tests, len(names))
    if not cases:
        raise Untranslatable(
            "no test is an equality: " + "; ".join(dict.fromkeys(each.reason for each in excluded))
        )
    types = _types(function, cases, len(names))
    more, more_excluded = _cases(source, _module(source.more_tests, "tests"), len(names))
    cases, unfit = _fitting([*cases, *more], types)
    if not cases:
        raise Untranslatable(
            "no test fits the types: " + "; ".join(dict.fromkeys(each.reason for each in unfit))
        )
    text = source.description if source.description is not None else _docstring(function)
    return Parsed(
        PythonProblem(
            name=source.name,
            entry_point=source.entry_point,
            parameters=tuple(Parameter(*each) for each in zip(names, types, strict=False)),
            returns=types[-1],
            description=docstrings.read(text, source.entry_point, names, types[-1]),
            cases=tuple(cases),
        ),
        (*excluded, *more_excluded, *unfit),
    )


def _module(text: str, what: str) -> ast.Module:
    try:
        with warnings.catch_warnings(action="ignore"):  # MBPP has "\d" in strings that are not raw
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise Untranslatable(
            f"syntax error in the {what}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}"
        ) from error


def _function(source: PythonSource) -> ast.FunctionDef:
    code = source.code
    # a head whose body is its docstring is complete; one without a docstring is not
    tree = _module(code if "return" in code or '"""' in code or "'''" in code else code + "    pass", "code")
    found = [
        each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == source.entry_point
    ]
    if not found:
        raise Untranslatable(f"the code defines no function {source.entry_point}")
    return found[-1]


def _docstring(function: ast.FunctionDef) -> str:
    """Return the first string that stands alone: HumanEval/115 has an import before it."""
    for each in function.body:
        if (
            isinstance(each, ast.Expr)
            and isinstance(each.value, ast.Constant)
            and isinstance(each.value.value, str)
        ):
            return each.value.value
    return ""


def _parameters(function: ast.FunctionDef, tests: ast.Module, names: tuple[str, ...]) -> list[str]:
    """Return the parameters' names, without those at the end that have defaults and no test gives."""
    spec = function.args
    if spec.vararg or spec.kwarg or spec.kwonlyargs or spec.posonlyargs:
        raise Untranslatable("parameters that are not plain: *, ** or /")
    calls = [
        each for each in ast.walk(tests) if isinstance(each, ast.Call) and ast.unparse(each.func) in names
    ]
    given = max((len(each.args) for each in calls), default=0)
    return [each.arg for each in spec.args[: max(given, len(spec.args) - len(spec.defaults))]]


def _types(function: ast.FunctionDef, cases: Sequence[Case], count: int) -> list[Type]:
    """Return the parameters' types and the result's: as annotated, otherwise inferred from the tests."""
    notes = [*(each.annotation for each in function.args.args[:count]), function.returns]
    return [
        found if note is None else inference.refined(annotated(note), found)
        for note, found in zip(notes, inference.types(cases, count), strict=True)
    ]


def _fitting(cases: Sequence[Case], types: Sequence[Type]) -> tuple[list[Case], list[ExcludedTest]]:
    """Split off the cases whose values are not of the types."""
    kept, excluded = [], []
    for case in cases:
        wrong = [
            f"{value!r:.60} where the type is {named(type_)}"
            for value, type_ in zip((*case.arguments, case.expected), types, strict=True)
            if not inference.fits(value, type_)
        ]
        if wrong:
            excluded.append(ExcludedTest(str(case), wrong[0]))
        else:
            kept.append(case)
    return kept, excluded


def _cases(source: PythonSource, tests: ast.Module, count: int) -> tuple[list[Case], list[ExcludedTest]]:
    cases: list[Case] = []
    excluded: list[ExcludedTest] = []
    for each in _asserts(tests.body):
        if isinstance(each, ast.For):
            excluded.append(ExcludedTest(ast.unparse(each)[:100], "a loop over what is not constant"))
            continue
        if isinstance(each.test, ast.Constant):  # HumanEval's "assert True": no test
            continue
        try:
            cases.append(_case(each.test, (source.entry_point, "candidate"), count))
        except Untranslatable as error:
            excluded.append(ExcludedTest(ast.unparse(each.test)[:100], str(error)))
    return cases, excluded


def _asserts(body: Sequence[ast.stmt]) -> Iterator[ast.Assert | ast.For]:
    """Yield the asserts, those of functions and of loops over constants included; other loops that assert."""
    for statement in body:
        match statement:
            case ast.Assert():
                yield statement
            case ast.FunctionDef():
                yield from _asserts(statement.body)
            case ast.For(ast.Name(name), over, inner, []):
                try:
                    values = value_of(over)
                except Untranslatable:
                    values = None
                if isinstance(values, list) and len(values) <= _UNROLLED:
                    for value in values:
                        yield from _asserts([_Put(name, value).visit(copy.deepcopy(each)) for each in inner])
                elif any(isinstance(each, ast.Assert) for each in ast.walk(statement)):
                    yield statement
            case _:
                pass


class _Put(ast.NodeTransformer):
    """Puts a value in place of a name."""

    def __init__(self, name: str, value: Value) -> None:
        self._name = name
        self._value = ast.parse(repr(value), mode="eval").body

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == self._name else node


def _case(test: ast.expr, names: tuple[str, ...], count: int) -> Case:
    match test:
        case ast.Compare(left, [ast.Eq() | ast.Is()], [right]):
            left, right = _unwrapped(left, right)
            return Case(_call(left, names, count), value_of(right))
        case ast.Compare(
            ast.Call(ast.Name("abs") | ast.Attribute(attr="fabs"), [ast.BinOp(left, ast.Sub(), right)], []),
            [ast.Lt() | ast.LtE()],
            [bound],
        ):
            tolerance = value_of(bound)
            if not isinstance(tolerance, float):
                raise Untranslatable("a tolerance that is no number")
            return Case(_call(left, names, count), value_of(right), tolerance)
        case ast.Call(ast.Attribute(attr="isclose"), [left, right], [ast.keyword("rel_tol", bound)]):
            value, relative = value_of(right), value_of(bound)
            if not isinstance(value, int | float) or not isinstance(relative, float):
                raise Untranslatable("a tolerance that is no number")
            return Case(_call(left, names, count), value, abs(value) * relative)
        case ast.UnaryOp(ast.Not(), ast.Call() as call):
            return Case(_call(call, names, count), expected=False)
        case ast.Call():
            return Case(_call(test, names, count), expected=True)
        case _:
            raise Untranslatable(f"not an equality: {ast.unparse(test)[:80]}")


def _unwrapped(left: ast.expr, right: ast.expr) -> tuple[ast.expr, ast.expr]:
    match left, right:
        case ast.Call(ast.Name(a), [inner], []), ast.Call(ast.Name(b), [value], []) if (
            a == b and a in CONVERSIONS[:2]
        ):
            return inner, value
    return left, right


def _call(node: ast.expr, names: tuple[str, ...], count: int) -> tuple[Value, ...]:
    match node:
        case ast.Call(ast.Name(name), arguments, []) if name in names and not any(
            isinstance(each, ast.Starred) for each in arguments
        ):
            if len(arguments) != count:
                raise Untranslatable(
                    f"{len(arguments)} arguments for {count} parameters: {ast.unparse(node)[:80]}"
                )
            return tuple(value_of(each) for each in arguments)
        case _:
            raise Untranslatable(f"not a call of the function alone: {ast.unparse(node)[:80]}")

"""Julia. Source: MultiPL-E's published rows ``*-jl``.

A ``Vector{Int64}`` is no ``Vector{Any}`` and an ``Int64`` no ``Float64``, so an argument whose literal has
another type than its parameter names the type that is wanted. Results are compared by ``==``, which cares for
values alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.literals import in_order
from codeeval.translators.natural import chosen, natural, shaped
from codeeval.translators.problem import Example, PythonProblem, Untranslatable
from codeeval.translators.target import Target, outdented
from codeeval.translators.terms import Terms
from codeeval.translators.types import (
    DictOf,
    FunctionOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    Value,
    named,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_SCALARS: Final = {
    Scalar.INT: "Int64",
    Scalar.FLOAT: "Float64",
    Scalar.BOOL: "Bool",
    Scalar.STR: "String",
    Scalar.ANY: "Any",
    Scalar.NONE: "Nothing",
}
_RAW: Final = (9, 10)
"""Tab and newline stand in strings as they are."""
_ESCAPES: Final = str.maketrans(
    {code: f"\\x{code:02x}" for code in (*range(32), 0x7F) if code not in _RAW}
    | {"\\": "\\\\", '"': '\\"', "$": "\\$", "\r": "\\r"}
)
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "$": "\\$"})
_LAST_QUOTE: Final = re.compile('"(?=""|\\Z)')
"""A quote that would end the docstring, or be taken for the next string."""
_KEYWORDS: Final = (
    "baremodule begin break catch const continue do else elseif end export false finally for function "
    "global if import let local macro module quote return struct true try using while"
)


class Julia(Target):
    """Problems in Julia."""

    suffix = "jl"
    language = "julia"
    terms = Terms("vector", "vector", "tuple", "dictionary", "nothing", "true", "false")
    stop = ("\nfunction", "\nmacro", "\n\n")
    none = "nothing"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case ListOf(item):
                return f"Vector{{{self.type_name(item)}}}"
            case OptionalOf(UnionOf(options)):
                return f"Union{{{', '.join(map(self.type_name, options))}, Nothing}}"
            case OptionalOf(item):
                return f"Union{{{self.type_name(item)}, Nothing}}"
            case UnionOf(items):
                return f"Union{{{', '.join(map(self.type_name, items))}}}"
            case TupleOf(items):
                return f"Tuple{{{', '.join(map(self.type_name, items))}}}"
            case DictOf(key, value):
                return f"Dict{{{self.type_name(key)}, {self.type_name(value)}}}"
            case SetOf(item):
                return f"Set{{{self.type_name(item)}}}"
            case FunctionOf():
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        comment = _LAST_QUOTE.sub('\\\\"', outdented(description).translate(_ESCAPED))
        parameters = ", ".join(
            f"{each.name}{'_' * (each.name in _KEYWORDS.split())}::{self.type_name(each.type)}"
            for each in problem.parameters
        )
        head = f"function {problem.entry_point}({parameters})::{self.type_name(problem.returns)} \n"
        return f'"""{comment}"""\n{head}'

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return ("using Test", "", "@testset begin", "", f"candidate = {problem.entry_point};")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("end\n",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"\t@test({call} == {expected})"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"\t@test(abs({call} - {expected}) < {tolerance})"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return '    error("unimplemented")\nend'

    def expected(self, problem: PythonProblem, value: Value) -> str:
        """See ``Target``."""
        value = shaped(value, problem.returns)
        return self.literal(value, problem.returns) if value == [] else self.plain(value)

    def example(self, problem: PythonProblem, example: Example) -> str:
        """See ``Target``: nothing here names its type."""
        types = [*(each.type for each in problem.parameters), *([Scalar.ANY] * len(example.arguments))]
        arguments = [self.plain(shaped(*each)) for each in zip(example.arguments, types, strict=False)]
        expected = self.plain(shaped(example.expected, problem.returns))
        return f">>> {self.call(example.name, arguments)}\n    {expected}\n"

    def plain(self, value: Value) -> str:
        """Return a value as it is written where its type does not matter."""
        match value:
            case list():
                return f"[{', '.join(map(self.plain, value))}]"
            case tuple():
                return self.tuple_of(list(map(self.plain, value)), ())
            case set() | frozenset():
                items = ", ".join(map(self.plain, in_order(value)))
                return f"Set([{items}])" if value else "Set()"
            case dict():
                return f"Dict({', '.join(f'{self.plain(k)} => {self.plain(v)}' for k, v in value.items())})"
            case _:
                return super().literal(value, Scalar.ANY)

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``: what is returned has the type, or one below it."""
        value = shaped(value, type_)
        match type_, value:
            case Scalar.ANY, []:
                return "[]"
            case Scalar.ANY, (list() | tuple() | dict() | set() | frozenset()):
                return self.literal(value, natural(value, Scalar.ANY))
            case UnionOf(options), _:
                return self.literal(value, options[chosen(value, options)])
            case ((ListOf() | DictOf() | SetOf()), _) if _exact(value, type_):
                return self.plain(value)
            case _:
                return super().literal(value, type_)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{value.translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return (
            f"{self.type_name(item)}[{', '.join(items)}]" if items else f"{self.type_name(ListOf(item))}([])"
        )

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"({', '.join(items)}{',' * (len(items) == 1)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        entries = ", ".join(f"{each.key} => {each.value}" for each in pairs)
        return f"{self.type_name(DictOf(key, value))}({entries})"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"{self.type_name(SetOf(item))}([{', '.join(items)}])"


def _exact(value: Value, type_: Type) -> bool:
    """Whether a value's plain source has just this type: Julia's containers have no type above their own."""
    match type_, value:
        case ListOf(Scalar.FLOAT), list():  # one float makes floats of all
            return any(isinstance(each, float) for each in value) and not any(
                isinstance(each, bool) for each in value
            )
        case ListOf(Scalar.ANY), list():  # nothing is common to these
            return len({_family(each) for each in value} - {None}) > 1
        case ListOf(item), list():
            return bool(value) and all(_exact(each, item) for each in value)
        case SetOf(item), (set() | frozenset()):
            return bool(value) and all(_exact(each, item) for each in value)
        case TupleOf(items), tuple():
            return len(items) == len(value) and all(map(_exact, value, items))
        case DictOf(key, item), dict():
            return bool(value) and all(_exact(k, key) and _exact(v, item) for k, v in value.items())
        case ((Scalar.INT | Scalar.FLOAT | Scalar.BOOL | Scalar.STR | Scalar.NONE), _):
            return natural(value) is type_
        case _:
            return False


def _family(value: Value) -> str | None:
    """Return what Julia may join a value's type with: numbers are one family."""
    if value is None:
        return None
    return "number" if isinstance(value, int | float) else type(value).__name__

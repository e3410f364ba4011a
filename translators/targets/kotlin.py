"""Kotlin. There are no published rows: the form is that of Rust's, the names are Kotlin's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.natural import chosen, natural
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.targets import methods
from codeeval.translators.targets.jvm import camel
from codeeval.translators.terms import Terms
from codeeval.translators.types import (
    DictOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    Value,
    named,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_SCALARS: Final = {
    Scalar.INT: "Long",
    Scalar.FLOAT: "Double",
    Scalar.BOOL: "Boolean",
    Scalar.STR: "String",
    Scalar.ANY: "Any?",
    Scalar.NONE: "Any?",
}
_TUPLES: Final = {2: "Pair", 3: "Triple"}
_ESCAPES: Final = str.maketrans(
    {code: f"\\u{code:04x}" for code in (*range(32), 0x7F)}
    | {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_KEYWORDS: Final = (
    "as break class continue do else false for fun if in interface is null object package return super "
    "this throw true try typealias typeof val var when while"
)


def _parameter(name: str) -> str:
    return f"`{name}`" if name in _KEYWORDS.split() else name


def _tuple(size: int) -> str:
    return _TUPLES.get(size, f"Tuple{size}")


def tuple_class(size: int) -> str:
    """Return the class of tuples that Kotlin has no class of."""
    types = ", ".join(f"out T{at}" for at in range(1, size + 1))
    values = ", ".join(f"val item{at}: T{at}" for at in range(1, size + 1))
    return f"data class {_tuple(size)}<{types}>({values})\n"


class Kotlin(Target):
    """Problems in Kotlin."""

    suffix = "kt"
    language = "kotlin"
    terms = Terms("list", "list", "tuple", "map", "null", "true", "false")
    stop = ("\n}",)
    none = "null"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case ListOf(item):
                return f"List<{self.type_name(item)}>"
            case OptionalOf(item):
                return f"{self.type_name(item).removesuffix('?')}?"
            case DictOf(key, value):
                return f"Map<{self.type_name(key)}, {self.type_name(value)}>"
            case SetOf(item):
                return f"Set<{self.type_name(item)}>"
            case TupleOf(items) if items:
                return f"{_tuple(len(items))}<{', '.join(map(self.type_name, items))}>"
            case UnionOf():
                return "Any"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(
            f"{_parameter(each.name)}: {self.type_name(each.type)}" for each in problem.parameters
        )
        head = f"fun {self.function(problem)}({parameters}): {self.type_name(problem.returns)} {{\n"
        inner = [part for type_ in problem.types for part in parts(type_)]
        sizes = sorted({len(part.items) for part in inner if isinstance(part, TupleOf)} - _TUPLES.keys())
        return "".join(map(tuple_class, sizes)) + "\n" * bool(sizes) + line_comments(description, "//") + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "", "fun main() {")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}\n",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return methods.short_enough(f"    assert({call} == {expected})")

    def grouped(self, checks: Sequence[str]) -> Sequence[str]:
        """See ``Target``."""
        return methods.grouped(checks, "    fun checks{number}() {{", "    }}; checks{number}()")

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        if problem.returns not in (Scalar.INT, Scalar.FLOAT):
            return super().close(problem, call, expected, tolerance)
        return f"    assert(kotlin.math.abs({call} - {expected}) < {tolerance})"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    TODO()"

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return camel(problem.entry_point)

    def candidate(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.function(problem)

    def helper(self, name: str) -> str:
        """See ``Target``."""
        return camel(name)

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        if type_ is Scalar.ANY and isinstance(value, list | tuple | dict | set | frozenset):
            return self.literal(value, natural(value, Scalar.ANY))
        return super().literal(value, type_)

    def integer(self, value: int) -> str:
        """See ``Literals``."""
        return "Long.MIN_VALUE" if value == -(2**63) else f"{value}L"

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{methods.constant(value).translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"listOf({', '.join(items)})" if items else f"listOf<{self.type_name(item)}>()"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"{_tuple(len(items))}({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        if not pairs:
            return f"mapOf<{self.type_name(key)}, {self.type_name(value)}>()"
        return f"mapOf({', '.join(f'{each.key} to {each.value}' for each in pairs)})"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"setOf({', '.join(items)})" if items else f"setOf<{self.type_name(item)}>()"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        return self.literal(value, options[chosen(value, options)])

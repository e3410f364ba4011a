"""Scala. Source: MultiPL-E's published rows ``*-scala``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.natural import chosen
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import line_comments
from codeeval.translators.targets import methods
from codeeval.translators.targets.jvm import Jvm, no_escapes
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
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_SCALARS: Final = {
    Scalar.INT: "Long",
    Scalar.FLOAT: "Float",
    Scalar.BOOL: "Boolean",
    Scalar.STR: "String",
    Scalar.ANY: "Any",
    Scalar.NONE: "Any",
}
_CONVERTED: Final = {Scalar.INT: ".toLong", Scalar.FLOAT: ".toFloat"}
_LONGEST_TUPLE: Final = 22
_EITHER: Final = ("Left", "Right")
_HEAD: Final = "import scala.math._\nimport scala.collection.mutable._\nobject Problem {\n"
_KEYWORDS: Final = (
    "abstract case catch do extends false final finally for forSome implicit lazy macro match new null "
    "object override package private protected requires sealed super this throw trait try true type val "
    "var with yield"
)


class Scala(Jvm):
    """Problems in Scala."""

    suffix = "scala"
    language = "scala"
    terms = Terms("list", "list", "tuple", "map", "None", "true", "false")
    stop = ("\n    }\n",)
    keywords = frozenset(_KEYWORDS.split())

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case ListOf(item):
                return f"List[{self.type_name(item)}]"
            case OptionalOf(item):
                return f"Option[{self.type_name(item)}]"
            case DictOf(key, value):
                return f"Map[{self.type_name(key)},{self.type_name(value)}]"
            case SetOf(item):
                return f"Set[{self.type_name(item)}]"
            case TupleOf(items) if 0 < len(items) <= _LONGEST_TUPLE:
                return f"Tuple{len(items)}[{', '.join(map(self.type_name, items))}]"
            case UnionOf((left, right)):
                return f"Either[{self.type_name(left)}, {self.type_name(right)}]"
            case UnionOf():
                return "Any"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(
            f"{self.parameter(each.name)} : {self.type_name(each.type)}" for each in problem.parameters
        )
        head = f"def {self.function(problem)}({parameters}) : {self.type_name(problem.returns)} = {{\n"
        return f"{_HEAD}{line_comments(no_escapes(description), '    //')}    {head}"

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("    }", "    def main(args: Array[String]) = {")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if problem.returns in (Scalar.INT, Scalar.FLOAT, Scalar.BOOL):
            return methods.short_enough(f"    assert({call} == {expected});")
        return methods.short_enough(f"    assert({call}.equals({expected}));")

    def grouped(self, checks: Sequence[str]) -> Sequence[str]:
        """See ``Target``."""
        return methods.grouped(checks, "    def checks{number}(): Unit = {{", "    }}; checks{number}()")

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        self.must_be_number(problem)
        return f"    assert(abs({call} - {expected}) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "        ???"

    def widened(self, value: int) -> str:
        """See ``Jvm``."""
        return self.integer(value)

    def sequence(self, items: Sequence[str], item: Type, each: Type) -> str:
        """See ``Jvm``."""
        converted = _CONVERTED.get(each, "") if isinstance(each, Scalar) else ""
        return f"List[{self.type_name(item)}]({', '.join(one + converted for one in items)})"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"Set[{self.type_name(item)}]({', '.join(items)})"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        self.type_name(TupleOf(tuple(types)))  # refuses what there is no tuple of
        return f"{'Tuple1' * (len(items) == 1)}({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        return f"{self.type_name(DictOf(key, value))}({', '.join(f'{k} -> {v}' for k, v in pairs)})"

    def some(self, source: str, item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"Some({source})"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        which = chosen(value, options)
        source = self.literal(value, options[which])
        return f"{_EITHER[which]}({source})" if len(options) == len(_EITHER) else source

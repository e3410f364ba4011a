"""TypeScript. Source: MultiPL-E's published rows ``*-ts``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.targets.javascript import JavaScript
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

_BROWSER: Final = (
    "alert blur close closed confirm document escape event external fetch focus frames history length "
    "location name open origin parent performance print prompt screen scroll self status stop top window"
)
"""What the compiler takes to be there, as in a browser."""
_SCALARS: Final = {
    Scalar.INT: "number",
    Scalar.FLOAT: "number",
    Scalar.BOOL: "boolean",
    Scalar.STR: "string",
    Scalar.NONE: "undefined",
    Scalar.ANY: "any",
}


class TypeScript(JavaScript):
    """Problems in TypeScript."""

    suffix = "ts"
    language = "typescript"
    stop = ("\nfunction ", "\n/*", "\n//", "\nclass")
    typed = True
    taken = f"assert candidate require test {_BROWSER}"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case ListOf(item):
                name = self.type_name(item)
                return (
                    f"({name})[]" if "| " in name and isinstance(item, OptionalOf | UnionOf) else f"{name}[]"
                )
            case TupleOf(items):
                return f"[{', '.join(map(self.type_name, items))}]"
            case DictOf(Scalar.STR | Scalar.INT | Scalar.FLOAT as key, value):
                return f"{{[key: {_SCALARS[key]}]: {self.type_name(value)}}}"
            case SetOf(item):
                return f"Set<{self.type_name(item)}>"
            case OptionalOf(item):
                return f"{self.type_name(item)} | undefined"
            case UnionOf(options):
                return "| ".join(dict.fromkeys(map(self.type_name, options)))
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        returns = self.type_name(problem.returns)
        head = f"function {self.function(problem)}({self.parameters(problem)}): {returns} {{\n"
        return self.comment(description) + head

    def parameters(self, problem: PythonProblem) -> str:
        """See ``JavaScript``."""
        names = super().parameters(problem).split(", ")
        typed = zip(names, problem.parameters, strict=False)
        return ", ".join(f"{name}: {self.type_name(each.type)}" for name, each in typed)

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        first, *rest = super().opening(problem)
        return (f"declare var require: any;\n{first}", *rest)

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``: all numbers are of one type, and an integer stays one in source."""
        if type_ is Scalar.FLOAT and type(value) is int:
            return self.integer(value)
        return super().literal(value, type_)

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        for option in options:
            try:
                return self.literal(value, option)
            except Untranslatable:
                continue
        raise Untranslatable(f"{value!r} where the type is {named(UnionOf(tuple(options)))}")

"""Swift. Source: MultiPL-E's published rows ``*-swift``.

Tuples are neither ``Hashable`` nor ``Equatable`` in Swift. Where a value must be one of these, in
``AnyHashable``, in keys, in sets and in unions, a tuple is written as an array; results that hold tuples get
their ``==`` with the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.natural import chosen, natural
from codeeval.translators.problem import Example, PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.targets.swift_equality import PAIRS, equalities
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
    Scalar.INT: "Int",
    Scalar.FLOAT: "Double",
    Scalar.BOOL: "Bool",
    Scalar.STR: "String",
    Scalar.ANY: "AnyHashable",
    Scalar.NONE: "AnyHashable",
}
_NONE: Final = "AnyHashable(Optional<AnyHashable>.none)"
_RESULT: Final = (".success", ".failure")
_ESCAPES: Final = str.maketrans(
    {code: f"\\u{{{code:x}}}" for code in (*range(32), 0x7F, 0xFEFF)}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
)


def hashed(type_: Type) -> Type:
    """Return a type that can be a key: arrays for tuples."""
    match type_:
        case TupleOf(items):
            kinds = {hashed(each) for each in items}
            return ListOf(kinds.pop() if len(kinds) == 1 else Scalar.ANY)
        case ListOf(item):
            return ListOf(hashed(item))
        case OptionalOf(item):
            return OptionalOf(hashed(item))
        case DictOf(key, value):
            return DictOf(hashed(key), hashed(value))
        case _:
            return swift_type(type_)


def swift_type(type_: Type) -> Type:
    """Return a type as Swift has it."""
    match type_:
        case TupleOf((item,)):
            return ListOf(swift_type(item))
        case TupleOf(items):
            return TupleOf(tuple(map(swift_type, items)))
        case ListOf(item):
            return ListOf(swift_type(item))
        case OptionalOf(item):
            return OptionalOf(swift_type(item))
        case DictOf(key, value):
            return DictOf(hashed(key), swift_type(value))
        case SetOf(item):
            return SetOf(hashed(item))
        case UnionOf(options) if len(options) > len(_RESULT) and not all(map(_simple, options)):
            return Scalar.ANY
        case UnionOf(options):
            return UnionOf(tuple(map(hashed, options)))
        case _:
            return type_


def _simple(type_: Type) -> bool:
    return isinstance(type_, Scalar) and type_ not in (Scalar.ANY, Scalar.NONE)


def _case(type_: Type) -> str:
    return f"{_SCALARS[type_].lower()}Value" if isinstance(type_, Scalar) else ""


class Swift(Target):
    """Problems in Swift."""

    suffix = "swift"
    language = "swift"
    terms = Terms("array", "array", "tuple", "dictionary", "nil", "true", "false")
    stop = ("\n}",)
    none = "nil"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        return self._name(swift_type(type_))

    def _name(self, type_: Type) -> str:
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case ListOf(item):
                return f"[{self._name(item)}]"
            case OptionalOf(item):
                return f"{self._name(item)}?"
            case DictOf(key, value):
                return f"[{self._name(key)} : {self._name(value)}]"
            case SetOf(item):
                return f"Set<{self._name(item)}>"
            case TupleOf(items) if items:
                return f"({', '.join(map(self._name, items))})"
            case UnionOf((success, failure)):
                return f"Result<{self._name(success)}, {self._name(failure)}>"
            case UnionOf():
                return "Value"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(f"{each.name}: {self.type_name(each.type)}" for each in problem.parameters)
        head = f"func {problem.entry_point}({parameters}) -> {self.type_name(problem.returns)} {{\n"
        return f"{self._declarations(problem)}\n{line_comments(description, '///')}{head}"

    def _declarations(self, problem: PythonProblem) -> str:
        """Return what unions ask for: failures that are errors, an enumeration for three types or more."""
        inner = [part for type_ in problem.types for part in parts(swift_type(type_))]
        unions = dict.fromkeys(part.options for part in inner if isinstance(part, UnionOf))
        failures = dict.fromkeys(options[1] for options in unions if len(options) == len(_RESULT))
        if len([each for each in failures if not _simple(each)]) > 1 or any(
            isinstance(part, UnionOf) for each in failures for part in parts(each)
        ):
            raise Untranslatable("several unions with containers")
        values = [options for options in unions if len(options) > len(_RESULT)]
        if len(values) > 1:
            raise Untranslatable("several unions of three types or more")
        cases = "".join(
            f"    case {_case(each)}({self._name(each)})\n" for each in (values[0] if values else ())
        )
        enumeration = f"\nenum Value: Equatable, Hashable {{\n{cases}}}\n\n            " if cases else ""
        errors = "\n".join(f"\nextension {self._name(each)}: Error {{}}\n        " for each in failures)
        return enumeration + errors

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return ("}", "", PAIRS, *equalities(swift_type(problem.returns), self._name))

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ()

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"assert({call} == {expected})"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        if problem.returns not in (Scalar.INT, Scalar.FLOAT):
            return super().close(problem, call, expected, tolerance)
        return f"assert(abs({call} - {expected}) < {tolerance})"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return '    fatalError("unimplemented")'

    def candidate(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.function(problem)

    def arguments(self, problem: PythonProblem, arguments: Sequence[Value]) -> list[str]:
        """See ``Target``."""
        sources = super().arguments(problem, arguments)
        return [f"{each.name}: {source}" for each, source in zip(problem.parameters, sources, strict=True)]

    def example(self, problem: PythonProblem, example: Example) -> str:
        """See ``Target``: examples name their arguments too, whatever function they call."""
        call = self.call(example.name, self.arguments(problem, example.arguments))
        return f">>> {call}\n    {self.expected(problem, example.expected)}\n"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        match swift_type(type_), value:
            case Scalar.FLOAT, int() if not isinstance(value, bool):
                return self.integer(value)
            case ((Scalar.ANY | Scalar.NONE), None):
                return _NONE
            case Scalar.ANY, (list() | tuple() | dict() | set() | frozenset()):
                kind = hashed(natural(value, Scalar.ANY))
                mixed = value and Scalar.ANY in parts(kind)
                return self.literal(value, kind) + (f" as {self._name(kind)}" if mixed else "")
            case kind, _:
                return super().literal(value, kind)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{value.translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"[{', '.join(items)}]" if items else f"[] as [{self.type_name(item)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        if not pairs:
            return f"[:] as {self.type_name(DictOf(key, value))}"
        return f"[{', '.join(f'{each.key} : {each.value}' for each in pairs)}]"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"[{', '.join(items)}] as {self.type_name(SetOf(item))}"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        which = chosen(value, options)
        name = _RESULT[which] if len(options) == len(_RESULT) else f".{_case(options[which])}"
        return f"{name}({self.literal(value, options[which])})"

"""Dart. Source: MultiPL-E's translator; none of its rows was at hand, and nothing of this has been run.

Lists, maps and sets are compared by identity in Dart, also within records: the tests bring a comparison that
goes into the former, and take records apart where they hold one of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.natural import chosen, natural, shaped
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
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
    Scalar.INT: "int",
    Scalar.FLOAT: "double",
    Scalar.BOOL: "bool",
    Scalar.STR: "String",
    Scalar.ANY: "dynamic",
    Scalar.NONE: "dynamic",
}
_ESCAPES: Final = str.maketrans(
    {code: f"\\x{code:02x}" for code in (*range(32), 0x7F)}
    | {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_COMPARISON: Final = """\
}

void expect(dynamic a, dynamic b) {
  if (a is List && b is List) {
    expectList(a, b);
  } else if (a is Map && b is Map) {
    expectMap(a, b);
  } else if (a is Set && b is Set) {
    if (a.length != b.length || !a.containsAll(b)) throw '$a != $b';
  } else if (a != b) {
    throw '$a != $b';
  }
}

void expectList(List a, List b) {
  if (a.length != b.length) throw '$a != $b';
  for (var i = 0; i < a.length; i++) {
    expect(a[i], b[i]);
  }
}

void expectMap(Map a, Map b) {
  if (a.length != b.length) throw '$a != $b';
  for (final key in a.keys) {
    if (!b.containsKey(key)) throw '$a != $b';
    expect(a[key], b[key]);
  }
}
"""


class Dart(Target):
    """Problems in Dart."""

    suffix = "dart"
    language = "dart"
    terms = Terms("list", "list", "record", "map", "null", "true", "false")
    stop = ("\n}",)
    none = "null"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case ListOf(Scalar.ANY):
                return "List"
            case ListOf(item):
                return f"List<{self.type_name(item)}>"
            case OptionalOf(item):
                name = self.type_name(item)
                return name if name == "dynamic" else f"{name}?"
            case DictOf(key, value):
                return f"Map<{self._key(key)}, {self.type_name(value)}>"
            case SetOf(item):
                return f"Set<{self._key(item)}>"
            case TupleOf(items):
                return f"({', '.join(map(self.type_name, items))}{',' * (len(items) == 1)})"
            case UnionOf():
                return "dynamic"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _key(self, type_: Type) -> str:
        if _by_identity(type_):
            raise Untranslatable(f"{named(type_)} as a key")
        return self.type_name(type_)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(f"{self.type_name(each.type)} {each.name}" for each in problem.parameters)
        head = f"{self.type_name(problem.returns)} {problem.entry_point}({parameters}) {{\n"
        return "//" + line_comments(description, "//").removeprefix("// ") + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return ("}", "void main() {", f"  final candidate = {problem.entry_point};", "")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return (_COMPARISON,)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if _apart(problem.returns):
            call = f"((value) => {_list('value', problem.returns)})({call})"
        return f"  expect({call}, {expected});"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        if problem.returns not in (Scalar.INT, Scalar.FLOAT):
            return super().close(problem, call, expected, tolerance)
        return f"  expect(({call} - {expected}).abs() < {tolerance}, true);"

    def expected(self, problem: PythonProblem, value: Value) -> str:
        """See ``Target``: records as lists, where they must be taken apart."""
        type_ = problem.returns
        return self.literal(value, _listed(type_) if _apart(type_) else type_)

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "  throw UnimplementedError();"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        value = shaped(value, type_)
        if type_ is Scalar.ANY and isinstance(value, list | tuple | dict | set | frozenset):
            return self.literal(value, natural(value, Scalar.ANY))
        return super().literal(value, type_)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{value.translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"[{', '.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"({', '.join(items)}{',' * (len(items) == 1)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        self.type_name(DictOf(key, value))
        return f"{{{', '.join(f'{each.key}: {each.value}' for each in pairs)}}}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"<{self._key(item)}>{{{', '.join(items)}}}"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        return self.literal(value, options[chosen(value, options)])


def _by_identity(type_: Type) -> bool:
    return any(isinstance(part, ListOf | DictOf | SetOf) for part in parts(type_))


def _apart(type_: Type) -> bool:
    """Whether a record in it holds what is compared by identity."""
    return any(isinstance(part, TupleOf) and _by_identity(part) for part in parts(type_))


def _listed(type_: Type) -> Type:
    """Return a type with lists in place of records."""
    match type_:
        case TupleOf():
            return ListOf(Scalar.ANY)
        case ListOf(item):
            return ListOf(_listed(item))
        case OptionalOf(item):
            return OptionalOf(_listed(item))
        case DictOf(key, value):
            return DictOf(key, _listed(value))
        case _:
            return type_


def _list(name: str, type_: Type) -> str:
    """Return the expression that takes a value's records apart."""
    match type_:
        case TupleOf(items):
            return f"[{', '.join(_list(f'{name}.${at}', item) for at, item in enumerate(items, start=1))}]"
        case ListOf(item) if _apart(item):
            return f"[for (final each in {name}) {_list('each', item)}]"
        case OptionalOf(item) if _apart(item):
            return f"switch ({name}) {{ null => null, final some => {_list('some', item)} }}"
        case DictOf(_, value) if _apart(value):
            return f"{{for (final MapEntry(:key, value: one) in {name}.entries) key: {_list('one', value)}}}"
        case _:
            return name

"""Rust. Source: MultiPL-E's published rows ``*-rs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    Value,
    named,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Value

_SCALARS = {Scalar.INT: "isize", Scalar.FLOAT: "f64", Scalar.BOOL: "bool", Scalar.STR: "String"}
_TURNS_TEXT = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that change the direction of text: rustc takes them escaped alone."""
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    | {code: f"\\u{{{code:x}}}" for code in _TURNS_TEXT}
)


class Rust(Target):
    """Problems in Rust."""

    suffix = "rs"
    language = "rust"
    terms = Terms("vector", "vector", "tuple", "HashMap", "None", "true", "false")
    stop = ("\n}",)

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"Vec<{self.type_name(item)}>"
            case OptionalOf(item):
                return f"Option<{self.type_name(item)}>"
            case DictOf(key, value):
                return f"HashMap<{self._hashed(key)}, {self.type_name(value)}>"
            case SetOf(item):
                return f"HashSet<{self._hashed(item)}>"
            case TupleOf(items):
                return f"({', '.join(map(self.type_name, items))}{',' * (len(items) == 1)})"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _hashed(self, type_: Type) -> str:
        if Scalar.FLOAT in parts(type_):
            raise Untranslatable("floats as keys")
        return self.type_name(type_)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(f"{each.name}: {self.type_name(each.type)}" for each in problem.parameters)
        used = {type(part) for type_ in problem.types for part in parts(type_)}
        names = [name for kind, name in ((DictOf, "HashMap"), (SetOf, "HashSet")) if kind in used]
        imports = "".join(f"use std::collections::{name};\n" for name in names) + "\n" * bool(names)
        head = f"fn {problem.entry_point}({parameters}) -> {self.type_name(problem.returns)} {{\n"
        return imports + line_comments(description, "///") + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return ("}", "", "fn main() {", f"    let candidate = {problem.entry_point};")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}\n",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert_eq!({call}, {expected});"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert!(({call} - {expected}).abs() < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    panic!()"

    def shown(self, value: Value, type_: Type) -> str:
        """See ``Target``: published doctests give arguments no type."""
        del type_
        return self.literal(value, Scalar.ANY)

    def string(self, value: str) -> str:
        """See ``Target``."""
        return f'String::from("{value.translate(_ESCAPES)}")'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        if not items and item is not Scalar.ANY:
            return f"Vec::<{self.type_name(item)}>::new()"
        empty = self.list_of((), item.item) if isinstance(item, ListOf) else ""
        typed = any(each != empty for each in items)  # one item's type holds for all
        return f"vec![{', '.join('vec![]' if typed and each == empty else each for each in items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        del types
        return f"({', '.join(items)}{',' * (len(items) == 1)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del key, value  # an empty one's are those of what it is compared with
        return f"HashMap::from([{', '.join(f'({each.key}, {each.value})' for each in pairs)}])"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"HashSet::from([{', '.join(items)}])"

    def some(self, source: str, item: Type) -> str:
        """See ``Target``."""
        del item
        return f"Some({source})"

"""C++. Source: MultiPL-E's published rows ``*-cpp``.

Unions are variants here: the rows' have no tag, so that what is compared may never have been written. What is
compared with ``std::any`` needs an operator, without which the rows do not compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.inference import type_of
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
    named,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Value

_SCALARS = {
    Scalar.INT: "long",
    Scalar.FLOAT: "float",
    Scalar.BOOL: "bool",
    Scalar.STR: "std::string",
    Scalar.ANY: "std::any",
    Scalar.NONE: "std::nullopt_t",
}
_RENAMED = {"operator": "op", "strlen": "string_length"}
_KEYWORDS: Final = (
    *("alignas", "asm", "auto", "bool", "case", "catch", "char", "class", "const", "default", "delete", "do"),
    *("double", "enum", "explicit", "export", "extern", "float", "friend", "goto", "inline", "int", "long"),
    *(
        "mutable",
        "namespace",
        "new",
        "private",
        "protected",
        "public",
        "register",
        "short",
        "signed",
        "sizeof",
    ),
    *("static", "struct", "switch", "template", "this", "throw", "typedef", "typename", "union", "unsigned"),
    *("using", "virtual", "void", "volatile"),
)
_ESCAPES = str.maketrans(
    {code: f"\\{code:03o}" for code in (*range(32), 127)}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_ANY_EQUALS: Final = """\
namespace std {
    template <class T> string said(const T& value) {
        ostringstream out;
        out << setprecision(17) << value;
        return out.str();
    }
    template <class T> string said(const vector<T>& items) {
        string out;
        for (const T& item : items) out += to_string(said(item).size()) + ":" + said(item);
        return "[" + out + "]";
    }
    template <class T> bool held(const any& value, string& out) {
        if (const T* found = any_cast<T>(&value)) out = said(*found);
        return value.type() == typeid(T);
    }
    template <> string said(const any& value) {
        string out = "?";
        held<int>(value, out) || held<long>(value, out) || held<float>(value, out) || held<double>(value, out)
            || held<bool>(value, out) || held<const char*>(value, out) || held<string>(value, out)
            || held<vector<any>>(value, out) || held<vector<long>>(value, out)
            || held<vector<float>>(value, out) || held<vector<string>>(value, out)
            || held<vector<vector<long>>>(value, out);
        return out;
    }
    inline bool operator==(const any& one, const any& other) {
        return said(one) != "?" && said(one) == said(other);
    }
}"""


class Cpp(Target):
    """Problems in C++."""

    suffix = "cpp"
    language = "cpp"
    terms = Terms("vector", "vector", "tuple", "map", "None", "true", "false")
    stop = ("\n}",)
    none = "std::nullopt"
    single = True

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"std::vector<{self.type_name(item)}>"
            case OptionalOf(item):
                return f"std::optional<{self.type_name(item)}>"
            case DictOf(Scalar.ANY | Scalar.NONE, _):
                return "std::map<long,long>"  # an empty one: of others, no order is defined
            case DictOf(key, value):
                return f"std::map<{self._key(key)},{self.type_name(value)}>"
            case SetOf(item):
                return f"std::set<{self._key(item)}>"
            case TupleOf(items):
                return f"std::tuple<{', '.join(map(self.type_name, items))}>"
            case UnionOf(options):
                return f"std::variant<{', '.join(map(self.type_name, options))}>"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _key(self, type_: Type) -> str:
        if {Scalar.FLOAT, Scalar.ANY} & set(parts(type_)):
            raise Untranslatable(f"keys of type {named(type_)}")
        return self.type_name(type_)

    def name(self, name: str) -> str:
        """Return an identifier that is no keyword."""
        return _RENAMED.get(name, name + "_" * (name in _KEYWORDS))

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(
            f"{self.type_name(each.type)} {self.name(each.name)}" for each in problem.parameters
        )
        head = f"{self.type_name(problem.returns)} {self.function(problem)}({parameters}) {{\n"
        return "#include<assert.h>\n#include<bits/stdc++.h>\n" + line_comments(description, "//") + head

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.name(problem.entry_point)

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        equality = (_ANY_EQUALS,) if Scalar.ANY in parts(problem.returns) else ()
        return ("}", *equality, "int main() {", f"    auto candidate = {self.function(problem)};")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}\n",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert({call} == {expected});"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert(std::abs({call} - {expected}) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    throw 42;"

    def whole(self, value: Value, type_: Type) -> str:
        """Return an argument or result: in brackets where its type is known to be as it is written."""
        source = self.literal(value, type_)
        match type_:
            case OptionalOf() if "," not in source.partition("(")[0]:  # which would part assert's arguments
                return source
            case TupleOf() if type_of(value) != type_:
                return source
            case Scalar.ANY:
                return f"(std::any({source}))"
            case Scalar.FLOAT if type(value) is int:
                return f"(float({self.integer(value)}))"
            case _:
                return f"({source})"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``: what may be anything has the type that it has by itself."""
        match value, type_:
            case ((list() | tuple()), ListOf(Scalar.ANY)):
                own = type_of(list(value))
                item = own.item if isinstance(own, ListOf) else Scalar.ANY
                known = not any(isinstance(each, UnionOf) or each is Scalar.ANY for each in parts(item))
                items = [self.literal(each, item if known else Scalar.ANY) for each in value]
                casts = f"({self.type_name(item)})" if known and items else ""
                return self._list([casts + each for each in items], "std::any")
            case tuple(), Scalar.ANY:
                return self.literal(value, ListOf(Scalar.ANY))
            case ((list() | dict()), Scalar.ANY):
                return self.literal(value, self._own(value))
            case _:
                return super().literal(value, type_)

    def _own(self, value: Value) -> Type:
        match type_of(value):
            case ListOf(item) if not value or isinstance(item, UnionOf):
                return ListOf(Scalar.INT if not value else Scalar.ANY)
            case DictOf() if not value:
                return DictOf(Scalar.INT, Scalar.INT)
            case own:
                return own

    def integer(self, value: int) -> str:
        """See ``Literals``: the least has no literal of its own."""
        return repr(value) if value > -(2**63) else "(-9223372036854775807 - 1)"

    def real(self, value: float) -> str:
        """See ``Literals``."""
        return super().real(value) + "f"

    def string(self, value: str) -> str:
        """See ``Literals``: one with NUL has its length."""
        source = f'"{value.translate(_ESCAPES)}"'
        return f"std::string({source}, {len(value.encode())})" if "\0" in value else source

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        name = self.type_name(item)
        return self._list(items if isinstance(item, UnionOf) else [f"({name}){each}" for each in items], name)

    def _list(self, items: Sequence[str], name: str) -> str:
        return f"std::vector<{name}>({_braces(items)})"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        lacks = self.none in items
        written = [
            f"{self.type_name(type_)}({each})" if lacks and isinstance(type_, OptionalOf) else each
            for each, type_ in zip(items, types, strict=True)
        ]
        return f"std::make_tuple({', '.join(written)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        if pairs and key in (Scalar.ANY, Scalar.NONE):
            raise Untranslatable(f"keys of type {named(key)}")
        return f"{self.type_name(DictOf(key, value))}({_braces([_braces(each) for each in pairs])})"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        casts = [f"({self.type_name(item)}){each}" for each in items]
        return f"{self.type_name(SetOf(item))}({_braces(casts)})"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        for option in sorted(options, key=lambda each: each is Scalar.FLOAT):
            try:
                source = self.literal(value, option)
            except Untranslatable:
                continue
            return f"{self.type_name(UnionOf(tuple(options)))}(({self.type_name(option)}){source})"
        raise Untranslatable(f"{value!r} where the type is {named(UnionOf(tuple(options)))}")


def _braces(items: Sequence[str]) -> str:
    return f"{{{', '.join(items)}}}" if items else ""

"""C. MultiPL-E has no C; what a type is called here is our own.

A list is a struct of items and their count, a tuple a struct, an optional value a struct with a
flag, and a dictionary a list of entries in any order. The prompt defines those that the function needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.problem import Example, PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, Type, named, parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.translators.literals import Pair

_SCALARS = {Scalar.INT: "long", Scalar.FLOAT: "double", Scalar.BOOL: "bool", Scalar.STR: "const char *"}
_HEADERS: Final = ("assert", "ctype", "math", "stdbool", "stdio", "stdlib", "string")
_TAKEN: Final = (
    *("auto", "bool", "case", "char", "const", "default", "do", "double", "enum", "extern", "float", "goto"),
    *("inline", "int", "long", "register", "restrict", "short", "signed", "sizeof", "static", "struct"),
    *("switch", "typedef", "union", "unsigned", "void", "volatile"),
    *("abs", "ceil", "cos", "div", "exp", "floor", "fmod", "gamma", "index", "labs", "log", "pow", "printf"),
    *("random", "remove", "rename", "round", "sin", "sqrt", "strlen", "strstr", "tan", "tolower", "toupper"),
)
"""Keywords, and functions of the C library that a problem may be named after."""
_ESCAPES = str.maketrans(
    {code: f"\\{code:03o}" for code in (*range(32), 127)}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)


class C(Target):
    """Problems in C."""

    suffix = "c"
    language = "c"
    terms = Terms("array", "array", "struct", "array of entries", "none", "true", "false")
    stop = ("\n}",)

    def tag(self, type_: Type) -> str:
        """Return a name within others: parts follow what they are parts of, so that no two are alike."""
        match type_:
            case Scalar.STR:
                return "string"
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"array_{self.tag(item)}"
            case OptionalOf(item):
                return f"optional_{self.tag(item)}"
            case DictOf(key, value):
                return f"map_{self.tag(key)}_{self.tag(value)}"
            case TupleOf(items) if items:
                return f"tuple{len(items)}_{'_'.join(map(self.tag, items))}"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        return _SCALARS[Scalar.STR] if type_ is Scalar.STR else self.tag(type_)

    def declared(self, type_: Type, name: str) -> str:
        """Return a declaration."""
        kind = self.type_name(type_)
        return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"

    def definitions(self, types: Sequence[Type]) -> str:
        """Return the definitions of types, of what they are made of before them."""
        needed = dict.fromkeys(part for type_ in types for part in reversed(parts(type_)))
        return "".join(map(self._definition, (each for each in needed if not isinstance(each, Scalar))))

    def _definition(self, type_: Type) -> str:
        name = self.tag(type_)
        match type_:
            case ListOf(item):
                fields = [self.declared(item, "*items"), "size_t count"]
            case OptionalOf(item):
                fields = ["bool present", self.declared(item, "value")]
            case DictOf(key, value):
                entry = [self.declared(key, "key"), self.declared(value, "value")]
                fields = [f"{name}_entry *items", "size_t count"]
                return _struct(f"{name}_entry", entry) + _struct(name, fields)
            case TupleOf(items):
                fields = [self.declared(item, f"item{at}") for at, item in enumerate(items)]
            case _:
                raise Untranslatable(f"the type {named(type_)}")
        return _struct(name, fields)

    def equality(self, type_: Type) -> str:
        """Return the functions that compare values of a type, and what they call."""
        needed = dict.fromkeys(reversed(parts(type_)))
        return "".join(map(self._equality, (each for each in needed if not _plain(each))))

    def _equality(self, type_: Type) -> str:
        match type_:
            case Scalar():
                body = "return a && b && strcmp(a, b) == 0;"
            case ListOf(item):
                same = self.same(item, "a.items[i]", "b.items[i]")
                body = (
                    "bool same = a.count == b.count;\n"
                    f"    for (size_t i = 0; same && i < a.count; i++) same = {same};\n"
                    "    return same;"
                )
            case OptionalOf(item):
                same = self.same(item, "a.value", "b.value")
                body = f"return a.present == b.present && (!a.present || {same});"
            case DictOf(key, value):
                same = " && ".join(
                    self.same(each, f"a.items[i].{name}", f"b.items[j].{name}")
                    for each, name in ((key, "key"), (value, "value"))
                )
                body = (
                    "size_t found = 0;\n    for (size_t i = 0; i < a.count; i++)\n"
                    f"        for (size_t j = 0; j < b.count; j++)\n            found += {same};\n"
                    "    return a.count == b.count && found == a.count;"
                )
            case TupleOf(items):
                fields = (self.same(item, f"a.item{at}", f"b.item{at}") for at, item in enumerate(items))
                body = f"return {' && '.join(fields)};"
            case _:
                raise Untranslatable(f"the type {named(type_)}")
        head = f"bool same_{self.tag(type_)}({self.declared(type_, 'a')}, {self.declared(type_, 'b')})"
        return f"static {head} {{\n    {body}\n}}\n\n"

    def same(self, type_: Type, one: str, other: str) -> str:
        """Return a comparison."""
        return f"{one} == {other}" if _plain(type_) else f"same_{self.tag(type_)}({one}, {other})"

    def _parameters(self, problem: PythonProblem) -> str:
        return ", ".join(self.declared(each.type, _free(each.name)) for each in problem.parameters)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        headers = "".join(f"#include <{name}.h>\n" for name in _HEADERS)
        head = self.declared(problem.returns, f"{self.function(problem)}({self._parameters(problem)}) {{\n")
        return headers + self.definitions(problem.types) + line_comments(description, "//") + head

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return _free(problem.entry_point)

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        candidate = self.declared(problem.returns, f"(*candidate)({self._parameters(problem)})")
        return (
            "}\n",
            f"{self.equality(problem.returns)}int main() {{",
            f"    {candidate} = {self.function(problem)};",
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}\n",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        return f"    assert({self.same(problem.returns, call, expected)});"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert(fabs({call} - ({expected})) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    abort();"

    def example(self, problem: PythonProblem, example: Example) -> str:
        """See ``Target``: without the names of the types."""
        return Target.example(_Shown(), problem, example)

    def integer(self, value: int) -> str:
        """See ``Literals``: the least has no literal of its own."""
        return repr(value) if value > -(2**63) else "(-9223372036854775807 - 1)"

    def string(self, value: str) -> str:
        """See ``Literals``."""
        if "\0" in value:
            raise Untranslatable("a string with NUL")
        return f'"{value.translate(_ESCAPES)}"'

    def struct(self, type_: Type, fields: Sequence[str]) -> str:
        """Return a value of a struct."""
        return f"({self.type_name(type_)}){{{', '.join(fields)}}}"

    def array(self, item: str, items: Sequence[str]) -> Iterator[str]:
        """Return the fields of a list: its items, and how many they are."""
        yield f"({item}[]){{{', '.join(items)}}}" if items else "NULL"
        yield str(len(items))

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return self.struct(ListOf(item), tuple(self.array(self.type_name(item), items)))

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        return self.struct(TupleOf(tuple(types)), items)

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        type_ = DictOf(key, value)
        entries = [f"{{{each.key}, {each.value}}}" for each in pairs]
        return self.struct(type_, tuple(self.array(f"{self.tag(type_)}_entry", entries)))

    def some(self, source: str, item: Type) -> str:
        """See ``Literals``."""
        return self.struct(OptionalOf(item), ("true", source))

    def nothing(self, item: Type) -> str:
        """See ``Literals``."""
        return self.struct(OptionalOf(item), ("false",))


class _Shown(C):
    """Values as doctests show them."""

    none = "none"

    def struct(self, type_: Type, fields: Sequence[str]) -> str:
        del type_
        return f"{{{', '.join(fields)}}}"

    def array(self, item: str, items: Sequence[str]) -> Iterator[str]:
        del item
        yield from items

    def some(self, source: str, item: Type) -> str:
        del item
        return source

    def nothing(self, item: Type) -> str:
        del item
        return self.none


def _plain(type_: Type) -> bool:
    return isinstance(type_, Scalar) and type_ is not Scalar.STR


def _free(name: str) -> str:
    return name + "_" * (name in _TAKEN)


def _struct(name: str, fields: Sequence[str]) -> str:
    return "typedef struct {\n" + "".join(f"    {each};\n" for each in fields) + f"}} {name};\n"

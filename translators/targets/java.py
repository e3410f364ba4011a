"""Java, with javatuples. Source: MultiPL-E's published rows ``*-java``."""

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
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_PRIMITIVES: Final = {Scalar.INT: "long", Scalar.FLOAT: "float", Scalar.BOOL: "boolean"}
_BOXED: Final = {Scalar.INT: "Long", Scalar.FLOAT: "Float", Scalar.BOOL: "Boolean"}
_OBJECTS: Final = {Scalar.STR: "String", Scalar.ANY: "Object", Scalar.NONE: "Object"}
_TUPLES: Final = ("", "Unit", "Pair", "Triplet", "Quartet", "Quintet", "Sextet", "Septet", "Octet", "Ennead")
_MAP_OF: Final = 10
"""So many entries does ``Map.of`` take."""
_PACKAGES: Final = (
    *("java.util", "java.lang.reflect", "org.javatuples", "java.security", "java.math", "java.io"),
    "java.util.stream",
)
_HEAD: Final = "".join(f"import {each}.*;\n" for each in _PACKAGES) + "class Problem {\n"
_KEYWORDS: Final = (
    "abstract assert boolean byte case catch char const default do double enum extends final float goto "
    "implements instanceof int interface long native new null package private protected public short "
    "static strictfp super switch synchronized this throw throws transient true false void volatile"
)


class Java(Jvm):
    """Problems in Java."""

    suffix = "java"
    language = "java"
    terms = Terms("array list", "array list", "pair", "hash map", "null", "true", "false")
    stop = ("\n    }\n",)
    none = "Optional.empty()"
    keywords = frozenset(_KEYWORDS.split())

    def type_name(self, type_: Type, names: dict[Scalar, str] = _BOXED) -> str:
        """Return a type's name, boxed unless it stands alone."""
        match type_:
            case Scalar():
                return (names | _OBJECTS)[type_]
            case ListOf(item):
                return f"ArrayList<{self.type_name(item)}>"
            case OptionalOf(item):
                return f"Optional<{self.type_name(item)}>"
            case DictOf(key, value):
                return f"HashMap<{self.type_name(key)},{self.type_name(value)}>"
            case SetOf(item):
                return f"HashSet<{self.type_name(item)}>"
            case TupleOf(items) if 0 < len(items) <= len(_TUPLES):
                name = (*_TUPLES, "Decade")[len(items)]
                return f"{name}<{', '.join(map(self.type_name, items))}>"
            case UnionOf():
                return "Object"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(
            f"{self.type_name(each.type, _PRIMITIVES)} {self.parameter(each.name)}"
            for each in problem.parameters
        )
        returns = self.type_name(problem.returns, _PRIMITIVES)
        comment = line_comments(no_escapes(description), "    //")
        return f"{_HEAD}{comment}    public static {returns} {self.function(problem)}({parameters}) {{\n"

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("    }", "    public static void main(String[] args) {")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if problem.returns in _PRIMITIVES:
            return methods.short_enough(f"    assert({call} == {expected});")
        return methods.short_enough(f"    assert({call}.equals({expected}));")

    def grouped(self, checks: Sequence[str]) -> Sequence[str]:
        """See ``Target``."""
        return methods.grouped(
            checks, "    class Checks{number} {{ void run() {{", "    }} }} new Checks{number}().run();"
        )

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        self.must_be_number(problem)
        return f"    assert(Math.abs({call} - {expected}) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "        throw new UnsupportedOperationException();"

    def widened(self, value: int) -> str:
        """See ``Jvm``."""
        return f"(float){self.integer(value)}"

    def whole(self, value: Value, type_: Type) -> str:
        """See ``Target``."""
        if value == {} and isinstance(type_, DictOf):
            return f"(new {self.type_name(type_)}())"
        return super().whole(value, type_)

    def sequence(self, items: Sequence[str], item: Type, each: Type) -> str:
        """See ``Jvm``."""
        # an optional or an Object inside is inferred, where a cast would find another type
        inferred = any(part is Scalar.ANY or isinstance(part, OptionalOf | UnionOf) for part in parts(each))
        cast = "" if inferred else f"({self.type_name(each, _PRIMITIVES)})"
        return (
            f"new ArrayList<{self.type_name(item)}>(Arrays.asList({', '.join(cast + one for one in items)}))"
        )

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"new HashSet<{self.type_name(item)}>(Arrays.asList({', '.join(items)}))"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        name = self.type_name(TupleOf(tuple(types))).partition("<")[0]
        return f"{name}.with({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        if len(pairs) > _MAP_OF:
            entries = ", ".join(f"Map.entry({each.key}, {each.value})" for each in pairs)
            return f"new {self.type_name(DictOf(key, value))}(Map.ofEntries({entries}))"
        entries = ", ".join(f"{each.key}, {each.value}" for each in pairs)
        return f"new {self.type_name(DictOf(key, value))}(Map.of({entries}))"

    def some(self, source: str, item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"Optional.of({source})"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        return self.literal(value, options[chosen(value, options)])

"""D. Source: MultiPL-E's published rows ``*-d``.

Dictionaries are nullable associative arrays, empty ones null, as in the rows. Those compare a ``float`` with
a ``double`` that no ``float`` equals; here such a number is written as a ``float``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from codeeval.translators.literals import Literals, nearest_single
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target
from codeeval.translators.terms import Terms
from codeeval.translators.types import (
    DictOf,
    ListOf,
    OptionalOf,
    Scalar,
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

_SCALARS = {Scalar.INT: "long", Scalar.FLOAT: "float", Scalar.BOOL: "bool", Scalar.STR: "string"}
_KEYWORDS: Final = (
    *("abstract", "alias", "align", "auto", "body", "bool", "byte", "case", "cast", "catch", "char", "const"),
    *("dchar", "debug", "default", "delegate", "delete", "deprecated", "do", "double", "enum", "export"),
    *("extern", "false", "final", "float", "foreach", "function", "goto", "immutable", "inout", "int"),
    *("interface", "invariant", "lazy", "long", "macro", "mixin", "module", "new", "null", "out", "override"),
    *("package", "pragma", "private", "protected", "public", "real", "ref", "scope", "shared", "short"),
    *("static", "struct", "super", "switch", "synchronized", "template", "this", "throw", "true", "typeof"),
    *("ubyte", "uint", "ulong", "union", "unittest", "ushort", "version", "void", "wchar"),
)
_NOT_IN_SOURCE = (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
"""Ends of lines, and characters that change the direction of text."""
_ESCAPES = str.maketrans(
    {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160), *_NOT_IN_SOURCE)}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)


class D(Target):
    """Problems in D."""

    suffix = "d"
    language = "d"
    terms = Terms("array", "array", "tuple", "associative array", "null", "true", "false")
    stop = ("\n\n", "\nvoid", "\nbool", "\nint")
    single = True
    exact: ClassVar[bool] = False
    """Whether literals spell out their types, where none is expected of them."""
    compared: ClassVar[bool] = False
    """Whether the literals' types follow from what they are compared with."""

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"{self.type_name(item)}[]"
            case OptionalOf(item):
                return f"Nullable!({self.type_name(item)})"
            case DictOf(Scalar.ANY, _):
                return "Nullable!(long[long])"  # an empty one: its types are unknown
            case DictOf(key, value) if Scalar.FLOAT not in parts(key):
                return f"Nullable!({self.type_name(value)}[{self.type_name(key)}])"
            case TupleOf(items):
                return f"Tuple!({', '.join(map(self.type_name, items))})"
            case Scalar.ANY | UnionOf():
                return "Variant"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        parameters = ", ".join(
            f"{self.type_name(each.type)} {each.name}{'_' * (each.name in _KEYWORDS)}"
            for each in problem.parameters
        )
        head = f"{self.type_name(problem.returns)} {problem.entry_point}({parameters}) \n"
        variants = "import std.variant;\n" if "Variant" in head else ""
        if "\n" not in description:  # MBPP's, which rows have with a tab
            description = f"\t{description}"
        lines = [line for line in description.replace("*/", "* /").split("\n") if line.strip()]
        comment = "\n".join(
            line.lstrip() if line.lstrip().startswith(">>>") else line.removeprefix("    ") for line in lines
        )
        return f"import std.math;\nimport std.typecons;\n{variants}/*\n{comment}\n*/\n{head}"

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return ("unittest", "{", f"    alias candidate = {problem.entry_point};", "")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "void main(){}")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if not isinstance(problem.returns, DictOf | OptionalOf):
            return f"    assert({call} == {expected});"
        nothing = expected == self.nothing_of(problem.returns)
        value = expected.removesuffix(".nullable")
        holds = "result.isNull" if nothing else f"!result.isNull && result.get == {value}"
        return f"{{\n        auto result = {call};\n        assert({holds});\n}}\n"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert(fabs({call} - ({expected})) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return '{\n    throw new Exception("unimplemented");\n}'

    def expected(self, problem: PythonProblem, value: Value) -> str:
        """See ``Target``: of a nullable result, what is in it."""
        match problem.returns:
            case OptionalOf(item) if value is not None:
                type_ = item
            case _:
                type_ = problem.returns
        return (_Exact() if _rounded(value) else _Result()).literal(value, type_)

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``: within tuples and dictionaries the types follow from the literals alone."""
        match value, type_:
            case int(), Scalar.FLOAT if type(value) is int and not self.exact and abs(value) < 2**63:
                return self.integer(value)
            case ((list() | tuple()), ListOf(Scalar.FLOAT)):
                value = [float(each) if type(each) is int and abs(each) < 2**63 else each for each in value]
            case ((bool() | int() | float() | str()), (Scalar.ANY | UnionOf())):
                return f"Variant({Literals.literal(_Exact(), value, Scalar.ANY)})"
            case _, Scalar.ANY | UnionOf():
                raise Untranslatable(f"{value!r} where the type is {named(type_)}")
            case _:
                pass
        spelled_out = isinstance(type_, DictOf) or (
            (isinstance(type_, TupleOf | OptionalOf) or (isinstance(type_, ListOf) and bool(value)))
            and not (self.compared and isinstance(type_, TupleOf))
            and any(isinstance(each, TupleOf | OptionalOf | DictOf) for each in parts(type_))
        )
        return Literals.literal(_Exact() if spelled_out else self, value, type_)

    def nothing_of(self, type_: Type) -> str:
        """Return the null of a nullable type."""
        return f"{self.type_name(type_)}.init"

    def integer(self, value: int) -> str:
        """See ``Literals``: the least has no literal of its own."""
        return f"{value}L" if value > -(2**63) else "long.min"

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{value.translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        empty = f"cast({self.type_name(item)}[])[]"
        typed = any(not each.startswith(("[]", "cast(")) for each in items)
        written = [each if typed or each != "[]" else f"cast({self.type_name(item)})[]" for each in items]
        return f"[{', '.join(written)}]" if items or not self.exact else empty

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"tuple({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        if not pairs:
            return self.nothing_of(DictOf(key, value))
        if key is Scalar.ANY:
            raise Untranslatable("keys of any type")
        return f"[{', '.join(f'{each.key}: {each.value}' for each in pairs)}].nullable"

    def some(self, source: str, item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"nullable({source})"

    def nothing(self, item: Type) -> str:
        """See ``Literals``."""
        return self.nothing_of(OptionalOf(item))


class _Result(D):
    """Literals that something of their type is compared with."""

    compared = True


class _Exact(D):
    """Literals that spell out their types."""

    exact = True
    compared = False

    def real(self, value: float) -> str:
        return super().real(value) + "f"


def _rounded(value: Value) -> bool:
    """Return whether there is a number in a value that no ``float`` is."""
    match value:
        case float():
            return nearest_single(value) != value
        case list() | tuple() | set() | frozenset():
            return any(map(_rounded, value))
        case dict():
            return any(map(_rounded, value.values()))
        case _:
            return False

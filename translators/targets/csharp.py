"""C#. Source: MultiPL-E's published rows ``*-cs``.

The rows compare lists and dictionaries by reference, and tuples of optional numbers by their types, so that
no solution passes; there, and where ``null`` is compared, a method of the test class compares what is inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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

_PRIMITIVE: Final = (Scalar.INT, Scalar.FLOAT, Scalar.BOOL)
_SCALARS = {
    Scalar.INT: "long",
    Scalar.FLOAT: "float",
    Scalar.BOOL: "bool",
    Scalar.STR: "string",
    Scalar.ANY: "object",
    Scalar.NONE: "object",
}
_IMPORTS: Final = (
    *("System", "System.Numerics", "System.Diagnostics", "System.Collections.Generic", "System.Linq"),
    *("System.Text", "System.Security.Cryptography"),
)
_RENAMED = {
    "operator": "op",
    "strlen": "string_length",
    "string": "str",
    "base": "numBase",
    "decimal": "decimalNum",
}
_KEYWORDS: Final = (
    *("abstract", "bool", "byte", "case", "catch", "char", "checked", "const", "default", "delegate", "do"),
    *(
        "double",
        "enum",
        "event",
        "explicit",
        "extern",
        "fixed",
        "float",
        "foreach",
        "goto",
        "implicit",
        "int",
    ),
    *("interface", "internal", "lock", "long", "namespace", "new", "null", "object", "out", "override"),
    *("params", "private", "protected", "public", "readonly", "ref", "sbyte", "sealed", "short", "sizeof"),
    *("stackalloc", "static", "struct", "switch", "this", "throw", "typeof", "uint", "ulong", "unchecked"),
    *("unsafe", "ushort", "using", "virtual", "void", "volatile"),
)
_LARGEST_TUPLE: Final = 7
_SAME: Final = """\
    private static bool Same(object one, object other) {
        Func<object, object> plain = each =>
            each is int ? (object)(long)(int)each : each is double ? (object)(float)(double)each : each;
        Func<object, bool> tuple = each => each.GetType().Name.StartsWith("Tuple`");
        Func<object, bool> set = each => each.GetType().Name.StartsWith("HashSet`");
        Func<object, List<object>> items = each => tuple(each)
            ? each.GetType().GetProperties().Select(part => part.GetValue(each, null)).ToList()
            : ((System.Collections.IEnumerable)each).Cast<object>().ToList();
        if (one == null || other == null) return one == other;
        var map = one as System.Collections.IDictionary;
        var otherMap = other as System.Collections.IDictionary;
        if (map != null && otherMap != null) {
            return map.Count == otherMap.Count && map.Keys.Cast<object>().All(
                key => otherMap.Contains(key) && Same(map[key], otherMap[key]));
        }
        if (set(one) && set(other)) {
            return items(one).Count == items(other).Count && items(one).All(items(other).Contains);
        }
        bool inside = tuple(one) ? tuple(other) : one is System.Collections.IEnumerable && !(one is string)
            && other is System.Collections.IEnumerable && !(other is string);
        if (!inside) return plain(one).Equals(plain(other));
        return items(one).Count == items(other).Count && items(one).Zip(items(other), Same).All(same => same);
    }"""


class CSharp(Target):
    """Problems in C#."""

    suffix = "cs"
    language = "csharp"
    terms = Terms("list", "list", "tuple", "dictionary", "null", "true", "false")
    stop = ("\n    }\n",)
    none = "null"
    single = True

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar():
                return _SCALARS[type_]
            case UnionOf():
                return "object"
            case ListOf(item):
                return f"List<{self.type_name(item)}>"
            case OptionalOf(item):
                name = self.type_name(item)
                return f"Nullable<{name}>" if item in _PRIMITIVE else name
            case DictOf(key, value):
                return f"Dictionary<{self._key(key)},{self.type_name(value)}>"
            case SetOf(item):
                return f"HashSet<{self._key(item)}>"
            case TupleOf(items) if 0 < len(items) <= _LARGEST_TUPLE:
                return f"Tuple<{', '.join(map(self.type_name, items))}>"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _key(self, type_: Type) -> str:
        if Scalar.FLOAT in parts(type_):
            raise Untranslatable(f"keys of type {named(type_)}")
        return self.type_name(type_)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        names = [
            _RENAMED.get(each.name, "@" * (each.name in _KEYWORDS) + each.name) for each in problem.parameters
        ]
        parameters = ", ".join(
            f"{self.type_name(each.type)} {name}"
            for name, each in zip(names, problem.parameters, strict=True)
        )
        imports = "".join(f"using {name};\n" for name in _IMPORTS)
        head = (
            f"    public static {self.type_name(problem.returns)} {self.function(problem)}({parameters}) {{\n"
        )
        return f"{imports}class Problem {{\n{line_comments(description, '    //')}{head}"

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.helper(problem.entry_point)

    def helper(self, name: str) -> str:
        """See ``Target``: in camel case."""
        return "".join(part.title() for part in name.split("_"))

    def candidate(self, problem: PythonProblem) -> str:
        """See ``Target``: the rows call it by its name."""
        return self.function(problem)

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        same = () if self._equatable(problem.returns) else (_SAME,)
        return ("    }", *same, "    public static void Main(string[] args) {")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("    }\n", "}\n")

    def _equatable(self, type_: Type) -> bool:
        """Return whether ``Equals`` compares values of the type by what is in them."""
        match type_:
            case TupleOf(items):
                return all(each in (*_PRIMITIVE, Scalar.STR) for each in items)
            case OptionalOf(item):
                return item in (*_PRIMITIVE, Scalar.STR)
            case _:
                return type_ in (*_PRIMITIVE, Scalar.STR)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if problem.returns in _PRIMITIVE:
            return f"    Debug.Assert({call} == {expected});"
        if expected == self.none and problem.returns == OptionalOf(Scalar.STR):
            return f"    Debug.Assert({call} == null);"
        if self._equatable(problem.returns):
            return f"    Debug.Assert({call}.Equals({expected}));"
        return f"    Debug.Assert(Same({call}, {expected}));"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    Debug.Assert(Math.Abs({call} - {expected}) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "        throw new NotImplementedException();"

    def whole(self, value: Value, type_: Type) -> str:
        """Return an argument or result: in brackets, but for those that may be ``null``."""
        source = self.literal(value, type_)
        match type_:
            case OptionalOf(item) if item in _PRIMITIVE or value is None:
                return source
            case UnionOf():
                return source
            case TupleOf(items) if any(isinstance(each, OptionalOf) for each in items):
                return source
            case Scalar.FLOAT if type(value) is int:
                return f"(float){self.integer(value)}"
            case _:
                return f"({source})"

    def integer(self, value: int) -> str:
        """See ``Literals``."""
        return f"{value}L"

    def real(self, value: float) -> str:
        """See ``Literals``: mcs takes a negative zero in an array for the zero that is there without it."""
        if repr(value) == "-0.0":
            return "BitConverter.ToSingle(BitConverter.GetBytes(int.MinValue), 0)"
        return super().real(value) + "f"

    def string(self, value: str) -> str:
        """See ``Literals``: what is not ASCII is escaped, so that no setting of the compiler matters."""
        return f'"{"".join(map(_escaped, value))}"'

    def _cast(self, type_: Type, source: str) -> str:
        signed = source[0] == "-" and isinstance(type_, OptionalOf)  # as if something were subtracted
        return f"({self.type_name(type_)}){f'({source})' if signed else source}"

    def _array(self, items: Sequence[str], item: Type) -> str:
        name = self.type_name(item)
        each = items if name == "object" else [self._cast(item, one) for one in items]
        return f"new {name}[]{{{', '.join(each)}}}" if items else ""

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"new {self.type_name(ListOf(item))}({self._array(items, item)})"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        name = self.type_name(TupleOf(tuple(types)))
        exact = any(isinstance(each, OptionalOf) or self.type_name(each) == "object" for each in types)
        return f"{f'new {name}' if exact else 'Tuple.Create'}({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        items = ", ".join(f"{{{each.key}, {each.value}}}" for each in pairs)
        return f"new {self.type_name(DictOf(key, value))}(){f'{{{items}}}' if pairs else ''}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"new {self.type_name(SetOf(item))}({self._array(items, item)})"

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        del options
        return self.literal(value, Scalar.ANY)


def _escaped(character: str) -> str:
    known = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    code = ord(character)
    if character in known:
        return known[character]
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return character if 32 <= code < 127 else f"\\u{code:04x}"

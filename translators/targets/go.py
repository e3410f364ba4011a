"""Go. Source: MultiPL-E's published rows ``*-go``.

Go has no tuples: they are slices of anything, which may hold ``nil`` too. Optional types and unions are
anything as well. The rows compare what ``%v`` prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, Type, UnionOf, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Value

_ANY = "interface{}"
_SCALARS = {
    Scalar.INT: "int",
    Scalar.FLOAT: "float64",
    Scalar.BOOL: "bool",
    Scalar.STR: "string",
    Scalar.ANY: _ANY,
}
_RENAMED = {"string": "myString", "int": "myInt", "float": "myFloat", "bool": "myBool"}
_KEYWORDS: Final = (
    *("break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func"),
    *("go", "goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct"),
    *("switch", "type", "var"),
)
_ESCAPES = str.maketrans(
    {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160), 0xFEFF)}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)


class Go(Target):
    """Problems in Go."""

    suffix = "go"
    language = "go"
    row_language = "go_test.go"
    terms = Terms("list", "list", "list", "map", "nil", "true", "false")
    stop = ("\nfunc", "struct", "\n// ")
    none = "nil"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"[]{self.type_name(item)}"
            case TupleOf():
                return f"[]{_ANY}"
            case OptionalOf() | UnionOf():
                return _ANY
            case DictOf(Scalar() as key, value):
                return f"map[{self.type_name(key)}]{self.type_name(value)}"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        names = [_RENAMED.get(each.name, each.name) for each in problem.parameters]
        parameters = ", ".join(
            f"{name}{'_' * (name in _KEYWORDS)} {self.type_name(each.type)}"
            for name, each in zip(names, problem.parameters, strict=True)
        )
        head = f'package {problem.entry_point}_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\n'
        function = f"func {problem.entry_point}({parameters}) {self.type_name(problem.returns)} {{\n"
        return head + line_comments(description, "//") + function

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return (
            f"func Test{problem.entry_point.title()}(t *testing.T) {{",
            f"  candidate := {problem.entry_point}",
            "\ttype test struct {",
            f"\t\tactual   {_ANY}",
            f"\t\texpected {_ANY}",
            "\t}",
            "   tests := []test{",
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return (
            "   }\n",
            "\tfor i, tc := range tests {",
            '\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {',
            '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {',
            "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)",
            "\t\t\t}",
            "\t\t})",
            "\t}",
            "}\n",
        )

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"     {{ actual: {call}, expected: {expected} }},"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        near = f"a - ({expected}) < {tolerance} && ({expected}) - a < {tolerance}"
        return self.check(problem, f"func(a float64) bool {{ return {near} }}({call})", "true")

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    panic(42)\n}"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``: Go infers whether a constant is a float, except in lists of floats."""
        match value, type_:
            case int(), Scalar.FLOAT if type(value) is int and abs(value) < 2**63:
                return self.integer(value)
            case ((list() | tuple()), ListOf(Scalar.FLOAT)):
                value = [float(each) if type(each) is int and abs(each) < 2**63 else each for each in value]
            case _:
                pass
        return super().literal(value, type_)

    def shown(self, value: Value, type_: Type) -> str:
        """See ``Target``: a doctest may give an argument that its type does not take."""
        try:
            return self.literal(value, type_)
        except Untranslatable:
            return self.literal(value, Scalar.ANY)

    def real(self, value: float) -> str:
        """See ``Literals``: a constant has no negative zero."""
        if repr(value) == "-0.0":
            return "func() float64 { zero := 0.0; return -zero }()"
        return super().real(value)

    def union(self, value: Value, options: Sequence[Type]) -> str:
        """See ``Literals``."""
        del options
        return self.literal(value, Scalar.ANY)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{value.translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return f"[]{self.type_name(item)}{{{', '.join(items)}}}"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"[]{_ANY}{{{', '.join(items)}}}"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        return f"{self.type_name(DictOf(key, value))}{{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"

"""JavaScript. Source: MultiPL-E's published rows ``*-js``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import double, safe, same_kind, whole_numbers
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms
from codeeval.translators.types import Scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Type

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RESERVED: Final = (
    "arguments await break case catch class const continue debugger default delete do else enum eval "
    "export extends false finally for function if implements import in instanceof interface let new null "
    "package private protected public return static super switch this throw true try typeof var void "
    "while with yield"
)


class JavaScript(Target):
    """Problems in JavaScript."""

    suffix = "js"
    language = "javascript"
    terms = Terms("array", "array", "array", "object", "undefined", "true", "false")
    stop: ClassVar[tuple[str, ...]] = ("\nfunction ", "\n/*", "\n//", "\nconsole.log")
    typed = False
    none = "undefined"
    most_int = None
    taken: ClassVar[str] = "assert candidate require test"
    """Names that no function of the program can have besides."""

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return safe(problem.entry_point, _RESERVED, self.taken)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        return (
            self.comment(description) + f"function {self.function(problem)}({self.parameters(problem)}){{\n"
        )

    def comment(self, description: str) -> str:
        """Return a description as a comment; its first line has no space before it."""
        return line_comments(description, "//").replace(" ", "", 1)

    def parameters(self, problem: PythonProblem) -> str:
        """Return what stands between the parentheses."""
        return ", ".join(safe(each.name, _RESERVED) for each in problem.parameters)

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        require = "const assert = require('node:assert');\n"
        return (require, "", "function test() {", f"  let candidate = {self.function(problem)};")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "", "test();")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"  assert.deepEqual({call},{expected});"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"  assert(Math.abs({call} - {expected}) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "  throw new Error('not written');\n}"

    def integer(self, value: int) -> str:
        """See ``Literals``."""
        return double(value)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{escaped(value, _ESCAPES, _code)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"[{', '.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"[{', '.join(items)}]"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        del value
        same_kind(pairs, key)
        return f"{{{', '.join(f'{_property(each.key, key)}: {each.value}' for each in pairs)}}}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"new Set([{', '.join(items)}])"


def _code(code: int) -> str:
    if code > 0xFFFF:
        return f"\\u{{{code:x}}}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


def _property(key: str, type_: Type) -> str:
    """Return a key as an object's property: what is no plain name or number is computed."""
    if key in ("undefined", "-0.0") or (key[:1] in ("{", "n") and type_ is not Scalar.STR):
        raise Untranslatable(f"a dictionary with the key {key}")
    if key[:1] == "[" and whole_numbers(key, type_) is None:
        raise Untranslatable("a dictionary with keys that are lists or tuples of anything")
    return f"[{key}]" if key[:1] in ("-", "[") or key == '"__proto__"' else key

"""Perl. Source: MultiPL-E's published rows ``*-pl``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import safe, same_kind, whole_numbers, without_sets
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms
from codeeval.translators.types import Scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Type

_ESCAPES: Final = {each: f"\\{each}" for each in '"\\$@'} | {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RESERVED: Final = (
    "AUTOLOAD BEGIN CHECK DESTROY END INIT Isa UNITCHECK all any array array_each arraylength bag blessed "
    "bool code eq_deeply hash hash_each hashkeys ignore isa listmethods m methods noclass none noneof num "
    "obj_isa q qq qr qw qx re reftype regexponly s scalref set shallow str testhumaneval tr useclass y"
)
"""Names that Perl parses as something else, blocks with a meaning, and what Test::Deep brings."""


class Perl(Target):
    """Problems in Perl."""

    suffix = "pl"
    language = "perl"
    terms = Terms("array", "array", "array", "hash", "undef", "1", "''")
    stop = ("\nsub", "\n#", "\n\n")
    typed = False
    none = "undef"
    true = "1"
    false = '""'

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return safe(problem.entry_point, _RESERVED)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        without_sets(problem)
        parameters = ", ".join(f"${safe(each.name, '_')}" for each in problem.parameters)
        head = f"sub {self.function(problem)} {{\n    my({parameters}) = @_;\n"
        return line_comments(description, "#") + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        candidate = f"    my $candidate = \\&{self.function(problem)};"
        return ("use Test::Deep;\n", "", "sub testhumaneval {", candidate)

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "", "testhumaneval();")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return _unless_exit(f"eq_deeply({call},{expected})")

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return _unless_exit(f"abs({call} - {expected}) < {tolerance}")

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    die 'not written';\n}"

    def candidate(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "$candidate->"

    def string(self, value: str) -> str:
        """See ``Literals``: source is bytes, so what is no ASCII is escaped."""
        return f'"{escaped(value, _ESCAPES, _code, _plain)}"'

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
        return f"{{{', '.join(f'{_key(each.key, key)} => {each.value}' for each in pairs)}}}"


def _unless_exit(condition: str) -> str:
    return f'        if({condition}) {{\n        print "ok!" }}else{{\n        exit 1;\n        }}'


def _code(code: int) -> str:
    return f"\\x{{{code:x}}}"


def _plain(character: str) -> bool:
    return " " <= character <= "~"


def _key(key: str, type_: Type) -> str:
    """Return a key: strings and integers are; a tuple of integers is written as by ``$hash{1, 2}``."""
    if key[:1] == "[" and (items := whole_numbers(key, type_)) is not None:
        return f"join($;, {', '.join(items)})"
    if key[:1] == '"' or key.lstrip("-").isdigit() or type_ is Scalar.BOOL:
        return key
    raise Untranslatable(f"a dictionary with the key {key}")

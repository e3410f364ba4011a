"""PHP. Source: MultiPL-E's published rows ``*-php``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import (
    expected_parts,
    ordered_keys,
    safe,
    same_kind,
    whole_numbers,
    without_sets,
)
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.targets.php_functions import FUNCTIONS
from codeeval.translators.terms import Terms
from codeeval.translators.types import Scalar, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Type

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RESERVED: Final = (
    "abstract and array as break callable candidate case catch class clone const continue declare default "
    "do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile enum eval exit "
    "extends final finally fn for foreach function global goto if implements include instanceof insteadof "
    "interface isset list match namespace new or print private protected public readonly require return "
    "static switch test throw trait try unset use var while xor yield"
)
_PLAIN: Final = """\
    $plain = function ($value) use (&$plain) {
        if (is_array($value)) { $value = array_map($plain, $value); ksort($value, SORT_STRING); }
        $whole = is_float($value) && abs($value) < 2 ** 53 && floor($value) === $value;
        return $whole ? (int) $value : $value;
    };"""
"""Values that are equal in Python made identical; without it right answers fail, as in published rows."""
_LEAST: Final = -(2**63)


class Php(Target):
    """Problems in PHP."""

    suffix = "php"
    language = "php"
    terms = Terms("array", "array", "array", "array", "null", "true", "false")
    stop = ("\nfunction", "\n?>", "\n//", "\n#")
    typed = False
    none = "null"

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``: PHP's own functions cannot be defined again."""
        name = problem.entry_point
        return name if safe(name.lower(), FUNCTIONS, _RESERVED) == name.lower() else f"{name}_"

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        without_sets(problem)
        parameters = ", ".join(f"${safe(each.name, 'this')}" for each in problem.parameters)
        head = f"function {self.function(problem)}({parameters}) {{\n"
        return f"<?php\n{line_comments(description, '//')}{head}"

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        passed_on = f"    return {self.function(problem)}(...$args);"
        frame = ("function candidate(...$args) {", passed_on, "}", "", "function test(): void {")
        return (*frame, _PLAIN) if _loose(problem) else frame

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "", "test();")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``: in dictionaries order is nothing, and a float may be a whole number."""
        if _loose(problem):
            call, expected = f"$plain({call})", f"$plain({expected})"
        return f'    if ({call} !== {expected}) {{ throw new Exception("Test failed!"); }}'

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        condition = f"!(abs({call} - {expected}) < {tolerance})"
        return f'    if ({condition}) {{ throw new Exception("Test failed!"); }}'

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return '    throw new Exception("not written");\n}'

    def integer(self, value: int) -> str:
        """See ``Literals``: the least integer's digits would be a float's."""
        return "PHP_INT_MIN" if value == _LEAST else repr(value)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{escaped(value, _ESCAPES, _code)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"array({', '.join(items)})"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"array({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        del value
        same_kind(pairs, key)
        return f"array({', '.join(f'{_key(each.key, key)} => {each.value}' for each in pairs)})"


def _loose(problem: PythonProblem) -> bool:
    """Whether a value may be equal to a result, as Python has it, and not identical to it."""
    whole = any(each % 1 == 0 for each in expected_parts(problem) if isinstance(each, int | float))
    return ordered_keys(problem) or (whole and Scalar.FLOAT in parts(problem.returns))


def _code(code: int) -> str:
    return f"\\u{{{code:x}}}" if code > 0x7F else f"\\x{code:02x}"


def _key(key: str, type_: Type) -> str:
    """Return a key: strings and integers are; a tuple of integers is written as ``implode`` would."""
    if key.startswith("array(") and (items := whole_numbers(key, type_)) is not None:
        return f'"{",".join(items)}"'
    if key[:1] == '"' or key.lstrip("-").isdigit() or key == "PHP_INT_MIN" or type_ is Scalar.BOOL:
        return key
    raise Untranslatable(f"a dictionary with the key {key}")

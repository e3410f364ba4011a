"""R. Source: MultiPL-E's published rows ``*-r``."""

from __future__ import annotations

import sys
from decimal import Decimal
from fractions import Fraction
from math import nextafter
from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import (
    double,
    indented_comments,
    ordered_keys,
    quoted_like_python,
    safe,
    same_kind,
    whole_numbers,
    without_sets,
)
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target
from codeeval.translators.terms import Terms
from codeeval.translators.types import Scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Type

_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RESERVED: Final = "FALSE Inf NA NULL NaN TRUE break else for function if in next repeat while"
_BY_NAME: Final = """\
    by_name <- function(x) {
        if (is.list(x)) lapply(if (is.null(names(x))) x else x[order(names(x))], by_name) else x
    }"""
"""Lists that are equal as dictionaries made equal; without it right answers fail, as in published rows."""
_MOST: Final = sys.float_info.max
_EXACT_POWER: Final = 27
"""Powers of ten up to this one are exact in extended precision."""
_BITS: Final = {True: 63, False: 58}
"""How many are right in what R reads, before it is a double: where the power of ten is exact, or not."""


class R(Target):
    """Problems in R: what is of one kind is a vector, everything else a list, as published rows have it."""

    suffix = "r"
    language = "r"
    terms = Terms("vector", "list", "list", "named list", "NULL", "TRUE", "FALSE")
    stop = ("\n#", "\n```")
    typed = False
    none = "NULL"
    true = "TRUE"
    false = "FALSE"
    most_int = None

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return _name(safe(problem.entry_point, "candidate test_humaneval"))

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        without_sets(problem)
        parameters = ", ".join(_name(each.name) for each in problem.parameters)
        head = f"{self.function(problem)} <- function({parameters}) {{"
        return indented_comments(description, "#") + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        frame = ("test_humaneval <- function() {", f"    candidate <- {self.function(problem)}")
        return (*frame, _BY_NAME) if ordered_keys(problem) else frame

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "test_humaneval()")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``: in dictionaries order is nothing."""
        if ordered_keys(problem):
            call, expected = f"by_name({call})", f"by_name({expected})"
        return f"    stopifnot(isTRUE(all.equal({call}, {expected})))"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    stopifnot(isTRUE(abs({call} - {expected}) < {tolerance}))"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "\n    stop('not written')\n}"

    def integer(self, value: int) -> str:
        """See ``Literals``: numbers are doubles."""
        return double(value)

    def real(self, value: float) -> str:
        """See ``Literals``: in hexadecimal where R could read the decimal digits as a neighbour."""
        source = super().real(value)
        return source if _read_right(value, source) else value.hex()

    def string(self, value: str) -> str:
        """See ``Literals``: source may be read in a locale without UTF-8."""
        if "\0" in value:
            raise Untranslatable("a string with the character NUL")
        return quoted_like_python(value, lambda text: escaped(text, _ESCAPES, _code, _plain))

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return _combined(items)

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return _combined(items)

    def some(self, source: str, item: Type) -> str:
        """See ``Literals``."""
        del item
        if source == "c()":
            raise Untranslatable("an empty list where None may be: both are NULL")
        return source

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        del value
        same_kind(pairs, key)
        names = [_tag(each.key, key) for each in pairs]
        if any(name == "''" or "\\u" in name for name in names):  # no tags: they are in the locale's encoding
            return f"setNames(list({', '.join(each.value for each in pairs)}), c({', '.join(names)}))"
        tagged = zip(names, (each.value for each in pairs), strict=True)
        return f"list({', '.join(f'{name} = {value}' for name, value in tagged)})"


def _name(name: str) -> str:
    return f"`{name}`" if name.startswith("_") else safe(name, _RESERVED)


def _combined(items: Sequence[str]) -> str:
    """Return a vector where all items are single values of one kind, else a list."""
    kinds = {_kind(each) for each in items}
    return f"{'list' if len(kinds) > 1 or 'other' in kinds else 'c'}({', '.join(items)})"


def _kind(source: str) -> str:
    if source[:1] in ("'", '"'):
        return "string"
    if source in ("TRUE", "FALSE"):
        return "boolean"
    return "numeric" if source.lstrip("-")[:1].isdigit() else "other"


def _code(code: int) -> str:
    return f"\\U{{{code:x}}}" if code > 0xFFFF else f"\\u{{{code:x}}}"


def _plain(character: str) -> bool:
    return " " <= character <= "~"


def _read_right(value: float, source: str) -> bool:
    """Whether R, which scales by a power of ten in extended precision, reads this number."""
    if value == 0:
        return True
    if abs(value) < sys.float_info.min:
        return False
    shown, exact = Fraction(source), Fraction(value)
    power = Decimal(source).as_tuple().exponent
    error = abs(exact) / 2 ** _BITS[isinstance(power, int) and abs(power) <= _EXACT_POWER]
    return all(abs(shown - (exact + Fraction(nextafter(value, way))) / 2) > error for way in (_MOST, -_MOST))


def _tag(key: str, type_: Type) -> str:
    """Return a name, which is a string; a tuple of integers is written as ``paste`` with commas would."""
    if key[:1] in ("'", '"'):
        return key
    if key.startswith("c(") and (items := whole_numbers(key, type_)) is not None:
        return f"'{','.join(items)}'"
    if key.lstrip("-").isdigit() or type_ is Scalar.BOOL:
        return f"'{key}'"
    raise Untranslatable(f"a dictionary with the key {key}")

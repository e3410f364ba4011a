"""Racket. Source: MultiPL-E's published rows ``*-rkt``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, outdented
from codeeval.translators.terms import Terms
from codeeval.translators.types import OptionalOf, Scalar, Type, UnionOf, Value, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_RAW: Final = (9, 10)
"""Tab and newline stand in strings as they are."""
_ESCAPES: Final = str.maketrans(
    {code: f"\\u{code:04x}" for code in (*range(32), 0x7F) if code not in _RAW}
    | {"\\": "\\\\", '"': '\\"', "\r": "\\r"}
)
_TOLERANCE: Final = "0.001"


class Racket(Target):
    """Problems in Racket, where ``None`` is ``#f``."""

    suffix = "rkt"
    language = "racket"
    terms = Terms("list", "list", "list", "hash", "#f", "#t", "#f")
    stop = ("\n(define ", "\n#|", "\n;", "\n(")
    typed = False
    none = "#f"
    true = "#t"
    false = "#f"
    most_int = None

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        comment = outdented(description).strip().replace("\n", "\n;; ")
        head = " ".join((problem.entry_point, *(each.name for each in problem.parameters)))
        return f"#lang racket\n\n;; {comment}\n(define ({head})\n"

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return (
            "(require rackunit)",
            "",
            "(define (test-humaneval) \n",
            f"  (let (( candidate {problem.entry_point}))",
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("))", "", "(test-humaneval)")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        return self.close(problem, call, expected, _TOLERANCE)

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    (check-within {call} {expected} {tolerance})"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return '  (error "unimplemented"))'

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return f"({name} {' '.join(arguments)})"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        match type_, value:
            case OptionalOf(item), False if _holds_false(item):
                raise Untranslatable("False where None may be: both are #f")
            case _:
                return super().literal(value, type_)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{value.translate(_ESCAPES)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"(list {' '.join(items)})"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"(list {' '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        del key, value
        if any(source.startswith("(") for each in pairs for source in each):  # #hash quotes what it holds
            return f"(hash {' '.join(source for each in pairs for source in each)})"
        return f"#hash({' '.join(f'({each.key} .  {each.value})' for each in pairs)})"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"(set {' '.join(items)})"


def _holds_false(type_: Type) -> bool:
    return any(
        part in (Scalar.BOOL, Scalar.ANY)
        for part in (parts(type_) if isinstance(type_, UnionOf) else (type_,))
    )

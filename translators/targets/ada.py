"""Ada 2022.

Source: MultiPL-E, dataset_builder/humaneval_to_ada.py, for the form. Not as there, because it does not
compile or would be wrong: ``Float`` has half of the digits of Python's, so it is ``Long_Float``; integers
are ``Long_Long_Integer`` where a test has one that needs it; a tuple of one item, control characters and
negative zero are written so that they mean what they do in Python; other text is UTF-8; any tuple may be a
key.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.identifiers import distinct, words
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.targets.ada_types import Declared
from codeeval.translators.terms import Terms
from codeeval.translators.types import Scalar, TupleOf, Type, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_RESERVED: Final = words(
    """abort abs abstract accept access aliased all and array at begin body case constant declare delay
    delta digits do else elsif end entry exception exit for function generic goto if in interface is
    limited loop mod new not null of or others out overriding package parallel pragma private
    procedure protected raise range record rem renames requeue return reverse select separate some
    subtype synchronized tagged task terminate then type until use when while with xor boolean
    integer short_short_integer short_integer long_integer long_long_integer short_float float
    long_float long_long_float string wide_string duration"""
)
_PIECES: Final = re.compile(r"[ -~]+|[^ -~]")
_INTEGER_END: Final = 2**31
_INDENT: Final = "   "


class Ada(Target):
    """Problems in Ada."""

    suffix = "adb"
    language = "ada"
    terms = Terms("array", "Vector", "record", "Map", "null", "True", "False")
    stop = (f"\n{_INDENT}end ",)
    true = "True"
    false = "False"

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.helper(problem.entry_point)

    def helper(self, name: str) -> str:
        """See ``Target``."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()
        bare = re.sub("_+", "_", snake).strip("_") or "x"
        return (f"my_{bare}" if bare in _RESERVED or not bare[0].isalpha() else bare).title()

    def candidate(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "Candidate"

    def _head(self, problem: PythonProblem, function: str) -> tuple[str, Declared]:
        """Return the function's head under a name, and the types that it needs."""
        declared = Declared(_integer(problem))
        names = [self.helper(each.name) for each in problem.parameters]
        names = distinct(names, [self.function(problem)], fold_case=True, mark="_2")
        given = "; ".join(
            f"{name} : {declared.name(each.type, top=True)}"
            for name, each in zip(names, problem.parameters, strict=True)
        )
        head = f"function {function}{f' ({given})' if given else ''}"
        return f"{head} return {declared.name(problem.returns, top=True)}", declared

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        head, declared = self._head(problem, self.function(problem))
        context = "\n".join(["pragma Ada_2022;", *declared.withs])
        declarations = "".join(f"{_INDENT}{each}\n" for each in declared.declarations)
        return (
            f"{context}\n\npackage Placeholder is\n{declarations}{_INDENT}{head};\n"
            f"{line_comments(description, f'{_INDENT}--')}\nend Placeholder;\n\n"
            f"{context}\n\npackage body Placeholder is\n{_INDENT}{head}"
        )

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        head, declared = self._head(problem, "Candidate")
        function = self.function(problem)
        return (
            *("", f"{_INDENT}end {function};", "", "end Placeholder;", ""),
            *("pragma Ada_2022;", *declared.withs, "with Placeholder; use Placeholder;", ""),
            *("procedure Main is", "", *(f"{_INDENT}{each}" for each in declared.uses), ""),
            *(f"{_INDENT}{head} renames Placeholder.{function};", "", "begin"),
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("end Main;",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"{_INDENT}pragma Assert ({call} = {expected});"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"{_INDENT}pragma Assert (abs ({call} - ({expected})) < {tolerance});"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return f' is\n{_INDENT}begin\n{_INDENT * 2}return raise Program_Error with "stub";'

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return f"{name} ({', '.join(arguments)})" if arguments else name

    def real(self, value: float) -> str:
        """See ``Target``."""
        if value == 0 and math.copysign(1.0, value) < 0:
            return "Long_Float'Copy_Sign (0.0, -1.0)"
        number, exponent, power = super().real(value).partition("e")
        return f"{number}{'' if '.' in number else '.0'}{exponent}{power}"

    def string(self, value: str) -> str:
        """See ``Target``."""
        octets = value.encode().decode("latin-1")
        pieces = [_piece(each) for each in _PIECES.findall(octets)] or ['""']
        if len(pieces) > 1:
            return f"({' & '.join(pieces)})"
        return pieces[0] if pieces[0].startswith('"') else f'("" & {pieces[0]})'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        return f"[{', '.join(_within(each, item) for each in items)}]"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        return self.list_of(items, item)

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        if not items:
            raise Untranslatable("a tuple of nothing")
        inner = [_within(*each) for each in zip(items, types, strict=True)]
        return f"({', '.join(inner)})" if len(inner) > 1 else f"(others => {inner[0]})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del value
        once = "for Once in 1 .. 1 use " if isinstance(key, TupleOf) else ""  # GNAT wants other keys static
        return f"[{', '.join(f'{once}{each.key} => {each.value}' for each in pairs)}]"

    def some(self, source: str, item: Type) -> str:
        """See ``Target``."""
        return f"(Valid => True, Value => {_within(source, item)})"

    def nothing(self, item: Type) -> str:
        """See ``Target``."""
        del item
        return "(Valid => False)"

    def null(self, type_: Type) -> str:
        """See ``Target``."""
        del type_
        raise Untranslatable("None where nothing is optional")


def _within(source: str, type_: Type) -> str:
    """Return a value's source within an array, vector, set or record, where strings have no bounds."""
    return f"To_Unbounded_String ({source})" if type_ is Scalar.STR else source


def _piece(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if " " <= text[0] <= "~" else f"Character'Val ({ord(text)})"


def _integer(problem: PythonProblem) -> str:
    """Return the type of integers: one that holds all that the tests have."""
    small = all(
        -_INTEGER_END <= each < _INTEGER_END
        for case in problem.cases
        for value in (*case.arguments, case.expected)
        for each in _integers(value)
    )
    return "Integer" if small else "Long_Long_Integer"


def _integers(value: Value) -> list[int]:
    match value:
        case int():
            return [value]
        case list() | tuple() | set() | frozenset():
            return [each for item in value for each in _integers(item)]
        case dict():
            return [each for pair in value.items() for each in _integers(pair)]
        case _:
            return []

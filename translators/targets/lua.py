"""Lua. Source: MultiPL-E's published rows ``*-lua``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import (
    indented_comments,
    quoted_like_python,
    safe,
    without_sets,
)
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target
from codeeval.translators.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.types import Type

_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RESERVED: Final = (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true "
    "until while"
)
_TAKEN: Final = "candidate lu os require test_humaneval"
_LEAST: Final = -(2**63)


class Lua(Target):
    """Problems in Lua.

    ``None`` is a global that nobody sets, and so nil: so are published rows. A table holds no nil: it can be
    an item of a tuple, whose length is known, but no list ends with it and no dictionary has it.
    """

    suffix = "lua"
    language = "lua"
    terms = Terms("table", "table", "table", "table", "nil", "true", "false")
    stop = ("\nlocal", "\nfunction", "\n--", "\n\n")
    typed = False

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return safe(problem.entry_point, _RESERVED, _TAKEN)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        without_sets(problem)
        parameters = ", ".join(safe(each.name, _RESERVED) for each in problem.parameters)
        return (
            indented_comments(description, "--") + f"local function {self.function(problem)}({parameters})\n"
        )

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        candidate = f"local candidate = {self.function(problem)}"
        return ("lu = require('luaunit')", "", "function test_humaneval()", candidate)

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("end", "", "os.exit(lu.LuaUnit.run())")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"    lu.assertEquals({call}, {expected})"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    lu.assertTrue(math.abs({call} - {expected}) < {tolerance})"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    error('not written')\nend"

    def integer(self, value: int) -> str:
        """See ``Literals``: the least integer's digits would be a float's."""
        return "math.mininteger" if value == _LEAST else repr(value)

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return quoted_like_python(value, lambda text: escaped(text, _ESCAPES, _code))

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        if items and items[-1] == self.none:
            raise Untranslatable("a list that ends with None")
        return f"{{{', '.join(items)}}}"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``."""
        del types
        return f"{{{', '.join(items)}}}"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``."""
        del key, value
        if any(self.none in each or each.key == "-0.0" for each in pairs):
            raise Untranslatable("a dictionary with None in it, or negative zero as a key")
        return f"{{{', '.join(f'[{each.key}] = {each.value}' for each in pairs)}}}"


def _code(code: int) -> str:
    return f"\\u{{{code:x}}}" if code > 0x7F else f"\\x{code:02x}"

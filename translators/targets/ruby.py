"""Ruby. Source: MultiPL-E's published rows ``*-rb``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import safe
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.problem import PythonProblem
    from codeeval.translators.types import Type

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INTERPOLATION: Final = re.compile(r"#(?=[{$@])")
_RESERVED: Final = (
    "BEGIN END alias and begin break case class def do else elsif end ensure false for if in module next "
    "nil not or redo rescue retry return self super then true undef unless until when while yield"
)
_METHODS: Final = (
    "attributes candidate clone data description display dup exit extend fail freeze hash initialize "
    "inspect itself lambda load method methods name notify p pp print proc putc puts raise require run "
    "send setup singleton_class size tap teardown test to_s"
)
"""Methods that every object or every test case has, and that tests cannot do without."""


class Ruby(Target):
    """Problems in Ruby."""

    suffix = "rb"
    language = "ruby"
    terms = Terms("array", "array", "array", "hash", "nil", "true", "false")
    stop = ("\nclass", "\ndef", "\n#", "\n\n")
    typed = False
    none = "nil"
    most_int = None

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return safe(problem.entry_point, _RESERVED, _METHODS)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``: a parameter cannot begin with a capital letter."""
        names: list[str] = []
        for each in problem.parameters:
            names.append(safe(each.name.lower(), _RESERVED, names))
        head = f"def {self.function(problem)}({', '.join(names)})\n"
        return line_comments(description, "#") + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return (
            "require 'test/unit'",
            "class TestHumanEval < Test::Unit::TestCase",
            f"  def test_{self.function(problem)}",
            f"    candidate = method(:{self.function(problem)})",
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("  end", "end", "")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert_equal({expected}, {call})"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert_in_delta({expected}, {call}, {tolerance})"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "  raise 'not written'\nend"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return f"{name}.call({', '.join(arguments)})"

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return '"' + _INTERPOLATION.sub(r"\#", escaped(value, _ESCAPES, _code)) + '"'

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
        del key, value
        return f"{{{', '.join(f'{each.key} => {each.value}' for each in pairs)}}}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        del item
        return f"Set[{', '.join(items)}]"


def _code(code: int) -> str:
    return f"\\u{{{code:x}}}" if code > 0x7F else f"\\x{code:02x}"

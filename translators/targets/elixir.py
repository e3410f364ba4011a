"""Elixir.

Source: MultiPL-E, dataset_builder/humaneval_to_elixir.py, for the form. Not as there, because it does not
compile or would be wrong: strings and floats are written as Elixir reads them, names may be neither
keywords nor capitalised, and a function that Kernel has too is called by its module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped, plain
from codeeval.translators.identifiers import distinct, lower, words
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.problem import PythonProblem
    from codeeval.translators.types import Type

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KEYWORDS: Final = words("after and catch do else end false fn in nil not or rescue true when")
_KERNEL: Final = words(
    """abs apply binding ceil dbg destructure div elem exit floor get_in hd if inspect length make_ref
    match max min node pop_in put_elem put_in raise rem reraise round self send spawn struct tap then
    throw tl to_charlist to_string trunc unless update_in use"""
)


class Elixir(Target):
    """Problems in Elixir."""

    suffix = "elixir"
    language = "elixir"
    terms = Terms("list", "list", "tuple", "map", "nil", "true", "false")
    stop = ("\ndefmodule", "\ndefp", "\ndef ", "\n#", "\n\n")
    typed = False
    none = "nil"
    most_int = None

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return distinct([lower(problem.entry_point)], {*_KEYWORDS, "candidate"})[0]

    def helper(self, name: str) -> str:
        """See ``Target``."""
        return lower(name)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        function = self.function(problem)
        module = "HumanEval." if function in _KERNEL else ""
        given = ", ".join(distinct((lower(each.name) for each in problem.parameters), _KEYWORDS))
        return (
            line_comments(description, "#")
            + "\ndefmodule HumanEval do\n"
            + f"  def candidate({given}), do: {module}{function}({given})\n"
            + f"  def {function}({given}) do\n    "
        )

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return (
            "ExUnit.start()",
            "defmodule HumanEvalTest do",
            "  use ExUnit.Case, async: true",
            f"  test '{self.function(problem)}' do",
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("  end", "end", "")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert {expected} == {call}"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert abs({call} - {expected}) < {tolerance}"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return 'raise "stub"\n  end\nend\n'

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return super().call(f"HumanEval.{name}", arguments)

    def real(self, value: float) -> str:
        """See ``Target``."""
        number, exponent, power = super().real(value).partition("e")
        return f"{number}{'' if '.' in number else '.0'}{exponent}{power.replace('+', '')}"

    def string(self, value: str) -> str:
        """See ``Target``."""
        return '"' + escaped(value, _ESCAPES, "\\u{{{:x}}}".format, plain).replace("#{", "\\#{") + '"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"[{', '.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        del types
        return f"{{{', '.join(items)}}}"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del key, value
        return f"%{{{', '.join(f'{each.key} => {each.value}' for each in pairs)}}}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"MapSet.new([{', '.join(items)}])"

r"""Bash. Source: MultiPL-E's published rows ``*-sh``.

Every value is one string. A list is its items with spaces between them, a list of lists has the two
characters ``\n`` between its lists, and a dictionary has them between pairs of a key, a comma and a value: so
are published rows, and the prompt's last lines state it. What that encoding cannot distinguish is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias, Union, cast

from codeeval.translators.escapes import escaped
from codeeval.translators.pieces import ordered_keys, safe, without_sets
from codeeval.translators.problem import Example, PythonProblem, Untranslatable
from codeeval.translators.target import Target, line_comments
from codeeval.translators.terms import Terms
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, Type, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_ESCAPES: Final = {each: f"\\{each}" for each in '"\\$`'}
_ANSI_ESCAPES: Final = {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RESERVED: Final = (
    "awk candidate case coproc do done elif else esac fi for function if in printf run_test select "
    "set sort then time until while"
)
_KINDS: Final = {
    Scalar.INT: "an integer",
    Scalar.FLOAT: "a floating point",
    Scalar.STR: "a string",
    Scalar.BOOL: "a $bool",
    Scalar.ANY: "a $Any",
}
"""A dollar sign where published rows have one."""
_Shown: TypeAlias = Union[str, list["_Shown"], dict[str, str]]  # noqa: UP007 -- names itself


class Bash(Target):
    """Problems in Bash."""

    suffix = "sh"
    language = "bash"
    terms = Terms("array", "list", "list", "CSV", "None", "true", "false")
    stop = ("\n}",)
    typed = False
    most_int = None

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return safe(problem.entry_point, _RESERVED)

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        without_sets(problem)
        kinds = [f"# ${i} is {_kind(each.type)}\n" for i, each in enumerate(problem.parameters, 1)]
        notes = "".join(["#\n", *kinds]) if kinds else ""
        return f"#!/bin/bash\n{line_comments(description, '#')}{notes}{self.function(problem)}() {{\n"

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        passed_on = f'    {self.function(problem)} "$@"'
        return ("}", "", "candidate() {", passed_on, "}", "", "set -e", "run_test() {")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("}", "", "run_test")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``: in a dictionary order is nothing; in published rows right answers fail for it."""
        if isinstance(problem.returns, DictOf) and ordered_keys(problem):
            lines = [f"$(printf '%b\\n' {text} | sort)" for text in (f'"{call}"', expected)]
            return f'    [[ {lines[0]} = "{lines[1]}" ]]'
        return f"    [[ {call} = {expected} ]]"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        number = expected.strip('"')
        near = f"a ~ /^[-+]?[.0-9]/ && a - {number} < {tolerance} && {number} - a < {tolerance}"
        return f"    awk -v a=\"{call}\" 'BEGIN {{ exit !({near}) }}'"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``: no test expects what it prints, while an empty answer might be right."""
        del problem
        return "    echo 'not written'\n    return 1"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return f"$({name} {' '.join(arguments)})"

    def expected(self, problem: PythonProblem, value: Value) -> str:
        """See ``Target``."""
        if isinstance(value, str) and value.endswith("\n"):
            raise Untranslatable("a result that ends with a newline, which $(...) takes away")
        return super().expected(problem, value)

    def example(self, problem: PythonProblem, example: Example) -> str:
        """See ``Target``: results with parts are shown as published rows show them."""
        name = self.function(problem) if example.name == problem.entry_point else example.name
        arguments = [self.literal(each, Scalar.ANY) for each in example.arguments]
        return f">>> {self.call(name, arguments)}\n    {self._shown(example.expected)}\n"

    def _shown(self, value: Value) -> _Shown:
        match value:
            case list() | tuple():
                return [self._shown(each) for each in value if _text(value) or not value]
            case dict():
                return {self.literal(k, Scalar.ANY): self.literal(v, Scalar.ANY) for k, v in value.items()}
            case _:
                return self.literal(value, Scalar.ANY)

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        if isinstance(type_, OptionalOf) and value == "None":
            raise Untranslatable("the string None where None may be")
        return super().literal(value, Scalar.STR) if isinstance(value, str) else f'"{_text(value)}"'

    def string(self, value: str) -> str:
        """See ``Literals``."""
        if "\0" in value:
            raise Untranslatable("a string with the character NUL")
        if value.isprintable():
            return f'"{escaped(value, _ESCAPES, _code)}"'
        return f"$'{escaped(value, _ANSI_ESCAPES, _code)}'"

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``: ``literal`` writes lists as a whole."""
        raise NotImplementedError

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Literals``: ``literal`` writes tuples as a whole."""
        raise NotImplementedError

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Literals``: ``literal`` writes dictionaries as a whole."""
        raise NotImplementedError


def _code(code: int) -> str:
    return "".join(f"\\x{byte:02x}" for byte in chr(code).encode())


def _kind(type_: Type) -> str:
    match type_:
        case ListOf(Scalar()) | TupleOf():
            return "a space-separated list"
        case ListOf():
            return "a newline-separated, space-separated list"
        case DictOf():
            return "a two column CSV in key,value order"
        case _:
            return _KINDS.get(type_, "an argument") if isinstance(type_, Scalar) else "an argument"


def _text(value: Value) -> str:
    """Return what stands between the quotes for a value, or for one that is part of another."""
    match value:
        case bool():
            return str(value).lower()
        case float() if not math.isfinite(value):
            raise Untranslatable(f"the number {value}")
        case None | int() | float():
            return repr(value)
        case str():
            return _item(value)
        case list() | tuple():
            return _list(value)
        case dict():
            if any(
                isinstance(each, list | tuple | dict) or "," in str(each)
                for pair in value.items()
                for each in pair
            ):
                raise Untranslatable("a dictionary with parts that no line of two columns can hold")
            return "\\n".join(f"{_text(k)},{_text(v)}" for k, v in value.items())
        case _:
            raise Untranslatable("a set")


def _item(value: str) -> str:
    if not value.isprintable() or " " in value or "\\n" in value:
        raise Untranslatable(f"a part with white space: {value!r}")
    return escaped(value, _ESCAPES, _code)


def _list(values: Sequence[Value]) -> str:
    """Return items as one string; what a tuple ends with may have parts of its own."""
    *before, last = values or [None]
    flat = before if isinstance(values, tuple) and not isinstance(last, str) else values
    if list(values) in ([""], [[]], [()]):
        raise Untranslatable("a list of one empty part")
    if not any(isinstance(each, list | tuple | dict | set) for each in flat):
        return " ".join(map(_text, values))
    if not all(isinstance(each, list | tuple) for each in values):
        raise Untranslatable("a list of values with and without parts")
    if any(isinstance(part, list | tuple | dict) for each in values for part in cast("list[Value]", each)):
        raise Untranslatable("lists of lists of lists")
    return "\\n".join(map(_text, values))

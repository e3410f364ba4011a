"""Prints values in Julia."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.julia import Julia

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
unit(code) = "\\u" * string(code, base = 16, pad = 4)

# One method for all types: a specialised one for each would take minutes to compile.
function json(@nospecialize(value))
    value === nothing && return "null"
    value isa String && return "\"" * join(map(unit, transcode(UInt16, value))) * "\""
    value isa Dict && return json(Any[Any[key, value[key]] for key in keys(value)])
    value isa Union{Vector, Tuple, Set} || return string(value)
    return "[" * join(String[json(each) for each in value], ",") * "]"
end
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line, and fails where one is of another type."""
    lines = "".join(f"println(json(({literal})::{Julia().type_name(type_)}))\n" for literal, type_ in values)
    return f"{_HEAD.lstrip()}{lines}"

"""Prints values in Julia."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.julia import Julia

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
json(value::Union{Bool, Int64, Float64}) = string(value)
json(::Nothing) = "null"
unit(code) = "\\u" * string(code, base = 16, pad = 4)
json(text::String) = "\"" * join(map(unit, transcode(UInt16, text))) * "\""
json(items::Union{Vector, Tuple, Set}) = "[" * join((json(each) for each in items), ",") * "]"
json(pairs::Dict) = "[" * join((json((key, value)) for (key, value) in pairs), ",") * "]"
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line, and fails where one is of another type."""
    lines = "".join(f"println(json(({literal})::{Julia().type_name(type_)}))\n" for literal, type_ in values)
    return f"{_HEAD.lstrip()}{lines}"

"""Prints the values of TypeScript literals as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from echo.javascript import HEAD
from echo.shown import printer

from codeeval.translators.targets.typescript import TypeScript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own, and has each checked against its type."""
    untyped = re.sub(r"\((\.\.\.)?(\w+)(, \w+)?\) =>", lambda found: _any(found[0]), HEAD)
    name = TypeScript().type_name
    return untyped + "".join(
        f"const value{i}: {name(type_)} = {source};\nconsole.log({printer(type_)}(value{i}));\n"
        for i, (source, type_) in enumerate(values)
    )


def _any(head: str) -> str:
    return re.sub(r"(\.\.\.)?(\w+)", lambda found: f"{found[0]}: {'any[]' if found[1] else 'any'}", head)

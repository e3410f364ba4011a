"""Prints values in Kotlin. It has never been run: there is no image here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.kotlin import Kotlin, tuple_class
from codeeval.translators.types import TupleOf, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
fun list(items: Iterable<Any?>): String = items.joinToString(",", "[", "]") { json(it) }

fun json(value: Any?): String = when (value) {
    null -> "null"
    is String -> value.map { "\\u%04x".format(it.code) }.joinToString("", "\"", "\"")
    is Pair<*, *> -> list(value.toList())
    is Triple<*, *, *> -> list(value.toList())
    is Map<*, *> -> list(value.entries.map { it.toPair() })
    is Iterable<*> -> list(value)
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line."""
    names = Kotlin()
    inner = [part for _, type_ in values for part in parts(type_)]
    sizes = sorted({len(part.items) for part in inner if isinstance(part, TupleOf)} - {2, 3})
    classes = "".join(map(tuple_class, sizes))
    cases = "".join(
        f"    is Tuple{size}<{', '.join('*' * size)}> -> "
        f"list(listOf({', '.join(f'value.item{at}' for at in range(1, size + 1))}))\n"
        for size in sizes
    )
    lines = "".join(
        f"fun value{number}(): {names.type_name(type_)} = {literal}\n"
        for number, (literal, type_) in enumerate(values)
    )
    calls = "".join(f"    println(json(value{number}()))\n" for number in range(len(values)))
    head = f"{classes}{_HEAD.lstrip()}{cases}    else -> value.toString()\n}}\n\n"
    return f"{head}{lines}\nfun main() {{\n{calls}}}\n"

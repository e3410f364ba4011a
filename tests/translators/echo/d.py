"""Prints the values of D literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.d import D

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

IDENTITY = "{\n    return value;\n}"
BATCH = 40
"""Templates take their time to compile."""
_HEAD = """\
import std.algorithm, std.array, std.conv, std.format, std.stdio, std.traits, std.typecons, std.utf;

string text(T)(T value) {
    static if (is(T == bool)) return value ? "true" : "false";
    else static if (is(T == long)) return value.to!string;
    else static if (is(T == float)) return format("%.9e", value);
    else static if (is(T == string))
        return "\\"" ~ value.toUTF16.byCodeUnit
            .map!(unit => format("\\\\u%04x", cast(int) unit)).join ~ "\\"";
    else static if (is(T : Nullable!(V[K]), V, K))
        return "[" ~ (value.isNull ? null : value.get).byKeyValue
            .map!(pair => "[" ~ text(pair.key) ~ "," ~ text(pair.value) ~ "]").join(",") ~ "]";
    else static if (isInstanceOf!(Nullable, T)) return value.isNull ? "null" : text(value.get);
    else static if (isTuple!T) {
        string[] parts;
        foreach (each; value) parts ~= text(each);
        return "[" ~ parts.join(",") ~ "]";
    }
    else return "[" ~ value.map!(each => text(each)).join(",") ~ "]";
}

void main() {
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    lines = "".join(
        f"    {{ {D().type_name(type_)} value = {source}; writeln(text(value)); }}\n"
        for source, type_ in values
    )
    return f"{_HEAD}{lines}}}\n"

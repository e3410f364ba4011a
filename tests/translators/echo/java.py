"""Prints values in Java."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.java import Java

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
import java.util.*;
import java.util.stream.*;
import org.javatuples.*;

class Problem {
    static String string(String text) {
        return text.chars().mapToObj(unit -> String.format("\\u%04x", unit))
            .collect(Collectors.joining("", "\"", "\""));
    }

    static String list(Stream<?> items) {
        return items.map(each -> json(each)).collect(Collectors.joining(",", "[", "]"));
    }

    static String json(Object value) {
        if (value instanceof Optional<?> inner) return inner.isPresent() ? json(inner.get()) : "null";
        if (value instanceof Float number) return Double.toString(number.doubleValue());
        if (value instanceof String text) return string(text);
        if (value instanceof Collection<?> items) return list(items.stream());
        if (value instanceof Tuple tuple) return list(tuple.toList().stream());
        if (value instanceof Map<?, ?> map)
            return list(map.entrySet().stream().map(each -> Pair.with(each.getKey(), each.getValue())));
        return value.toString();
    }
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line."""
    names = Java()
    functions = "".join(
        f"\n    static {names.type_name(type_)} value{number}() {{\n        return {literal};\n    }}\n"
        for number, (literal, type_) in enumerate(values)
    )
    calls = "".join(f"        System.out.println(json(value{number}()));\n" for number in range(len(values)))
    return f"{_HEAD.lstrip()}{functions}\n    public static void main(String[] args) {{\n{calls}    }}\n}}\n"

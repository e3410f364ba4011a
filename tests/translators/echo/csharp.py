"""Prints the values of C# literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

IDENTITY = "        return value;"
_HEAD = """\
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
class Problem {
    static string Text(object value) {
        if (value == null) return "null";
        if (value is bool) return (bool)value ? "true" : "false";
        if (value is string) {
            var units = ((string)value).Select(unit => "\\\\u" + ((int)unit).ToString("x4"));
            return "\\"" + string.Concat(units) + "\\"";
        }
        if (value is float) {
            var number = (float)value;
            return (number == 0 && 1 / number < 0 ? "-" : "") + ((double)number).ToString("E16");
        }
        if (value is IDictionary) {
            var pairs = ((IDictionary)value).Cast<object>().Select(pair =>
                Text(new[] { pair.GetType().GetProperty("Key").GetValue(pair, null),
                             pair.GetType().GetProperty("Value").GetValue(pair, null) }));
            return "[" + string.Join(",", pairs) + "]";
        }
        if (value.GetType().Name.StartsWith("Tuple`")) {
            return Text(value.GetType().GetProperties().Select(part => part.GetValue(value, null)));
        }
        if (!(value is IEnumerable)) return value.ToString();
        return "[" + string.Join(",", ((IEnumerable)value).Cast<object>().Select(Text)) + "]";
    }

    static void Main() {
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    lines = "".join(f"        Console.WriteLine(Text({source}));\n" for source, _ in values)
    return f"{_HEAD}{lines}    }}\n}}\n"

"""Prints the values of Go literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

IDENTITY = "    return value\n}"
_HEAD = """\
package main_test

import (
    "fmt"
    "reflect"
    "strconv"
    "strings"
    "testing"
    "unicode/utf16"
)

func text(value reflect.Value) string {
    parts := []string{}
    switch value.Kind() {
    case reflect.Invalid:
        return "null"
    case reflect.Interface:
        return text(value.Elem())
    case reflect.Float64:
        return strconv.FormatFloat(value.Float(), 'e', -1, 64)
    case reflect.String:
        for _, unit := range utf16.Encode([]rune(value.String())) {
            parts = append(parts, fmt.Sprintf("\\\\u%04x", unit))
        }
        return "\\"" + strings.Join(parts, "") + "\\""
    case reflect.Slice:
        for i := 0; i < value.Len(); i++ {
            parts = append(parts, text(value.Index(i)))
        }
    case reflect.Map:
        for _, key := range value.MapKeys() {
            parts = append(parts, "[" + text(key) + "," + text(value.MapIndex(key)) + "]")
        }
    default:
        return fmt.Sprint(value.Interface())
    }
    return "[" + strings.Join(parts, ",") + "]"
}

func show(value interface{}) {
    fmt.Println(text(reflect.ValueOf(value)))
}

"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own, and fails: go test shows nothing else."""
    lines = "".join(f"    show({source})\n" for source, _ in values)
    return f"{_HEAD}func TestIt(t *testing.T) {{\n{lines}    t.Fail()\n}}\n"

"""Prints the values of PHP literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo.shown import printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""<?php
declare(strict_types=1);
$show_int = fn(int $value) => (string) $value;
$show_float = fn(float $value) => var_export($value, true);
$show_bool = fn(bool $value) => var_export($value, true);
$show_str = fn(string $value) => json_encode($value, JSON_THROW_ON_ERROR);
function joined(array $parts) { return '[' . implode(',', $parts) . ']'; }
function show_list($item) { return fn(array $value) => joined(array_map($item, $value)); }
function show_tuple(...$items) {
    return fn(array $value) => joined(array_map(fn($item, $each) => $item($each), $items, $value));
}
function show_optional($item) { return fn($value) => $value === null ? 'null' : $item($value); }
function show_dict($key, $item) {
    return fn(array $value) => joined(array_map(
        fn($name) => '[' . of_key($key, $name) . ',' . $item($value[$name]) . ']', array_keys($value)));
}
function of_key($key, $name) {
    global $show_int, $show_bool, $show_str;
    return match ($key) {
        $show_int => $key($name), $show_bool => $key((bool) $name), $show_str => $key((string) $name),
        default => $key(array_map(intval(...), explode(',', $name))),
    };
}
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f'echo {printer(type_, "$")}({source}), "\\n";\n' for source, type_ in values)

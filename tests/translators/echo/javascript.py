"""Prints the values of JavaScript literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo.shown import printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

HEAD = r"""
const wrong = (value) => { throw new Error('not of its type: ' + String(value)); };
const show_int = (value) => BigInt(value).toString();
const show_float = (value) => {
  const text = Object.is(value, -0) ? '-0' : typeof value === 'number' ? String(value) : wrong(value);
  return /[.e]/.test(text) ? text : text + '.0';
};
const show_bool = (value) => value === true || value === false ? String(value) : wrong(value);
const show_str = (value) => typeof value === 'string' ? '"' + value.split('').map(
  (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')).join('') + '"' : wrong(value);
const joined = (parts) => '[' + parts.join(',') + ']';
const show_list = (item) => (value) => Array.isArray(value) ? joined(value.map(item)) : wrong(value);
const show_set = (item) => (value) => joined([...value].map(item));
const show_tuple = (...items) => (value) => joined(items.map((item, i) => item(value[i])));
const show_optional = (item) => (value) => value === undefined ? 'null' : item(value);
const of_key = new Map([
  [show_int, Number], [show_float, Number], [show_bool, (key) => key === 'true'], [show_str, (key) => key]]);
const show_dict = (key, item) => (value) => joined(Object.keys(value).map((name) => joined(
  [of_key.has(key) ? key(of_key.get(key)(name)) : key(name.split(',').map(Number)), item(value[name])])));
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return HEAD + "".join(f"console.log({printer(type_)}({source}));\n" for source, type_ in values)

"""Prints values in Dart, by their types: the fields of a record cannot be listed. It has never been run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.dart import Dart
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = r"""
String text(String value) =>
    '"${value.codeUnits.map((unit) => '\\u${unit.toRadixString(16).padLeft(4, '0')}').join()}"';
String array(Iterable<String> items) => '[${items.join(',')}]';
"""


def _shown(name: str, type_: Type) -> str:
    match type_:
        case Scalar.STR:
            return f"text({name})"
        case ListOf(item) | SetOf(item):
            return f"array({name}.map((each) => {_shown('each', item)}))"
        case TupleOf(items):
            return f"array([{', '.join(_shown(f'{name}.${at}', item) for at, item in enumerate(items, 1))}])"
        case DictOf(key, item):
            pair = f"array([{_shown('each.key', key)}, {_shown('each.value', item)}])"
            return f"array({name}.entries.map((each) => {pair}))"
        case OptionalOf(item):
            return f"switch ({name}) {{ null => 'null', final some => {_shown('some', item)} }}"
        case _:
            return f"{name}.toString()"


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line."""
    names = Dart()
    lines = "".join(
        f"String value{number}() {{\n  {names.type_name(type_)} value = {literal};\n"
        f"  return {_shown('value', type_)};\n}}\n"
        for number, (literal, type_) in enumerate(values)
    )
    calls = "".join(f"  print(value{number}());\n" for number in range(len(values)))
    return f"{_HEAD.lstrip()}{lines}void main() {{\n{calls}}}\n"

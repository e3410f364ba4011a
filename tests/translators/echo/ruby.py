"""Prints the values of Ruby literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo.shown import printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
def checked(value, *kinds) = kinds.any? { |kind| kind === value } ? value : raise("not of its type: #{value}")
def joined(parts) = "[#{parts.join(',')}]"
$show_int = ->(value) { checked(value, Integer).to_s }
$show_float = ->(value) { checked(value, Float).to_s }
$show_bool = ->(value) { checked(value, true, false).to_s }
$show_str = lambda do |value|
  units = value.encode('UTF-16BE').bytes.each_slice(2).map { |high, low| format('\u%02x%02x', high, low) }
  "\"#{units.join}\""
end
def show_list(item) = ->(value) { joined(checked(value, Array).map(&item)) }
def show_set(item) = ->(value) { joined(checked(value, Set).map(&item)) }
def show_tuple(*items)
  ->(value) { joined(items.zip(checked(value, Array)).map { |item, each| item.call(each) }) }
end
def show_optional(item) = ->(value) { value.nil? ? 'null' : item.call(value) }
def show_dict(key, item)
  ->(value) { joined(checked(value, Hash).map { |name, each| joined([key.call(name), item.call(each)]) }) }
end
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f"puts {printer(type_, '$')}.call({source})\n" for source, type_ in values)

"""Prints the values of Elixir literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = """\
defmodule Echo do
  def json(nil), do: "null"
  def json(v) when is_boolean(v), do: to_string(v)
  def json(v) when is_integer(v), do: Integer.to_string(v)
  def json(v) when is_float(v), do: to_string(:io_lib.format("~.17e", [v]))
  def json(%MapSet{} = v), do: v |> MapSet.to_list() |> json()
  def json(v) when is_list(v), do: "[" <> Enum.map_join(v, ",", &json/1) <> "]"
  def json(v) when is_tuple(v), do: v |> Tuple.to_list() |> json()
  def json(v) when is_map(v), do: v |> Map.to_list() |> json()

  def json(v) when is_binary(v) do
    units = for <<unit::16 <- :unicode.characters_to_binary(v, :utf8, :utf16)>>, do: unit
    hexadecimal = &(&1 |> Integer.to_string(16) |> String.pad_leading(4, "0"))
    "\\"" <> Enum.map_join(units, &("\\\\u" <> hexadecimal.(&1))) <> "\\""
  end
end

"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f"IO.puts(Echo.json({source}))\n" for source, _ in values)

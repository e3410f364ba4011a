"""Prints the values of Lua literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo.shown import printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
function show_int(value) return string.format("%d", value) end
function show_float(value)
  local text = string.format("%.17g", value)
  return text:find("[.e]") and text or text .. ".0"
end
function show_bool(value) assert(type(value) == "boolean") return tostring(value) end
function show_str(value)
  local parts = {}
  for _, code in utf8.codes(value) do
    if code < 0x10000 then
      parts[#parts + 1] = string.format("\\u%04x", code)
    else
      code = code - 0x10000
      parts[#parts + 1] = string.format("\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff))
    end
  end
  return '"' .. table.concat(parts) .. '"'
end
local function joined(parts) return "[" .. table.concat(parts, ",") .. "]" end
function show_list(item)
  return function(value)
    local parts = {}
    for i = 1, #value do parts[i] = item(value[i]) end
    return joined(parts)
  end
end
function show_tuple(...)
  local items = {...}
  return function(value)
    local parts = {}
    for i, item in ipairs(items) do parts[i] = item(value[i]) end
    return joined(parts)
  end
end
function show_optional(item)
  return function(value) if value == nil then return "null" end return item(value) end
end
function show_dict(key, item)
  return function(value)
    local parts = {}
    for name, each in pairs(value) do parts[#parts + 1] = joined({key(name), item(each)}) end
    return joined(parts)
  end
end
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f"print({printer(type_)}({source}))\n" for source, type_ in values)

"""Prints values in Swift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.swift import Swift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
extension Array: Error {}
extension Int: Error {}
extension String: Error {}

func string(_ text: String) -> String {
    let units = text.utf16.map { unit -> String in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
    return "\"" + units.joined() + "\""
}

func json(_ value: Any) -> String {
    if type(of: value) == AnyHashable.self { return json((value as! AnyHashable).base) }
    if let text = value as? String { return string(text) }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .none: return "\(value)"
    case .optional, .enum: return mirror.children.first.map { json($0.value) } ?? "null"
    default: return "[" + mirror.children.map { json($0.value) }.joined(separator: ",") + "]"
    }
}

"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line."""
    names = Swift()
    lines = "".join(
        f"func value{number}() -> {names.type_name(type_)} {{ return {literal} }}\n"
        f"print(json(value{number}() as Any))\n"
        for number, (literal, type_) in enumerate(values)
    )
    return f"{_HEAD.lstrip()}{lines}"

"""Prints the values of Clojure literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = """\
(defn json [v]
  (cond
    (nil? v) "null"
    (string? v) (str "\\"" (apply str (map #(format "\\\\u%04x" (int %)) v)) "\\"")
    (coll? v) (str "[" (apply str (interpose "," (map json v))) "]")
    :else (str v)))
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f"(println (json {source}))\n" for source, _ in values)

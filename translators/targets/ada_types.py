"""The types of a problem as Ada declares them.

Source: MultiPL-E, dataset_builder/humaneval_to_ada.py: a list is an array at the top and a vector within
something else, a string is ``String`` at the top and in a map and ``Unbounded_String`` elsewhere, a tuple
is a record, a dictionary an ordered map, an optional value a record with a variant.
"""

from __future__ import annotations

import re
from typing import Final

from codeeval.translators.problem import Untranslatable
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, Type, named

_CONTAINERS: Final = "with Ada.Containers.{};"
_UNBOUNDED: Final = "with Ada.Strings.Unbounded; use Ada.Strings.Unbounded;"


class Declared:
    """Collects what the types that it names need, in the order of need."""

    def __init__(self, integer: str) -> None:
        self.integer = integer
        self.withs: dict[str, None] = {}
        """Context clauses."""
        self.declarations: dict[str, None] = {}
        self.uses: dict[str, None] = {}

    def name(self, type_: Type, *, top: bool = False) -> str:
        """Return a type's name, having declared it.

        Args:
            type_: the type.
            top: whether it is a parameter's, the result's or of a map: arrays and strings are of any length.
        """
        match type_:
            case Scalar():
                return self._scalar(type_, top=top)
            case ListOf(item):
                return self._array(self.name(item)) if top else self._vector(self.name(item))
            case OptionalOf(item):
                return self._optional(self.name(item))
            case TupleOf(items) if items:
                return self._record([self.name(each) for each in items])
            case DictOf(key, value):
                self._ordered(key)
                return self._map(self.name(key, top=True), self.name(value, top=True))
            case SetOf(item):
                self._ordered(item)
                return self._set(self.name(item))
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _scalar(self, type_: Scalar, *, top: bool) -> str:
        match type_:
            case Scalar.INT:
                return self.integer
            case Scalar.FLOAT:
                return "Long_Float"
            case Scalar.BOOL:
                return "Boolean"
            case Scalar.STR if top:
                return "String"
            case Scalar.STR:
                self.withs[_UNBOUNDED] = None
                return "Unbounded_String"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _array(self, item: str) -> str:
        name = valid(f"{item}_Array")
        self.declarations[f"type {name} is array (Positive range <>) of {item};"] = None
        return name

    def _vector(self, item: str) -> str:
        self.withs[_CONTAINERS.format("Vectors")] = None
        name = valid(f"{item}_Vector")
        self._instance(name, f"Vectors (Index_Type => Positive, Element_Type => {item})")
        return f"{name}.Vector"

    def _map(self, key: str, value: str) -> str:
        self.withs[_CONTAINERS.format("Indefinite_Ordered_Maps")] = None
        name = valid(f"{key}_{value}_Dict")
        self._instance(name, f"Indefinite_Ordered_Maps (Key_Type => {key}, Element_Type => {value})")
        return f"{name}.Map"

    def _set(self, item: str) -> str:
        self.withs[_CONTAINERS.format("Indefinite_Ordered_Sets")] = None
        name = valid(f"{item}_Sets")
        self._instance(name, f"Indefinite_Ordered_Sets (Element_Type => {item})")
        return f"{name}.Set"

    def _instance(self, name: str, of: str) -> None:
        self.declarations[f"package {name} is new Ada.Containers.{of};\n   use {name};"] = None
        self.uses[f"use {name};"] = None

    def _optional(self, item: str) -> str:
        name = valid(f"{item}_Option")
        self.declarations[
            f"type {name} (Valid : Boolean := False) is record\n   case Valid is\n      when True =>\n"
            f"         Value : {item};\n      when False =>\n         null;\n   end case;\nend record;"
        ] = None
        return name

    def _record(self, items: list[str]) -> str:
        name = valid("_".join(items) + "_Tuple")
        fields = "".join(f"      {valid(item)}_{at} : {item};\n" for at, item in enumerate(items, start=1))
        self.declarations[f"type {name} is record\n{fields}   end record;\n"] = None
        return name

    def _ordered(self, type_: Type) -> None:
        """Declare an order of records, of which the language has none; keys and elements of sets need one."""
        if isinstance(type_, Scalar):
            return
        if not isinstance(type_, TupleOf):
            raise Untranslatable(f"an order of {named(type_)}, which a map's keys and a set's elements need")
        for each in type_.items:
            self._ordered(each)
        name = self.name(type_)
        less = "False"
        for at, item in reversed(list(enumerate(map(self.name, type_.items), start=1))):
            left, right = (f"{side}.{valid(item)}_{at}" for side in ("Left", "Right"))
            less = f"{left} < {right} or else ({left} = {right} and then ({less}))"
        self.declarations[f'function "<" (Left, Right : {name}) return Boolean is ({less});'] = None


def valid(name: str) -> str:
    """Return a name without what no identifier may have."""
    return re.sub(r"\W", "_", name)

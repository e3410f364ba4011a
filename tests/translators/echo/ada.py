"""Prints the values of Ada literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.ada_types import Declared, valid
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

GENERATED, BATCH = 60, 40
"""Every map, set and vector is a generic package, which takes the compiler its time."""
_HEAD = """\
   type Text is access String;
   function Json (V : Boolean) return String is (if V then "true" else "false");
   function Json (V : Long_Long_Integer) return String is
     (if V < 0 then V'Image else V'Image (2 .. V'Image'Last));
   function Json (V : Long_Float) return String is
      procedure Convert (V : Long_Float; Digits_After : Integer; Target : out Interfaces.C.char_array)
      with Import, Convention => C, External_Name => "gcvt";
      Target : Interfaces.C.char_array (0 .. 63);
   begin
      Convert (V, 17, Target);
      declare
         Found : constant String := Interfaces.C.To_Ada (Target);
      begin
         return Found & (if (for some C of Found => C in '.' | 'e') then "" else ".0");
      end;
   end Json;
   function Json (V : String) return String is
      function Unit (C : Wide_Character) return String is
         Hex : constant String := "0123456789abcdef";
         N : constant Natural := Wide_Character'Pos (C);
      begin
         return "\\u" & Hex (N / 4096 + 1) & Hex (N / 256 mod 16 + 1)
           & Hex (N / 16 mod 16 + 1) & Hex (N mod 16 + 1);
      end Unit;
      Found : Unbounded_String;
   begin
      for C of Ada.Strings.UTF_Encoding.Conversions.Convert ("x" & V) loop  --  no mark of order at its start
         Append (Found, Unit (C));
      end loop;
      return '"' & Slice (Found, 7, Length (Found)) & '"';
   end Json;
   function Json (V : Unbounded_String) return String is (Json (To_String (V)));
"""
_WITHS = """\
with Ada.Containers.Indefinite_Ordered_Maps;
with Ada.Containers.Indefinite_Ordered_Sets;
with Ada.Containers.Vectors;
with Ada.Strings.Unbounded; use Ada.Strings.Unbounded;
with Ada.Strings.UTF_Encoding.Conversions;
with Ada.Text_IO;
with Interfaces.C;
"""


class _Printers:
    """Functions that turn a type's values into text, each after those that it needs."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.functions: dict[str, None] = {}

    def add(self, type_: Type, *, top: bool) -> None:
        name = self.declared.name(type_, top=top)
        match type_:
            case ListOf(item) | SetOf(item):
                self.add(item, top=False)
                body = _loop("for Each of V loop", "Json (Each)")
            case OptionalOf(item):
                self.add(item, top=False)
                body = _result('(if V.Valid then Json (V.Value) else "null")')
            case TupleOf(items):
                for each in items:
                    self.add(each, top=False)
                fields = [
                    f"V.{valid(self.declared.name(each))}_{at}" for at, each in enumerate(items, start=1)
                ]
                joined = ' & "," & '.join(f"Json ({field})" for field in fields)
                body = _result(f'"[" & {joined} & "]"')
            case DictOf(key, value):
                self.add(key, top=True)
                self.add(value, top=True)
                package = name.removesuffix(".Map")
                pair = f'"[" & Json ({package}.Key (At_It)) & "," & Json ({package}.Element (At_It)) & "]"'
                body = _loop("for At_It in V.Iterate loop", pair)
            case Scalar():
                return
            case _:
                raise NotImplementedError(type_)
        self.functions[f"   function Json (V : {name}) return String is\n{body}   end Json;\n"] = None


def _result(value: str) -> str:
    return f"   begin\n      return {value};\n"


def _loop(head: str, each: str) -> str:
    return (
        "      Found : Unbounded_String;\n   begin\n"
        f'      {head}\n         Append (Found, (if Found = "" then "" else ",") & {each});\n'
        "      end loop;\n"
        '      return "[" & To_String (Found) & "]";\n'
    )


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    declared = Declared("Long_Long_Integer")
    printers = _Printers(declared)
    lines = []
    for source, type_ in values:
        name = declared.name(type_, top=True)
        printers.add(type_, top=True)
        lines.append(f"      Ada.Text_IO.Put_Line (Json ({name}'({source})));\n")
    declarations = "".join(f"   {each}\n" for each in declared.declarations)
    return (
        f"pragma Ada_2022;\n{_WITHS}\nprocedure Main is\n{declarations}{_HEAD}{''.join(printers.functions)}"
        f"begin\n{''.join(lines)}end Main;\n"
    )

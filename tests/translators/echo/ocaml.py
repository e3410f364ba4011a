"""Prints the values of OCaml literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.ocaml import OCaml
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = """\
let array items = "[" ^ String.concat "," items ^ "]"

let text value =
  let found = Buffer.create 16 in
  let unit code = Buffer.add_string found (Printf.sprintf "\\\\u%04x" code) in
  let rec walk at =
    if at < String.length value then begin
      let decoded = String.get_utf_8_uchar value at in
      assert (Uchar.utf_decode_is_valid decoded);
      let code = Uchar.to_int (Uchar.utf_decode_uchar decoded) in
      if code < 0x10000 then unit code
      else begin
        unit (0xd800 + ((code - 0x10000) lsr 10));
        unit (0xdc00 + ((code - 0x10000) land 1023))
      end;
      walk (at + Uchar.utf_decode_length decoded)
    end
  in
  walk 0;
  "\\"" ^ Buffer.contents found ^ "\\""

"""


def _printer(type_: Type) -> str:  # noqa: PLR0911 -- one a kind of type
    match type_:
        case Scalar.STR:
            return "text"
        case Scalar.FLOAT:
            return '(Printf.sprintf "%.16e")'
        case Scalar.INT | Scalar.BOOL:
            return f"string_of_{type_.value}"
        case ListOf(item):
            return f"(fun v -> array (List.map {_printer(item)} v))"
        case OptionalOf(item):
            return f'(function None -> "null" | Some v -> {_printer(item)} v)'
        case DictOf(key, value):
            return _printer(ListOf(TupleOf((key, value))))
        case TupleOf(items):
            names = [f"v{at}" for at in range(len(items))]
            parts = [f"{_printer(item)} {name}" for item, name in zip(items, names, strict=True)]
            return f"(fun ({', '.join(names)}) -> array [{'; '.join(parts)}])"
        case _:
            raise NotImplementedError(type_)


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    lines = "".join(
        f"let () = print_endline ({_printer(type_)} ({source} : {OCaml().type_name(type_)}))\n"
        for source, type_ in values
    )
    return _HEAD + lines

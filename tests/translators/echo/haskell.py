"""Prints the values of Haskell literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.haskell import Haskell
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = """\
import qualified Data.Set as Set
import Data.Bits (shiftR, (.&.))
import Data.Char (ord)
import Data.List (intercalate)
import Text.Printf (printf)

array :: [String] -> String
array items = "[" ++ intercalate "," items ++ "]"

text :: String -> String
text value = "\\"" ++ concatMap (units . ord) value ++ "\\""
  where
    units code
      | code < 65536 = unit code
      | otherwise = unit (55296 + shiftR (code - 65536) 10) ++ unit (56320 + (code - 65536) .&. 1023)
    unit code = printf "\\\\u%04x" (code :: Int)

main :: IO ()
main = do
"""


def _printer(type_: Type) -> str:  # noqa: PLR0911 -- one a kind of type
    match type_:
        case Scalar.STR:
            return "text"
        case Scalar.BOOL:
            return '(\\v -> if v then "true" else "false")'
        case ListOf(item):
            return f"(array . map {_printer(item)})"
        case SetOf(item):
            return f"(array . map {_printer(item)} . Set.toList)"
        case OptionalOf(item):
            return f'(maybe "null" {_printer(item)})'
        case DictOf(key, value):
            return f"(array . map {_printer(TupleOf((key, value)))})"
        case TupleOf(items):
            names = [f"v{at}" for at in range(len(items))]
            parts = [f"{_printer(item)} {name}" for item, name in zip(items, names, strict=True)]
            return f"(\\({', '.join(names)}) -> array [{', '.join(parts)}])"
        case _:
            return "show"


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    lines = "".join(
        f"  putStrLn ({_printer(type_)} ({source} :: {Haskell().type_name(type_)}))\n"
        for source, type_ in values
    )
    return _HEAD + lines

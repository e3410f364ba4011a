"""Prints values in Scala."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.scala import Scala

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
import scala.collection.mutable._

object Problem {
  def list(items: Iterator[Any]): String = items.map(json).mkString("[", ",", "]")

  def json(value: Any): String = value match {
    case None => "null"
    case Some(inner) => json(inner)
    case Left(inner) => json(inner)
    case Right(inner) => json(inner)
    case number: Float => number.toDouble.toString
    case text: String => text.map(unit => "\\%c%04x".format('u', unit.toInt)).mkString("\"", "", "\"")
    case items: scala.collection.Iterable[_] => list(items.iterator)
    case tuple: Product => list(tuple.productIterator)
    case other => other.toString
  }
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line."""
    names = Scala()
    functions = "".join(
        f"\n  def value{number}: {names.type_name(type_)} = {literal}\n"
        for number, (literal, type_) in enumerate(values)
    )
    calls = "".join(f"    println(json(value{number}))\n" for number in range(len(values)))
    return f"{_HEAD.lstrip()}{functions}\n  def main(args: Array[String]) = {{\n{calls}  }}\n}}\n"

"""Printers composed by type, for languages with functions as values: what their echo programs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, named

if TYPE_CHECKING:
    from codeeval.translators.types import Type


def printer(type_: Type, sigil: str = "") -> str:
    """Return an expression whose value is the printer of a type, such as ``show_list(show_int)``.

    Args:
        type_: the type.
        sigil: before the name of a printer that is a variable, one of a scalar.
    """
    match type_:
        case Scalar():
            return f"{sigil}show_{type_.value.lower()}"
        case ListOf(item):
            return f"show_list({printer(item, sigil)})"
        case SetOf(item):
            return f"show_set({printer(item, sigil)})"
        case OptionalOf(item):
            return f"show_optional({printer(item, sigil)})"
        case DictOf(key, value):
            return f"show_dict({printer(key, sigil)}, {printer(value, sigil)})"
        case TupleOf(items):
            return f"show_tuple({', '.join(printer(each, sigil) for each in items)})"
        case _:
            raise NotImplementedError(named(type_))

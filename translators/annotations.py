"""Python's type annotations, read into types."""

from __future__ import annotations

import ast
from typing import Final

from codeeval.translators.problem import Untranslatable
from codeeval.translators.types import (
    DictOf,
    FunctionOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
)

_SCALARS: Final = {each.value: each for each in Scalar} | {"NoneType": Scalar.NONE, "object": Scalar.ANY}
_BARE: Final[dict[str, Type]] = {
    "list": ListOf(Scalar.ANY),
    "tuple": ListOf(Scalar.ANY),
    "dict": DictOf(Scalar.ANY, Scalar.ANY),
    "set": SetOf(Scalar.ANY),
}


def annotated(node: ast.expr) -> Type:
    """Read an annotation: ``int``, ``List[int]``, ``list[int]``, ``Optional[str]``, ``int | None`` ...

    Raises:
        Untranslatable: it is no type that problems have.
    """
    match node:
        case ast.Constant(None):
            return Scalar.NONE
        case ast.Constant(str() as text):
            try:
                return annotated(ast.parse(text, mode="eval").body)
            except SyntaxError as error:
                raise Untranslatable(f"the annotation {text!r}") from error
        case ast.Attribute(_, attr):
            return annotated(ast.Name(attr))
        case ast.Name(name) if name in _SCALARS:
            return _SCALARS[name]
        case ast.Name(name) if name.lower() in _BARE:
            return _BARE[name.lower()]
        case ast.BinOp(left, ast.BitOr(), right):
            return union((annotated(left), annotated(right)))
        case ast.Subscript(head, inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _generic(ast.unparse(head).rpartition(".")[2].lower(), parts, ast.unparse(node))
        case _:
            raise Untranslatable(f"the annotation {ast.unparse(node)}")


def _generic(name: str, parts: list[ast.expr], text: str) -> Type:
    match name, parts:
        case "list" | "sequence" | "iterable", [item]:
            return ListOf(annotated(item))
        case "set" | "frozenset", [item]:
            return SetOf(annotated(item))
        case "optional", [item]:
            return union((annotated(item), Scalar.NONE))
        case "union", _:
            return union(tuple(map(annotated, parts)))
        case "dict" | "mapping", [key, value]:
            return DictOf(annotated(key), annotated(value))
        case "tuple", [item, ast.Constant(value)] if value is ...:
            return ListOf(annotated(item))  # of any length: no target has such tuples
        case "tuple", _:
            return TupleOf(tuple(map(annotated, parts)))
        case "callable", [ast.List(parameters), returns]:
            return FunctionOf(tuple(map(annotated, parameters)), annotated(returns))
        case _:
            raise Untranslatable(f"the annotation {text}")


def union(options: tuple[Type, ...]) -> Type:
    """Return the type of values that have one of these types, in its simplest form."""
    flat: list[Type] = []
    optional = False
    for each in options:
        match each:
            case OptionalOf(item):
                optional = True
                flat += item.options if isinstance(item, UnionOf) else (item,)
            case UnionOf(inner):
                flat += inner
            case Scalar.NONE:
                optional = True
            case _:
                flat.append(each)
    kinds = tuple(dict.fromkeys(flat))
    if not kinds:
        return Scalar.NONE
    if Scalar.ANY in kinds:
        return Scalar.ANY
    whole = kinds[0] if len(kinds) == 1 else UnionOf(kinds)
    return OptionalOf(whole) if optional else whole

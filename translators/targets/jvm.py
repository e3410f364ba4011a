"""What Java and Scala have in common: as published, rows have both from one translator."""

from __future__ import annotations

import abc
import re
from typing import TYPE_CHECKING, ClassVar, Final

from codeeval.translators.literals import nearest_single
from codeeval.translators.natural import natural
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target
from codeeval.translators.targets.methods import constant
from codeeval.translators.types import (
    DictOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    Type,
    UnionOf,
    Value,
    named,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TAB: Final = 9
_ESCAPES: Final = str.maketrans(
    {code: f"\\u{code:04x}" for code in (*range(32), 127, *range(0xD800, 0xE000)) if code != _TAB}
    | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
)
_UNICODE_ESCAPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u")


def camel(name: str) -> str:
    """Return a name in camel case, as published: what follows an underscore gets its only capital."""
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def no_escapes(comment: str) -> str:
    r"""Return a comment in which no ``\u`` is an escape: both languages read them there too."""
    return _UNICODE_ESCAPE.sub(r"\1\\\\u", comment)


def _collide(keys: Iterable[Value], type_: Type) -> bool:
    if Scalar.FLOAT not in parts(type_):
        return False
    found = [repr(_narrowed(each)) for each in keys]
    return len(set(found)) < len(found)


def _narrowed(value: Value) -> object:
    match value:
        case float():
            return nearest_single(value)
        case tuple():
            return tuple(map(_narrowed, value))
        case _:
            return value


class Jvm(Target):
    """Numbers of 64 and 32 bits, names in camel case, everything that a call gets or gives in parentheses."""

    single = True
    keywords: ClassVar[frozenset[str]]
    """What no parameter may be called."""

    @abc.abstractmethod
    def widened(self, value: int) -> str:
        """Return an integer where a float is wanted, outside of containers."""

    @abc.abstractmethod
    def sequence(self, items: Sequence[str], item: Type, each: Type) -> str:
        """Return a list's source, ``each`` the type that its items have, ``item`` the one that is wanted."""

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return camel(problem.entry_point)

    def candidate(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.function(problem)

    def helper(self, name: str) -> str:
        """See ``Target``."""
        return camel(name)

    def parameter(self, name: str) -> str:
        """Return a parameter's name; published rows have C++'s keywords replaced here too."""
        name = {"operator": "op", "strlen": "string_length"}.get(name, name)
        return f"{name}_" if name in self.keywords else name

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("    }\n", "}\n")

    def whole(self, value: Value, type_: Type) -> str:
        """Return what a call gets or gives."""
        if type_ is Scalar.FLOAT and type(value) is int:
            return self.widened(value)
        source = self.literal(value, type_)
        return source if isinstance(type_, OptionalOf | UnionOf) else f"({source})"

    def must_be_number(self, problem: PythonProblem) -> None:
        """Refuse a tolerance where the result has none."""
        if problem.returns not in (Scalar.INT, Scalar.FLOAT):
            raise Untranslatable(f"a tolerance where the type is {named(problem.returns)}")

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        match type_, value:
            case (Scalar.ANY, (list() | tuple() | dict() | set() | frozenset())):
                return self.literal(value, natural(value))
            case ListOf(item), (list() | tuple()):
                found = natural(list(value)) if item is Scalar.ANY else type_
                kind = found.item if isinstance(found, ListOf) else item
                return self.sequence([self._item(one, kind) for one in value], item, kind)
            case ((SetOf(item) | DictOf(item)), (set() | frozenset() | dict())) if _collide(value, item):
                raise Untranslatable("keys that are the same in 32 bits")
            case SetOf(Scalar.FLOAT), (set() | frozenset()):
                return super().literal(
                    {float(each) for each in value if isinstance(each, int | float)}, type_
                )
            case _:
                return super().literal(value, type_)

    def _item(self, value: Value, item: Type) -> str:
        if item is Scalar.FLOAT and type(value) is int:
            return self.integer(value)  # converted where it stands
        return self.literal(value, item)

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Literals``."""
        return self.sequence(items, item, item)

    def integer(self, value: int) -> str:
        """See ``Literals``."""
        return f"{value}l"

    def real(self, value: float) -> str:
        """See ``Literals``."""
        return f"{super().real(value)}f"

    def string(self, value: str) -> str:
        """See ``Literals``."""
        return f'"{constant(value).translate(_ESCAPES)}"'

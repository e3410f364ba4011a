"""Whether an object is what a protocol asks for: its members, their types, and how methods are called.

Protocols are read as they are written, annotations included, so there is no second list of members to keep.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from pathlib import Path
from types import EllipsisType
from typing import Final, NamedTuple, Protocol

from codeeval import interfaces, types

_ELEMENTS: Final = (Sequence, Collection, list, set, frozenset)
"""Containers whose elements are looked at. What an iterator yields is not: that would use it up."""
_KNOWN: Final[dict[str, type]] = {
    **{each.__name__: each for each in (str, int, bool, bytes, list, dict, set, frozenset, tuple, range)},
    **{each.__name__: each for each in (Mapping, Sequence, Collection, Iterable, Iterator, AsyncIterator)},
    "Path": Path,
}


class Member(NamedTuple):
    """A member of a protocol."""

    name: str
    annotation: str
    """Of its value, or of what the method returns."""
    method: Callable[..., object] | None
    """As the protocol declares it; None for a value."""

    @property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """What a method is called with."""
        return tuple(inspect.signature(self.method).parameters.values())[1:] if self.method else ()


class Fault(NamedTuple):
    """What is wrong with a member."""

    member: str
    text: str
    error: Exception | None = None
    """What reading its value raised."""

    def __str__(self) -> str:
        """For messages."""
        return f"`{self.member}` {self.text}"


@functools.cache
def members(protocol: type) -> tuple[Member, ...]:
    """Return what a protocol asks for, in the order in which it does."""
    found: dict[str, Member] = {}
    for base in reversed(protocol.__mro__):
        if not is_protocol(base):
            continue
        for name, annotation in inspect.get_annotations(base).items():
            found[name] = Member(name, str(annotation), None)
        for name, value in vars(base).items():
            if isinstance(value, property) and value.fget:
                found[name] = Member(name, str(inspect.get_annotations(value.fget)["return"]), None)
            elif inspect.isfunction(value) and not name.startswith("_"):
                found[name] = Member(name, str(inspect.get_annotations(value).get("return", "object")), value)
    return tuple(found.values())


def faults(candidate: object, protocol: type) -> list[Fault]:
    """Return what keeps an object from being what the protocol asks for; no method is called."""
    return [fault for member in members(protocol) if (fault := _fault(candidate, member))]


def _fault(candidate: object, member: Member) -> Fault | None:
    try:
        value = getattr(candidate, member.name)
    except AttributeError as error:
        if not hasattr(type(candidate), member.name):
            return Fault(member.name, "is missing")
        return Fault(member.name, f"raised {type(error).__name__}: {error}", error)
    except Exception as error:  # noqa: BLE001 -- a property of a plug-in may raise anything
        return Fault(member.name, f"raised {type(error).__name__}: {error}", error)
    if member.method is None:
        if not fits(value, member.annotation):
            return Fault(member.name, f"is {described(value)}, {member.annotation} expected")
        return None
    text = call_fault(value, member.parameters) or _colour_fault(value, member.method)
    return Fault(member.name, text) if text else None


def call_fault(function: object, parameters: Sequence[inspect.Parameter]) -> str:
    """Say why a function cannot be called with these parameters, all positional; empty where it can."""
    if not callable(function):
        return f"is {described(function)}, a function expected"
    try:
        actual = inspect.signature(function)
    except (TypeError, ValueError):  # of a function written in C, which has none
        return ""
    by_name = {each.name: None for each in parameters if each.kind is each.KEYWORD_ONLY}
    try:
        actual.bind(*[None] * (len(parameters) - len(by_name)), **by_name)
    except TypeError:
        taken = list(actual.parameters.values())
        return f"takes {_counted(taken)}, {_counted(parameters, plural=False)} expected"
    return ""


def _counted(parameters: Sequence[inspect.Parameter], *, plural: bool = True) -> str:
    names = f" ({', '.join(str(each.replace(annotation=each.empty)) for each in parameters)})"
    noun = f" argument{'' if len(parameters) == 1 else 's'}" if plural else ""
    return f"{len(parameters)}{noun}{names if parameters else ''}"


def _colour_fault(function: object, declared: Callable[..., object]) -> str:
    wanted, found = inspect.iscoroutinefunction(declared), inspect.iscoroutinefunction(function)
    if wanted == found:
        return ""
    return "is not `async def`, as it must be" if wanted else "is `async def`, which it must not be"


def described(value: object) -> str:
    """Name a value's type for a message."""
    return "None" if value is None else f"a value of type {type(value).__name__}"


def fits(value: object, annotation: str) -> bool:
    """Whether a value is of an annotated type, as far as that can be told without using the value up.

    What an annotation names that is not known here, protocols for example, anything fits.
    """
    return _fits(value, _parsed(annotation))


@functools.cache
def _parsed(annotation: str) -> ast.expr:
    return ast.parse(annotation, mode="eval").body


@functools.cache
def known_types() -> Mapping[str, type]:
    """Return the types that annotations name: Python's, and codeeval's own values."""
    own = {**vars(types), **vars(interfaces)}
    values = {name: each for name, each in own.items() if isinstance(each, type)}
    return {**{name: each for name, each in values.items() if not is_protocol(each)}, **_KNOWN}


def is_protocol(each: type) -> bool:
    """Whether a class is a protocol, which values are compared with member by member."""
    return Protocol in each.__bases__


def _fits(value: object, node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=None):
            return value is None
        case ast.Name(id=name):
            return _is_a(value, name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _fits(value, left) or _fits(value, right)
        case ast.Subscript(value=ast.Name(id="ClassVar"), slice=inner):
            return _fits(value, inner)
        case ast.Subscript(value=container, slice=inner):
            return _fits(value, container) and _elements_fit(value, inner)
        case _:
            return True


def _is_a(value: object, name: str) -> bool:
    if name in {"int", "float"}:
        return isinstance(value, int if name == "int" else int | float) and not isinstance(value, bool)
    known = known_types().get(name)
    return known is None or isinstance(value, known)


def _elements_fit(value: object, inner: ast.expr) -> bool:
    match value, inner:
        case Mapping(), ast.Tuple(elts=[key, item]):
            return all(_fits(name, key) and _fits(each, item) for name, each in value.items())
        case str() | bytes(), _:  # a sequence of itself, and never what a sequence was asked for
            return False
        case tuple(), ast.Tuple(elts=[each, ast.Constant(value=EllipsisType())]):
            return all(_fits(element, each) for element in value)
        case tuple(), ast.Tuple(elts=nodes):
            return len(value) == len(nodes) and all(map(_fits, value, nodes))
        case _ if isinstance(value, _ELEMENTS):
            return all(_fits(element, inner) for element in value)
        case _:
            return True

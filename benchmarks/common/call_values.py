"""The host's side of values that calls take and return; ``containers/runner/values.py`` is the other.

What comes from a sandbox is hostile: nothing here runs any of it, and what is malformed equals nothing.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLAIN: Final = frozenset({bool, int, str, NoneType})
_ORDERED: Final = "collections.OrderedDict"


class Opaque:
    """A value of which only the class is known, and what iterating over it gives, if that is.

    Equals nothing but itself, as the objects that it stands for.
    """

    def __init__(self, name: str, items: list[object] | None = None) -> None:
        self.name = name
        self.items = items

    def __iter__(self) -> Iterator[object]:
        if self.items is None:
            raise TypeError(f"{self.name} is not known to be iterable")
        return iter(self.items)

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Digest(msgspec.Struct, frozen=True):
    """A long value: equal values have equal digests."""

    name: str
    sha256: str


class Returned(NamedTuple):
    """What one call returned."""

    value: Any  # any value that Python has
    kind: str
    """Name of its class, ``module.name`` where that is not built in."""


class MalformedError(ValueError):
    """A line that no runner writes."""


def spell_inputs(inputs: Iterable[Iterable[object]]) -> str:
    """Write the arguments of calls as the runner reads them.

    Raises:
        TypeError: an argument is of a type that inputs cannot have.
    """
    return json.dumps([[_tagged(argument) for argument in call] for call in inputs], separators=(",", ":"))


def read_inputs(text: str) -> list[list[Any]]:  # Any: an argument may be anything
    """Read what ``spell_inputs`` has written."""
    calls: list[list[Any]] = json.loads(text, object_hook=_untag)  # Any: as above
    return calls


def read_returned(line: str) -> Returned:
    """Read what one call returned.

    Raises:
        MalformedError: the line is not what the runner writes.
    """
    try:
        raw = json.loads(line)
        kind = _kind(raw)
        return Returned(json.loads(line, object_hook=_untag), kind)
    except (ValueError, TypeError, RecursionError, LookupError, ArithmeticError) as error:
        raise MalformedError(str(error)) from error


def _kind(raw: object) -> str:
    if not isinstance(raw, dict):
        return type(raw).__name__
    ((tag, inner),) = raw.items()
    match tag:
        case "~" | "g" | "#":
            return str(inner[0])
        case "?":
            return str(inner)
        case _:
            return str(_KINDS.get(tag, tag))


_KINDS: Final = {
    "t": "tuple", "s": "set", "z": "frozenset", "d": "dict", "b": "bytes", "a": "bytearray", "f": "float",
    "i": "int", "c": "complex", "r": "range", "k": "dict_keys", "e": "dict_items", "D": "decimal.Decimal",
    "q": "fractions.Fraction",
}  # fmt: skip


def _tagged(value: object) -> object:  # noqa: PLR0911 -- one a type
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        finite = value - value == 0
        return value if finite else {"f": repr(value)}
    if isinstance(value, list):
        return value if _PLAIN.issuperset(map(type, value)) else [_tagged(item) for item in value]
    if isinstance(value, tuple):
        return {"t": [_tagged(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        items = sorted((_tagged(item) for item in value), key=json.dumps)
        return {"z" if isinstance(value, frozenset) else "s": items}
    if isinstance(value, dict):
        return {"d": [[_tagged(key), _tagged(item)] for key, item in value.items()]}
    if isinstance(value, complex):
        return {"c": [_tagged(value.real), _tagged(value.imag)]}
    if isinstance(value, bytes):
        return {"b": value.hex()}
    raise TypeError(f"no call can be given {type(value).__name__}")


# Any: what stands behind a tag is checked by making the value of it
def _untag(tagged: dict[str, Any]) -> object:  # noqa: C901, PLR0911, PLR0912 -- one a type
    ((tag, inner),) = tagged.items()
    match tag:
        case "t":
            return tuple(inner)
        case "s":
            return set(inner)
        case "z":
            return frozenset(inner)
        case "d":
            return {key: value for key, value in inner}  # noqa: C416 -- pairs came as lists
        case "b":
            return bytes.fromhex(inner)
        case "a":
            return bytearray.fromhex(inner)
        case "f":
            return float(inner)
        case "i":
            return int(inner, 16)
        case "c":
            return complex(*inner)
        case "r":
            return range(*inner)
        case "k":
            return dict.fromkeys(inner).keys()
        case "e":
            return dict(inner).items()
        case "D":
            return _decimal(inner)
        case "q":
            return Fraction(*inner)
        case "~":
            name, base = inner
            return OrderedDict(base) if name == _ORDERED else base
        case "g":
            name, items = inner
            return Opaque(str(name), list(items))
        case "#":
            name, digest = inner
            return Digest(str(name), str(digest))
        case "?":
            return Opaque(str(inner))
        case _:
            raise MalformedError(f"no value has the tag {tag!r}")


def _decimal(text: object) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise MalformedError(str(error)) from error

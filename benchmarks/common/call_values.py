"""The host's side of values that calls take and return; ``containers/runner/values.py`` is the other.

What comes from a sandbox is hostile: nothing here runs any of it, and what is malformed equals nothing.
A tag takes what the runner writes behind it and nothing else, so that reading a line costs no more than its
length: a few characters that stand for a long value (a range, an exponent) are never written out.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLAIN: Final = frozenset({bool, int, str, NoneType})
_ORDERED: Final = "collections.OrderedDict"
_NOT_FINITE: Final = frozenset({"nan", "inf", "-inf"})
_LONG_BITS: Final = 1 << 17
"""The runner digests longer ints."""
SAME_HASH: Final = 64
"""Items of a set that differ and have one hash. Hashes of numbers can be chosen: a set of many such would
take quadratic time."""


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
    calls: list[list[Any]] = json.loads(text, object_pairs_hook=_untag)  # Any: as above
    return calls


def read_returned(line: str) -> Returned:
    """Read what one call returned.

    Raises:
        MalformedError: the line is not what the runner writes.
    """
    outermost: list[str] = []

    def value(pairs: list[tuple[str, Any]]) -> object:  # Any: see _untag
        read = _untag(pairs)
        outermost[:] = [_kind(*pairs[0])]  # the outermost is read last
        return read

    try:
        read = json.loads(line, object_pairs_hook=value, parse_float=_finite, parse_constant=_finite)
    except _READING_ERRORS as error:
        raise MalformedError(str(error)) from error
    if line[0].isspace():
        raise MalformedError("begins with white space")
    return Returned(read, outermost[0] if line[0] == "{" else type(read).__name__)


_READING_ERRORS: Final = (ValueError, TypeError, RecursionError, ArithmeticError, MemoryError)
"""What a malformed line can raise: no JSON, a key that cannot be hashed, too deep, no Decimal."""


def _finite(text: str) -> float:
    """Read a number; the runner writes ``1e999`` and ``NaN`` behind a tag."""
    number = float(text)
    if number - number != 0:
        raise MalformedError(f"{text[:20]} is no finite number")
    return number


def bounded_set(items: Iterable[object]) -> set[object]:
    """Return the set of some items, in time that their number bounds.

    Raises:
        MalformedError: more than ``SAME_HASH`` that differ have one hash.
        TypeError: an item has no hash.
    """
    found: dict[int, list[object]] = {}
    for item in items:
        alike = found.setdefault(hash(item), [])
        if item not in alike:
            if len(alike) == SAME_HASH:
                raise MalformedError("a set of items with one hash")
            alike.append(item)
    return {item for alike in found.values() for item in alike}


# Any: what stands behind a tag
def _kind(tag: str, inner: Any) -> str:
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


# Any: what stands behind a tag is checked before anything is made of it
def _untag(pairs: list[tuple[str, Any]]) -> object:  # noqa: C901, PLR0911, PLR0912 -- one a tag
    match pairs:
        case [("t", list(items))]:
            return tuple(items)
        case [("s", list(items))]:
            return bounded_set(items)
        case [("z", list(items))]:
            return frozenset(bounded_set(items))
        case [("d", list(items))]:
            return _dict(items)
        case [("b", str(digits))]:
            return bytes.fromhex(digits)
        case [("a", str(digits))]:
            return bytearray.fromhex(digits)
        case [("f", str(name))] if name in _NOT_FINITE:
            return float(name)
        case [("i", str(digits))] if len(digits) <= _LONG_BITS // 4 + len("-0x"):
            return int(digits, 16)
        case [("c", [float(real), float(imaginary)])]:
            return complex(real, imaginary)
        case [("r", [int(start), int(stop), int(step)])] if _are_ints(start, stop, step):
            return range(start, stop, step)
        case [("k", list(items))]:
            return dict.fromkeys(bounded_set(items)).keys()
        case [("e", list(items))]:
            return _dict(items).items()
        case [("D", str(text))]:
            return Decimal(text)
        case [("q", [int(numerator), int(denominator)])] if _are_ints(numerator, denominator):
            return Fraction(numerator, denominator)
        case [("~", [str(name), dict(base)])] if name == _ORDERED:
            return OrderedDict(base)
        case [("~", [str(name), base])] if name != _ORDERED:
            return base
        case [("g", [str(name), list(items)])]:
            return Opaque(name, items)
        case [("#", [str(name), str(digest)])]:
            return Digest(name, digest)
        case [("?", str(name))]:
            return Opaque(name)
        case _:
            raise MalformedError(f"no value is written with {', '.join(name for name, _ in pairs)[:40]!r}")


def _are_ints(*numbers: int) -> bool:
    return not any(isinstance(number, bool) for number in numbers)


def _dict(pairs: list[object]) -> dict[Any, Any]:  # Any: a dict may have any keys and values
    bounded_set(pair[0] for pair in map(_pair, pairs))
    return {key: value for key, value in map(_pair, pairs)}  # noqa: C416 -- pairs came as lists


def _pair(pair: object) -> list[Any]:  # Any: as above
    if not isinstance(pair, list) or len(pair) != 2:
        raise MalformedError("a dict is written as a list of pairs")
    return pair

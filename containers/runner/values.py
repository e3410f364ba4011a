"""Spells the values that calls take and return as JSON, exactly and in one way only.

What JSON has stands for itself: ``None``, ``bool``, ``int``, finite ``float``, ``str``, ``list``. Everything
else is an object with a single key, its tag (see ``TAGS``). A value that compares by its contents is spelled
by them, an object of any other class by the name of its class alone: it equals nothing on the other side,
whatever its own ``__eq__`` returns.

Long values are spelled by a digest. Python's ``==`` decides what a digest may depend on: ``1``, ``1.0`` and
``True`` have the same, and the order of a set or a dict does not count.
"""

import array
import builtins
import collections
import hashlib
import itertools
import json
import math
import os
import struct
import sys

TAGS = {
    "t": "tuple", "s": "set", "z": "frozenset", "d": "dict, a list of pairs", "b": "bytes, in hexadecimal",
    "a": "bytearray, likewise", "f": "nan, inf or -inf", "i": "a long int, in hexadecimal", "c": "complex",
    "r": "range", "k": "dict_keys", "e": "dict_items", "D": "Decimal", "q": "Fraction",
    "~": "an object of a subclass: name and contents", "g": "an iterable: name and items",
    "?": "any other object: name", "#": "a long value: type and digest",
}  # fmt: skip
LONG_ITEMS = 2048
LONG_CHARS = 1 << 15
LONG_BITS = 1 << 17
DECIMAL_BITS = 10_000
"""Longer ints are in hexadecimal: decimal takes quadratic time, and Python refuses it at 4,300 digits."""
DEEPEST = 200
ITERATED = 10_000
"""Items taken from an iterable at most; one that has more is spelled by its name alone."""
CHUNK = 4096
EXACT = float(1 << 53)
NUMBERS = frozenset({bool, int, float})
PLAIN = frozenset({bool, int, str, type(None)})
VIEWS = {type({}.keys()): "k", type({}.items()): "e"}
ITERABLES = frozenset(
    {"generator", "map", "filter", "zip", "enumerate", "reversed", "dict_values", "deque", "list_iterator",
     "tuple_iterator", "set_iterator", "dict_keyiterator", "str_ascii_iterator", "list_reverseiterator",
     "chain"}
)  # fmt: skip
dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def load(text: str) -> object:
    """Read inputs, as the benchmark spelled them."""
    return json.loads(text, object_hook=_untag)


def keep_whole() -> None:
    """Spell long values whole from now on: for processes that need them, not only whether they are equal."""
    global LONG_ITEMS, LONG_CHARS, LONG_BITS  # noqa: PLW0603 -- a process wants the one or the other
    LONG_ITEMS = LONG_CHARS = LONG_BITS = sys.maxsize


def revive(text: bytes) -> object:
    """Make a value of its text, which is not to be trusted: of built-in types, or an ``Opaque`` one.

    Raises:
        ValueError: no value is spelled like that.
    """
    try:
        return json.loads(text, object_hook=_revived)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
        raise ValueError(f"a malformed value: {error}") from None


class Opaque:
    """What stands for an object of a class that is not built in: it equals nothing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name} object>"


def _revived(tagged: dict) -> object:  # noqa: PLR0911 -- one a tag
    ((tag, inner),) = tagged.items()
    match tag:
        case "a":
            return bytearray.fromhex(inner)
        case "r":
            return range(*inner)
        case "k":
            return dict.fromkeys(inner).keys()
        case "e":
            return dict(inner).items()
        case "D":
            import decimal  # noqa: PLC0415 -- rare, and it costs every fork

            return decimal.Decimal(inner)
        case "q":
            import fractions  # noqa: PLC0415 -- likewise

            return fractions.Fraction(*inner)
        case "~":
            name, base = inner
            return collections.OrderedDict(base) if name == "collections.OrderedDict" else base
        case "g":
            return iter(inner[1])
        case "?":
            return Opaque(str(inner))
        case _:
            return _untag(tagged)


def spell(value: object) -> str:
    """Spell what a call returned; never raises for what the value is."""
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    try:
        if kind is int and abs(value) < EXACT:
            return repr(value)
        return dump(_tagged(value, 0))
    except (RecursionError, ValueError, TypeError, ArithmeticError, AttributeError, LookupError):
        return dump({"?": _name(kind)})


def _untag(tagged: dict) -> object:  # noqa: PLR0911 -- one a tag
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
        case "c":
            return complex(*inner)
        case "f":
            return float(inner)
        case "i":
            return int(inner, 16)
        case "b":
            return bytes.fromhex(inner)
        case _:
            raise ValueError(f"an input cannot have the tag {tag}")


def _tagged(value: object, depth: int) -> object:  # noqa: PLR0911 -- one a type
    """Make of a value what JSON has."""
    kind = type(value)
    if kind in PLAIN or kind is float:
        return _scalar(value, kind)
    if depth > DEEPEST:
        raise RecursionError
    if kind is list or kind is tuple:
        return _sequence(value, kind, depth)
    if kind in (set, frozenset):
        if len(value) > LONG_ITEMS:
            return _digested(kind.__name__, [value])
        return {"s" if kind is set else "z": sorted((_tagged(item, depth + 1) for item in value), key=dump)}
    if kind is dict:
        if len(value) > LONG_ITEMS:
            return _digested("dict", [value])
        return {"d": [[_tagged(key, depth + 1), _tagged(item, depth + 1)] for key, item in value.items()]}
    return _rare(value, kind, depth)


def _scalar(value: object, kind: type) -> object:
    if kind is float and not math.isfinite(value):
        return {"f": repr(value)}
    if kind is int and value.bit_length() > DECIMAL_BITS:
        return {"i": hex(value)} if value.bit_length() <= LONG_BITS else _digested("int", [value])
    if kind is str and len(value) > LONG_CHARS:
        return _digested("str", [value])
    return value


def _sequence(value, kind: type, depth: int) -> object:
    if len(value) > LONG_ITEMS:
        return _digested(kind.__name__, [value])
    items = value if _as_it_is(value) else [_tagged(item, depth + 1) for item in value]
    return items if kind is list else {"t": items}


def _as_it_is(items) -> bool:
    """Whether JSON has all of the items, found out without looking at each."""
    kinds = set(map(type, items))
    if len(kinds) != 1:
        return not kinds
    match kinds.pop():
        case builtins.int:
            return _doubles(items)
        case builtins.str:
            return sum(map(len, items)) <= LONG_CHARS
        case builtins.float:
            return math.isfinite(sum(items))
        case kind:
            return kind is bool


def _rare(value, kind: type, depth: int) -> object:  # noqa: PLR0911 -- one a type
    if kind is complex:
        return {"c": [_tagged(value.real, depth), _tagged(value.imag, depth)]}
    if kind is bytes or kind is bytearray:
        if len(value) > LONG_CHARS:
            return _digested("bytes", [value])
        return {"b" if kind is bytes else "a": value.hex()}
    if kind is range:
        return {"r": [value.start, value.stop, value.step]}
    name = _name(kind)
    if name == "decimal.Decimal":
        return {"D": str(value)}
    if name == "fractions.Fraction":
        return {"q": [_tagged(value.numerator, depth), _tagged(value.denominator, depth)]}
    if kind in VIEWS and len(value) <= ITERATED:
        return {VIEWS[kind]: [_tagged(item, depth + 1) for item in value]}
    if (base := _base(value, kind)) is not None:
        return {"~": [name, _tagged(base, depth + 1)]}
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == ():
        return {"~": [name, _tagged(value.item(), depth + 1)]}
    if name.rpartition(".")[2] in ITERABLES:
        items = list(itertools.islice(value, ITERATED + 1))
        if len(items) <= ITERATED:
            return {"g": [name, [_tagged(item, depth + 1) for item in items]]}
    return {"?": name}


def _base(value, kind: type) -> object:
    """Return an object of a subclass as an object of its built-in class, or None."""
    for base, make in BASES:
        if base in kind.__mro__:
            return make(value)
    return None


BASES = (
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
    (list, lambda value: [*list.__iter__(value)]),
    (tuple, lambda value: (*tuple.__iter__(value),)),
    (dict, lambda value: {key: dict.__getitem__(value, key) for key in dict.__iter__(value)}),
    (set, lambda value: {*set.__iter__(value)}),
    (frozenset, lambda value: frozenset({*frozenset.__iter__(value)})),
)
"""How to see an object of a subclass without calling what the subclass overrides."""


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"[:200]


def _digested(name: str, whole: list) -> object:
    digest = hashlib.sha256()
    _feed(digest, whole)
    return {"#": [name, digest.hexdigest()]}


def _feed(digest, items) -> None:
    """Add items to a digest: equal items add the same, whatever their types."""
    for start in range(0, len(items), CHUNK):
        chunk = items[start : start + CHUNK]
        digest.update(_numbers(chunk) or _texts(chunk) or _rest(chunk))


def _numbers(chunk) -> bytes:
    """Spell numbers that a double holds exactly; nothing where there are others."""
    if not (NUMBERS.issuperset(map(type, chunk)) and _doubles(chunk)):
        return b""
    doubles = array.array("d", chunk)
    if not math.isfinite(math.fsum(doubles)):
        return b""
    if 0 in chunk:  # 0.0 == -0.0
        doubles = array.array("d", [number + 0.0 for number in doubles])
    return b"n" + doubles.tobytes()


def _doubles(numbers) -> bool:
    """Whether all are so small that a double holds ints exactly."""
    return -min(numbers) < EXACT and max(numbers) < EXACT


def _texts(chunk) -> bytes:
    """Spell short tuples or lists of strings; nothing where there are others."""
    kinds = set(map(type, chunk))
    if kinds not in ({tuple}, {list}):
        return b""
    lengths = array.array("q", map(len, chunk))
    if max(lengths) > LONG_ITEMS:
        return b""
    try:
        joined = "\0".join(itertools.chain.from_iterable(chunk))
    except TypeError:
        return b""
    if joined.count("\0") != max(sum(lengths) - 1, 0):
        return b""
    kind = b"t" if kinds == {tuple} else b"l"
    return kind + lengths.tobytes() + joined.encode("utf-8", "surrogatepass")


def _rest(chunk) -> bytes:
    return ("r" + "\n".join([_normal(item, 0) for item in chunk])).encode("utf-8", "surrogatepass")


def _normal(value, depth: int) -> str:  # noqa: PLR0911 -- one a type
    """Spell a value such that values which are equal are spelled the same."""
    kind = type(value)
    if depth > DEEPEST:
        raise RecursionError
    if kind is str:
        return dump(value)
    if kind in NUMBERS:
        return _number(value)
    if kind is list or kind is tuple:
        if len(value) > LONG_ITEMS:
            return _nested(kind.__name__, value)
        return f"{kind.__name__}({','.join([_normal(item, depth + 1) for item in value])})"
    if isinstance(value, (set, frozenset)) or kind in VIEWS:
        return f"set({','.join(sorted([_normal(item, depth + 1) for item in value]))})"
    if kind is dict:
        pairs = [f"{_normal(key, depth + 1)}:{_normal(item, depth + 1)}" for key, item in value.items()]
        return f"dict({','.join(sorted(pairs))})"
    if kind is complex and value.imag == 0:
        return _number(value.real)
    if kind is bytes or kind is bytearray:
        return f"bytes({bytes.hex(value)})"
    if (base := _base(value, kind)) is not None:
        return _normal(base, depth + 1)
    return dump(_tagged(value, depth))


def _nested(name: str, items) -> str:
    digest = hashlib.sha256()
    _feed(digest, items)
    return f"{name}#{digest.hexdigest()}"


def _number(value) -> str:
    if type(value) is float:
        if math.isnan(value):
            return os.urandom(16).hex()  # equals nothing
        if not math.isfinite(value) or not value.is_integer():
            return struct.pack(">d", value).hex()
    return hex(int(value))

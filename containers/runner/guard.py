"""Refuses results that would make any test true: objects that forge their own comparisons.

An ``__eq__`` that is always true passes every ``assert f(x) == y``. Values of built-in types, of
the standard library and of installed packages are trusted; what is refused is a result, at any
depth of the usual containers, whose comparison or arithmetic was written by the program itself.
"""

import sys
from types import FunctionType

DUNDERS = (
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__len__", "__contains__",
    "__sub__", "__rsub__", "__add__", "__radd__", "__abs__", "__round__", "__float__", "__int__", "__index__",
)  # fmt: skip
ATOMS = frozenset((int, float, bool, str, bytes, complex, type(None), range, bytearray))
SLOT_TYPES = tuple(
    {type(vars(kind)[name]) for kind in (int, str, dict, object) for name in DUNDERS if name in vars(kind)}
)
TRUSTED_ROOTS = (f"{sys.prefix}/", f"{sys.base_prefix}/", "<frozen ", "<__array_function__")
DISTRUSTED_MODULES = ("unittest/mock.py",)
CONTAINERS = (
    (list, list.__iter__),
    (tuple, tuple.__iter__),
    (set, set.__iter__),
    (frozenset, frozenset.__iter__),
    (dict, dict.__iter__),
    (dict, dict.values),
)
"""How to look into a container past whatever a subclass overrides."""

HEAPTYPE = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: the type was made by a class statement, or by an extension at import."""

# Read past metaclasses, which may lie about their classes.
type_flags = vars(type)["__flags__"].__get__
type_mro = vars(type)["__mro__"].__get__
type_dict = vars(type)["__dict__"].__get__
type_name = vars(type)["__name__"].__get__


# Held here so that a program that patches the module does not reach them.
get_trace = sys.gettrace
set_trace = sys.settrace


class ForgedEqualityError(Exception):
    """The entry point returned an object that decides itself what it is equal to."""


def guarded(function):
    """Wrap the entry point so that its results are examined before a test compares them."""

    def call(*args, **kwargs):
        result = function(*args, **kwargs)
        if get_trace() is not None:  # a tracer could make the tests jump over their assertions
            set_trace(None)
        if type(result) not in ATOMS:
            examine(result)
        return result

    return call


def examine(value: object, forged=None) -> None:
    """Raise ``ForgedEqualityError`` if the value, or anything in it, forges its comparisons.

    Args:
        value: what a test is to see.
        forged: names what a class forges, an empty string for nothing; None for ``forgery``.
    """
    forged = forged or forgery
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        kind = type(item)
        if kind in ATOMS or id(item) in seen:
            continue
        seen.add(id(item))
        if name := forged(kind):
            raise ForgedEqualityError(f"returned a {type_name(kind)} with its own {name}")
        for base, parts in CONTAINERS:
            if issubclass(kind, base):
                inner = list(parts(item))
                if not ATOMS.issuperset(map(type, inner)):
                    pending.extend(inner)


def forgery(kind: type) -> str:
    """Return the name of a comparison that the program itself defined, or an empty string."""
    if not type_flags(kind) & HEAPTYPE:
        return ""
    for owner in type_mro(kind):
        if not type_flags(owner) & HEAPTYPE:
            continue
        attributes = type_dict(owner)
        for name in DUNDERS:
            method = attributes.get(name)
            if method is not None and not isinstance(method, SLOT_TYPES) and not _trusted(method):
                return name
    return ""


def _trusted(method: object) -> bool:
    if type(method) is not FunctionType:
        return False
    path = method.__code__.co_filename
    return path.startswith(TRUSTED_ROOTS) and not path.endswith(DISTRUSTED_MODULES)

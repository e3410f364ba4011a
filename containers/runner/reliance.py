"""What tests rely on outside of themselves: functions of modules, and methods of classes, that they name.

A candidate shares its libraries with its tests and may put something else in their place, when it is loaded
or when it is called. Looked for before any candidate runs, and only what the tests name, for libraries hold
tens of thousands of functions.
"""

import builtins
import contextlib
import functools
import importlib
import sys
from importlib.machinery import PathFinder
from types import ModuleType

import guard

__builtins__ = dict(vars(builtins))

MISSING = object()
IMMUTABLE = 1 << 8
DESCRIPTORS = frozenset((property, classmethod, staticmethod, functools.cached_property))


class Reliance:
    """Functions by these names, wherever they are found, and what stood there before any candidate.

    Attributes:
        pristine: the values, in the order of ``current``.
    """

    def __init__(self, names: set[str]) -> None:
        wanted = {name for name in names if not name.startswith("__")}
        self.places = [*_in_modules(wanted), *_in_classes(wanted)]
        self.getters = [
            (guard.type_dict(owner) if isinstance(owner, type) else owner).get for owner, _ in self.places
        ]
        self.names = [name for _, name in self.places]
        self.pristine = self.current()

    def current(self) -> list:
        """Return what stands there now."""
        return [get(name, MISSING) for get, name in zip(self.getters, self.names)]  # noqa: B905 -- half the time

    def put_back(self, values: list) -> None:
        """Make it what it was."""
        for place, now, value in zip(self.places, self.current(), values, strict=True):
            if now is not value:
                guard.kept.append(now)
                _put(*place, value)


def import_lazy(packages: set[str], names: set[str]) -> None:
    """Import what packages would import when one of these attributes is first read."""
    for package in [sys.modules[name] for name in packages & sys.modules.keys()]:
        space = vars(package)
        if "__getattr__" in space and "__path__" in space:
            for name in names - space.keys():
                if PathFinder.find_spec(f"{package.__name__}.{name}", space["__path__"]):
                    with contextlib.suppress(BaseException):  # the tests will report it
                        importlib.import_module(f"{package.__name__}.{name}")


def _in_modules(names: set[str]) -> list[tuple[dict, str]]:
    spaces = [vars(module) for module in list(sys.modules.values()) if _is_module(module)]
    return [
        (space, name)
        for space in spaces
        for name in names & space.keys()
        if callable(space[name]) or _is_module(space[name])
    ]


def _is_module(value: object) -> bool:
    return ModuleType in guard.type_mro(type(value))  # an object may answer itself what class it is of


def _in_classes(names: set[str]) -> list[tuple[type, str]]:
    """Find classes that have a method of these names or inherit one: either may be replaced in them."""
    found = []
    known: dict[type, frozenset] = {}
    pending = [object]
    while pending:
        kind = pending.pop()
        if kind in known:
            continue
        space = guard.type_dict(kind)
        own = frozenset(name for name in names & space.keys() if _is_method(space[name]))
        known[kind] = own.union(*(known.get(base, ()) for base in guard.type_mro(kind)[1:]))
        if guard.type_flags(kind) & guard.HEAPTYPE and not guard.type_flags(kind) & IMMUTABLE:
            found += [(kind, name) for name in known[kind]]
        pending += guard.subclasses(kind)
    return found


def _is_method(value: object) -> bool:
    return callable(value) or type(value) in DESCRIPTORS


def _put(owner, name: str, value: object) -> None:
    if isinstance(owner, type):
        if value is MISSING:
            type.__delattr__(owner, name)
        else:
            type.__setattr__(owner, name, value)
    elif value is MISSING:
        del owner[name]
    else:
        owner[name] = value

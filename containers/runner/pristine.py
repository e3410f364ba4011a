"""Remembers what ``unittest`` was, and puts it back: modules, classes, and the code of their functions."""

import builtins
import contextlib
import functools
import sys
import unittest
import unittest.mock
from types import FunctionType

import guard
import hiding

__builtins__ = dict(vars(builtins))

FUNCTIONS = (FunctionType, hiding.remembering)
LOOKED_AFTER = (
    unittest, unittest.case, unittest.suite, unittest.loader, unittest.result, unittest.util, unittest.mock,
    contextlib,
)  # fmt: skip
"""Modules whose functions run tests; of ``contextlib``, what leaves a test that has failed."""
PACKAGES = frozenset(("unittest", "contextlib"))
BUILTINS = frozenset(vars(builtins))
"""What a module's own variable of the same name would stand in for."""
OWN = frozenset(("__warningregistry__", "file_spec", "open_spec"))
"""What a module changes itself: of what it has warned, and what ``mock_open`` makes when first called."""
LAZY = frozenset(("__annotations__", "__annotations_cache__"))
"""Of a class, made by whoever reads them."""
MISSING = object()


class Pristine:
    """What ``unittest`` is at this moment: its modules, its classes, and the code of their functions."""

    def __init__(self) -> None:
        self.modules = [(module, dict(vars(module))) for module in LOOKED_AFTER]
        classes = {
            value
            for _, attributes in self.modules
            for value in attributes.values()
            if isinstance(value, type) and value.__module__.partition(".")[0] in PACKAGES
        }
        self.classes = [(each, dict(guard.type_dict(each))) for each in classes]
        values = [value for _, attributes in self.modules + self.classes for value in attributes.values()]
        plain = [getattr(value, "__func__", value) for value in values]
        functions = {id(value): value for value in plain if type(value) is FunctionType}.values()
        self.functions = [(each, each.__code__, each.__defaults__, each.__kwdefaults__) for each in functions]
        spaces = [
            *((vars(module), attributes) for module, attributes in self.modules),
            *((guard.type_dict(each), attributes) for each, attributes in self.classes),
        ]
        self.sizes = [(space, len(attributes)) for space, attributes in spaces]
        watched = [
            (space, key, value)
            for space, attributes in spaces
            for key, value in attributes.items()
            if key not in OWN
        ]
        self.places = [(space.get, key) for space, key, _ in watched]
        self.values = [value for _, _, value in watched]

    def restore(self) -> None:
        """Put everything back."""
        for module, attributes in self.modules:
            sys.modules[module.__name__] = module
            for key in _shadowing(module, attributes):
                del vars(module)[key]
            _put_back(vars(module), attributes, functools.partial(setattr, module))
        for owner, attributes in self.classes:
            current = guard.type_dict(owner)
            for key in _added(owner, attributes):
                type.__delattr__(owner, key)
            _put_back(current, attributes, functools.partial(type.__setattr__, owner))
        for function, code, defaults, keywords in self.functions:
            if function.__code__ is not code:
                function.__code__ = code
            function.__defaults__, function.__kwdefaults__ = defaults, keywords

    def intact(self) -> bool:
        """Whether everything is the same, and nothing stands in front of what functions look up."""
        now = [get(key, MISSING) for get, key in self.places]
        return (
            all(map(guard.identical, now, self.values))
            and all(sys.modules.get(module.__name__) is module for module, _ in self.modules)
            and (all(len(space) == size for space, size in self.sizes) or not self._added())
            and self.same_code()
        )

    def _added(self) -> bool:
        return any(_shadowing(*each) for each in self.modules) or any(_added(*each) for each in self.classes)

    def same_code(self) -> bool:
        """Whether every function does what it did."""
        return all(
            function.__code__ is code
            and function.__defaults__ is defaults
            and function.__kwdefaults__ is keywords
            for function, code, defaults, keywords in self.functions
        )


PRISTINE = Pristine()


def _shadowing(module, attributes: dict) -> set[str]:
    """Name the builtins that a module's functions no longer see."""
    return BUILTINS & (vars(module).keys() - attributes.keys())


def _added(owner: type, attributes: dict) -> set[str]:
    return guard.type_dict(owner).keys() - attributes.keys() - LAZY


def _put_back(current, attributes, put) -> None:
    for key, value in attributes.items():
        if key not in current or current[key] is not value:
            put(key, value)


def same_functions(owner: type, attributes: dict) -> bool:
    """Whether every function of a class is what it was."""
    now = guard.type_dict(owner)
    return all(now.get(name) is value for name, value in attributes.items() if type(value) in FUNCTIONS)

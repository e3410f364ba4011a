"""Remembers what ``unittest`` was, and puts it back: modules, classes, and the code of their functions."""

import functools
import sys
import unittest
import unittest.mock
from types import FunctionType

import guard
import hiding

FUNCTIONS = (FunctionType, hiding.remembering)
LOOKED_AFTER = (
    unittest, unittest.case, unittest.suite, unittest.loader, unittest.result, unittest.util, unittest.mock,
)  # fmt: skip


class Pristine:
    """What ``unittest`` is at this moment: its modules, its classes, and the code of their functions."""

    def __init__(self) -> None:
        self.modules = [(module, dict(vars(module))) for module in LOOKED_AFTER]
        classes = {
            value
            for _, attributes in self.modules
            for value in attributes.values()
            if isinstance(value, type) and value.__module__.partition(".")[0] == "unittest"
        }
        self.classes = [(each, dict(guard.type_dict(each))) for each in classes]
        values = [value for _, attributes in self.modules + self.classes for value in attributes.values()]
        plain = [getattr(value, "__func__", value) for value in values]
        functions = {id(value): value for value in plain if type(value) is FunctionType}.values()
        self.functions = [(each, each.__code__, each.__defaults__, each.__kwdefaults__) for each in functions]

    def restore(self) -> None:
        """Put everything back."""
        for module, attributes in self.modules:
            sys.modules[module.__name__] = module
            _put_back(vars(module), attributes, functools.partial(setattr, module))
        for owner, attributes in self.classes:
            current = guard.type_dict(owner)
            for key in [key for key in current if key not in attributes]:
                type.__delattr__(owner, key)
            _put_back(current, attributes, functools.partial(type.__setattr__, owner))
        for function, code, defaults, keywords in self.functions:
            if function.__code__ is not code:
                function.__code__ = code
            function.__defaults__, function.__kwdefaults__ = defaults, keywords

    def intact(self) -> bool:
        """Whether every function of a class is there and the same."""
        return self.same_code() and all(same_functions(*each) for each in self.classes)

    def same_code(self) -> bool:
        """Whether every function does what it did."""
        return all(function.__code__ is code for function, code, _, _ in self.functions)


PRISTINE = Pristine()


def _put_back(current, attributes, put) -> None:
    for key, value in attributes.items():
        if key not in current or current[key] is not value:
            put(key, value)


def same_functions(owner: type, attributes: dict) -> bool:
    """Whether every function of a class is what it was."""
    now = guard.type_dict(owner)
    return all(now.get(name) is value for name, value in attributes.items() if type(value) in FUNCTIONS)

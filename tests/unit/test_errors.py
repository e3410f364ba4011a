"""Errors reach the user from wherever they were raised."""

from __future__ import annotations

import inspect
import pickle

import pytest

from codeeval import errors
from codeeval.errors import CodeEvalError, UnknownName

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, CodeEvalError)]


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_cross_processes(kind: type[CodeEvalError]) -> None:
    error = UnknownName("task", "T/99", ["T/9", "T/98"]) if kind is UnknownName else kind("what", "remedy")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (kind, str(error), vars(error))

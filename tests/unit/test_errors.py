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


def test_an_unknown_name_lists_all_names() -> None:
    names = [f"Task/{number}" for number in (10, 2, 1)]
    error = UnknownName("task", "Tsk/2", names)
    assert error.known == ("Task/1", "Task/2", "Task/10"), "numbers in their order"
    assert all(name in error.remedy for name in names)
    nothing_near = UnknownName("task", "xyz", names)
    assert all(name in nothing_near.remedy for name in names)


@pytest.mark.parametrize("name", ["Tsk/2", "xyz"])
def test_of_very_many_names_the_first_and_last_are_named(name: str) -> None:
    error = UnknownName("task", name, [f"Task/{number}" for number in range(1140)])
    assert len(error.known) == 1140
    assert {"1140", "Task/0", "Task/1139."} <= set(error.remedy.replace(",", " ").split())
    assert len(error.remedy) < 200

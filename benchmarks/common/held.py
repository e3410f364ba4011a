"""What is read from disk for the problems that are at work, held while many samples need it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.types import Problem

T = TypeVar("T")

KEPT_CHARS: Final = 32 << 20
"""Of what is held, unless that of one problem is longer."""


class Held(Generic[T]):
    """Reads what belongs to a problem, and keeps that of the latest ones.

    Safe to use from several threads at once.

    Args:
        read: reads what belongs to a problem; what it raises is raised where that is asked for.
        chars: length of the texts in it.
    """

    def __init__(self, read: Callable[[Problem], T], chars: Callable[[T], int]) -> None:
        self._read = read
        self._chars = chars
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, problem: Problem) -> T:
        """Return what belongs to a problem."""
        with self._lock:
            if problem.task_id in self._kept:
                self._kept.move_to_end(problem.task_id)
                return self._kept[problem.task_id]
            found = self._read(problem)
            self._kept[problem.task_id] = found
            self._size += self._chars(found)
            while self._size > KEPT_CHARS and len(self._kept) > 1:
                self._size -= self._chars(self._kept.popitem(last=False)[1])
            return found

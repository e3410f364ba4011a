"""Whose fault an unforeseen error is: a second net below ``guarding``, for what cannot be guarded."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from codeeval.registry.entries import OWN, Group, Plugin, plugins

if TYPE_CHECKING:
    from collections.abc import Iterator


def culprit(error: BaseException) -> Plugin | None:
    """Return the plug-in of another package whose code raised an error or had been called last, if any."""
    others: dict[str, Plugin] = {}
    for plugin in (each for group in Group for each in plugins(group) if not each.own):
        others.setdefault(_package(plugin.target.partition(":")[0]), plugin)
    others.pop(OWN, None)
    return next((others[name] for name in _packages(error) if name in others), None)


def _packages(error: BaseException) -> Iterator[str]:
    """Yield the packages whose code was running, the innermost first, causes and groups included."""
    frames = list(traceback.walk_tb(error.__traceback__))
    for frame, _ in reversed(frames):
        yield _package(str(frame.f_globals.get("__name__", "")))
    if error.__cause__ is not None:
        yield from _packages(error.__cause__)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _packages(each)


def _package(module: str) -> str:
    return module.partition(".")[0]

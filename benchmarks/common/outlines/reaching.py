"""Which items a function needs, and which only show or test it."""

from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common.outlines.items import Item, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_EXIT: Final = re.compile(
    r"\s*(?:exit|quit|q|os\.exit|process\.exit|sys\.exit|die|halt|System\.halt)\b"
    r"[ \t]*(?:\([^\n]*|\d+)?;?\s*\Z"
)
_SHOWS: Final = re.compile(r"(?:test|bench|example|demo)", re.IGNORECASE)
"""How the name of a function begins that tests or shows another."""
_RUNNABLE: Final = (Kind.DEFINITION, Kind.STATEMENT)


def needed(items: Sequence[Item], names: Iterable[str]) -> frozenset[str]:
    """Return the names that names lead to through what their items use, themselves included."""
    uses: dict[str, set[str]] = {}
    for item in items:
        if item.kind in {*_RUNNABLE, Kind.IMPORT}:
            for name in item.binds:
                uses.setdefault(name, set()).update(item.uses)
    return _reached(uses, names)


def without_examples(
    items: Iterable[Item], target: str, taken: Collection[str] = (), around: str = ""
) -> tuple[Item, ...]:
    """Leave out tests, entry points, and statements that run the function while the code is loaded.

    Nothing that the function needs can need the function first: a statement that reaches it is an example,
    unless it binds the function anew or sets something of it. What uses a name that goes with these goes too.
    What is not provably one of them stays.

    Args:
        items: what the code consists of.
        target: the function's name.
        taken: names that the tests bind themselves: what else binds them goes, unless the function needs it.
        around: the class or module of the function, where the items stand outside of it.
    """
    items = list(items)
    kept = [item for item in items if item.kind not in {Kind.TEST, Kind.DROPPED}]
    required = needed(kept, {target})
    leading = _leading(kept, {target, around} - {""})

    def is_example(item: Item) -> bool:
        if target in item.binds:
            return item.kind is Kind.IMPORT
        reaches = bool(item.uses & leading)
        match item.kind:
            case Kind.STATEMENT:
                shows = reaches or bool(_EXIT.match(item.text))
            case Kind.DEFINITION:
                shows = reaches and any(map(_SHOWS.match, item.binds))
            case _:
                shows = False
        return shows or not item.binds.isdisjoint(taken)

    examples = [item for item in kept if is_example(item) and not _is_needed(item, required)]
    absent = {name for item in items if item.kind is Kind.TEST for name in item.binds}
    left_out = _with_users(kept, examples, absent, required)
    return tuple(item for item in kept if id(item) not in left_out)


def _is_needed(item: Item, required: Collection[str]) -> bool:
    return item.kind is not Kind.IMPORT and not item.binds.isdisjoint(required)


def _leading(items: Iterable[Item], targets: Collection[str]) -> frozenset[str]:
    """Return the names that lead to one of the targets, themselves included."""
    users: dict[str, set[str]] = {}
    for item in items:
        if item.kind in _RUNNABLE:
            for name in item.uses:
                users.setdefault(name, set()).update(item.binds)
    return _reached(users, targets)


def _reached(links: Mapping[str, Iterable[str]], names: Iterable[str]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += links.get(name, ())
    return frozenset(reached)


def _with_users(
    items: Sequence[Item], dropped: Iterable[Item], absent: Iterable[str], required: Collection[str]
) -> set[int]:
    """Return the identities of the items dropped and of those that use a name which nothing else binds."""
    binders = collections.Counter(name for item in items for name in item.binds)
    users: dict[str, list[Item]] = {}
    for item in items:
        if item.kind in _RUNNABLE and not _is_needed(item, required):
            for name in item.uses:
                users.setdefault(name, []).append(item)
    gone: set[int] = set()
    waiting = list(dropped)
    for name in absent:
        if not binders[name]:
            waiting += users.get(name, [])
    while waiting:
        item = waiting.pop()
        if id(item) in gone:
            continue
        gone.add(id(item))
        for name in item.binds:
            binders[name] -= 1
            if not binders[name]:
                waiting += users.get(name, [])
    return gone

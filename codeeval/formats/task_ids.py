"""Which of a benchmark's tasks an id means that is written otherwise: ``11``, ``MBPP/11``, ``mbpp_011``."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

POSITION: Final = "@"
"""Before a number: the task with that index in the dataset, of files that do not name their tasks."""
_NUMBER: Final = re.compile(r"(\d+)")


def match_ids(found: Iterable[str], known: Sequence[str], family: str) -> dict[str, str]:
    """Return which known id each found one means; ids that mean none, or several, are not in it.

    Case, separators and leading zeros do not matter. A number alone is that of the only known id with it, and
    neither side needs a prefix, if it is the benchmark's own: ``HumanEval/11`` is no task of MBPP.

    Args:
        found: ids as somebody wrote them.
        known: the benchmark's, in the order of its dataset.
        family: the benchmark's name, which ids may have as prefix where the known have none.
    """
    exact = set(known)
    by_parts: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    by_number: defaultdict[str, list[str]] = defaultdict(list)
    for each in known:
        parts = _parts(each)
        by_parts[parts].append(each)
        if parts and parts[-1].isdecimal():
            by_number[parts[-1]].append(each)
    matches = {}
    for each in found:
        if each in exact:
            matches[each] = each
            continue
        position = each.removeprefix(POSITION)
        if position != each and position.isdecimal():
            matches.update({each: known[int(position)]} if int(position) < len(known) else {})
            continue
        parts = _parts(each)
        ends = (parts[start:] for start in range(len(parts)))
        meant = next((by_parts[end] for end in ends if end in by_parts), [])
        if len(parts) == 1:
            meant = meant or by_number.get(parts[0], [])
        elif meant and len(_parts(meant[0])) == 1 and not _of_family(parts[:-1], family):
            meant = []
        if len(meant) == 1:
            matches[each] = meant[0]
    return matches


def _parts(task_id: str) -> tuple[str, ...]:
    """Split an id into words in lower case and numbers without leading zeros."""
    words = re.findall(r"\d+|[^\W\d_]+", task_id.casefold())
    return tuple(word.lstrip("0") or "0" if _NUMBER.fullmatch(word) else word for word in words)


def _of_family(prefix: tuple[str, ...], family: str) -> bool:
    return "".join(_parts(family)).startswith("".join(prefix))

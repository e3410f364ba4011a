"""Names of Python's, made into names of languages that are stricter about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def words(text: str) -> frozenset[str]:
    """Split a text at white space."""
    return frozenset(text.split())


def lower(name: str) -> str:
    """Return a name that begins with a lower-case letter; others name types or modules in some languages."""
    bare = name.lstrip("_") or "x"
    bare = bare if bare[0].isalpha() else f"x{bare}"
    return bare[0].lower() + bare[1:]


def distinct(
    names: Iterable[str], reserved: Collection[str], *, fold_case: bool = False, mark: str = "_"
) -> list[str]:
    """Return names of which none is reserved and no two are the same; a mark is put after others.

    Args:
        names: the names, in order.
        reserved: keywords and other names that are taken.
        fold_case: whether upper and lower case are the same.
        mark: the mark.
    """
    taken = {word.lower() for word in reserved} if fold_case else set(reserved)
    found = []
    for name in names:
        key = name.lower() if fold_case else name
        while key in taken:
            name, key = f"{name}{mark}", f"{key}{mark}"  # noqa: PLW2901 -- until it is free
        taken.add(key)
        found.append(name)
    return found

"""What an outline consists of."""

from __future__ import annotations

import enum

import msgspec


class Kind(enum.Enum):
    """What an item of a program is for."""

    HEADER = "header"
    """It must come first: a pragma, ``#lang``, ``<?php``."""
    IMPORT = "import"
    DEFINITION = "definition"
    """It defines something and runs nothing: a function, a type, in compiled languages a variable too."""
    STATEMENT = "statement"
    """It runs where it stands; it may bind names."""
    TEST = "test"
    """A test or the entry point of a program: what runs the code, not part of it."""
    DROPPED = "dropped"
    """It has no place in a program of one file: a package clause, an export, what follows ``__END__``."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item with the white space and the comments before it; all items joined are the code.

    Attributes:
        text: the item's text.
        kind: what it is for.
        binds: names that it defines for the code around it.
        uses: names of other items that it may mean; not those that it binds within.
        head: of a class or module, its text up to where its members begin.
        members: its members; joined between ``head`` and ``tail`` they are the text.
        tail: what closes it.
        start: where the text began in the code that was read; of an item made otherwise, nowhere.
        end: where it ended.
    """

    text: str
    kind: Kind
    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    head: str = ""
    members: tuple[Item, ...] = ()
    tail: str = ""
    start: int = -2
    end: int = -1

    def defines(self, name: str) -> bool:
        """Whether it binds a name and is no import or example."""
        return name in self.binds and self.kind in {Kind.DEFINITION, Kind.STATEMENT}


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The items of a program in order, and whether it is grammatical as a whole."""

    items: tuple[Item, ...]
    sound: bool

"""Hand-written solutions, one folder a language, and mutations of them: one character each, none right."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from codeeval.errors import DataError

FOLDER: Final = Path(__file__).parent / "references"
_MUTATIONS: Final = "mutations.toml"


class Mutation(msgspec.Struct, frozen=True, kw_only=True):
    """A solution with one character added, removed or changed."""

    name: str
    """The row's."""
    text: str


def solutions(language: str) -> dict[str, str]:
    """Read a language's solutions: name of the row -> what follows its prompt."""
    files = sorted((FOLDER / language).glob("HumanEval_*.*"))
    return {file.stem: file.read_text("utf-8") for file in files}


def mutations(language: str) -> list[Mutation]:
    """Read a language's mutations and carry them out.

    Raises:
        DataError: one is of no solution, or what it replaces does not occur exactly once.
    """
    path = FOLDER / language / _MUTATIONS
    known = solutions(language)
    made = []
    for name, (old, new) in tomllib.loads(path.read_text("utf-8")).items():
        solution = known.get(name, "")
        if solution.count(old) != 1:
            raise DataError(f"{path}: {name}: {old!r} does not occur exactly once", "Correct it.")
        made.append(Mutation(name=name, text=solution.replace(old, new)))
    return made

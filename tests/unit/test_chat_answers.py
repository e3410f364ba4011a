"""Every shape of a chat answer, around references in 25 languages, becomes the program that a plain one does.

What is executed of them, tests/end_to_end/test_multipl_e.py says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support import chat_answers

from codeeval.benchmarks.common import answers
from codeeval.benchmarks.multipl_e import references, rows
from codeeval.benchmarks.multipl_e.suffixes import HASHES, SUFFIXES
from codeeval.interfaces import DataSource
from codeeval.languages import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.types import Problem

WITH_REFERENCES = sorted(folder.name for folder in references.FOLDER.iterdir())
COMMENTS = re.compile(
    r"/\*.*?\*/|--\[\[.*?\]\]|\"\"\".*?\"\"\"|\(\*.*?\*\)|\{-.*?-\}|#\|.*?\|#|^=\w+.*?^=(?:cut|end)$"
    r"|^[ \t]*(?:///?|#(?![!i]|lang)|#!|--|;).*?$",
    re.DOTALL | re.MULTILINE,
)
HARMLESS = {
    "c": {"own tests"},  # a function that nothing calls
    "haskell": {"own tests"},
    "perl": {"own main"},  # a true value at the end
    "python": {"own tests"},  # an import
    "ada": {"own main", "function alone"},  # a context clause, or one twice
}
"""Shapes of which something stays that changes nothing."""


def problems(language: str, root: Path) -> list[Problem]:
    suffix = next(suffix for suffix, id_ in SUFFIXES.items() if id_ == language)
    source = "humaneval" if f"humaneval-{suffix}" in HASHES else "twelve"
    loaded = rows.load(source, suffix, DataSource(root=root, offline=True))
    return [problem for problem in loaded.problems if problem.reference]


def plain(code: str) -> str:
    return "".join(COMMENTS.sub("", code).split())


@pytest.mark.data
@pytest.mark.parametrize("language", WITH_REFERENCES)
def test_what_stands_around_a_solution_changes_nothing(language: str, data_root: Path) -> None:
    there = problems(language, data_root)
    for problem in (there[0], there[7]):
        solutions = {
            name: answers.find(text, problem, LANGUAGES[language]).solution
            for name, text in chat_answers.shapes(problem)
        }
        differing = {name for name, code in solutions.items() if plain(code) != plain(solutions["plain"])}
        assert differing - HARMLESS.get(language, set()) <= chat_answers.UNLIKE_PLAIN
        for name in chat_answers.UNLIKE_PLAIN & solutions.keys():
            assert "missing" not in solutions[name]

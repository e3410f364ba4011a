"""Finds what in a candidate's code takes the meaning from tests that run in the same program.

The official protocols of most languages put tests and candidate into one program: one that redefines
``assert``, or reads the completion token from its own source, has its tests pass. ``tampering.toml`` has a
pattern for each kind that is known, by language. Whoever wants to can still write a program that no pattern
knows; the sealed protocol needs none.
"""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.languages import Language

_FILE: Final = Path(__file__).parent / "tampering.toml"
_ALIKE: Final = {"typescript": "javascript"}
_STRING: Final = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\\n]){0,200}')"""
_SLASHES: Final = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_HASH: Final = r"(?<![^\s;])\#[^\n]*"
_OWN_FILE: Final = r"""["'`/]{name}["'`]"""


def found(code: str, language: Language, prompt: str = "") -> str:
    """Return what a candidate's code does to its tests, or an empty text.

    Args:
        code: what a model wrote.
        language: what it is written in; one without patterns has nothing found.
        prompt: what it continues: code may repeat all of it, for example a class that tests name too.
    """
    plain = _comments(language.id).sub(lambda match: match[0] if match["text"] else " ", code)
    return next(
        (
            name
            for name, pattern in _patterns(language.id, language.source_name)
            if any(match[0] not in prompt for match in pattern.finditer(plain))
        ),
        "",
    )


@functools.cache
def _patterns(language: str, source_name: str) -> Sequence[tuple[str, re.Pattern[str]]]:
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    of_language = tables.get(_ALIKE.get(language, language))
    if of_language is None:
        return ()
    own_file = _OWN_FILE.format(name=rf"{re.escape(source_name.partition('.')[0])}\.\w{{1,5}}")
    texts = [*of_language.items(), *tables["all"].items(), ("reads the program's own files", own_file)]
    return tuple((name, re.compile(text)) for name, text in texts)


@functools.cache
def _comments(language: str) -> re.Pattern[str]:
    """Return the pattern of a language's comments, and of its strings in the group ``text``."""
    match language:
        case "bash" | "elixir" | "perl" | "r":
            comment = _HASH
        case "julia":
            comment = r"\#=.*?(?:=\#|\Z)|\#[^\n]*"
        case "ruby":
            comment = rf"{_HASH}|^=begin\b.*?(?:^=end\b|\Z)"
        case "php":
            comment = rf"{_SLASHES}|{_HASH}"
        case "ada":
            comment = r"--[^\n]*"
        case "haskell":
            comment = r"--[^\n]*|\{-(?!\#).*?(?:-\}|\Z)"
        case "lua":
            comment = r"--\[\[.*?(?:\]\]|\Z)|--[^\n]*"
        case "ocaml":
            comment = r"\(\*.*?(?:\*\)|\Z)"
        case "clojure" | "racket":
            comment = r";[^\n]*|\#\|.*?(?:\|\#|\Z)"
        case _:
            comment = _SLASHES
    return re.compile(rf"(?P<text>{_STRING})|{comment}", re.DOTALL | re.MULTILINE)

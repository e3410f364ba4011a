"""The target languages by MultiPL-E's suffix; the module of each is imported when it is needed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from codeeval.errors import UnknownName, UsageError
from codeeval.languages import LANGUAGES

if TYPE_CHECKING:
    from codeeval.translators.target import Target

ALL: Final = "all"
TARGETS: Final[dict[str, str]] = {
    "adb": "ada:Ada",
    "c": "c:C",
    "clj": "clojure:Clojure",
    "cpp": "cpp:Cpp",
    "cs": "csharp:CSharp",
    "d": "d:D",
    "dart": "dart:Dart",
    "elixir": "elixir:Elixir",
    "go": "go:Go",
    "hs": "haskell:Haskell",
    "java": "java:Java",
    "jl": "julia:Julia",
    "js": "javascript:JavaScript",
    "kt": "kotlin:Kotlin",
    "lua": "lua:Lua",
    "ml": "ocaml:OCaml",
    "php": "php:Php",
    "pl": "perl:Perl",
    "py": "python:Python",
    "r": "r:R",
    "rb": "ruby:Ruby",
    "rkt": "racket:Racket",
    "rs": "rust:Rust",
    "scala": "scala:Scala",
    "sh": "bash:Bash",
    "swift": "swift:Swift",
    "ts": "typescript:TypeScript",
}
"""MultiPL-E's suffix -> module and class."""


def target(suffix: str) -> Target:
    """Return the target language with this suffix.

    Raises:
        UnknownName: there is none.
    """
    try:
        module, _, name = TARGETS[suffix].partition(":")
    except KeyError:
        raise UnknownName("target language", suffix, TARGETS) from None
    made: Target = getattr(importlib.import_module(f"codeeval.translators.targets.{module}"), name)()
    return made


def suffixes(names: str) -> list[str]:
    """Return the suffixes of target languages, named by suffix, id or title: ``rust,go``, ``rs``, or ``all``.

    Raises:
        UnknownName: one is no target language.
        UsageError: there is no name.
    """
    if names == ALL:
        return list(TARGETS)
    known = {suffix: suffix for suffix in TARGETS}
    for suffix in TARGETS:
        id_ = target(suffix).language
        known |= {id_: suffix, LANGUAGES[id_].title.lower(): suffix}
    found = []
    for name in filter(None, (each.strip().lower() for each in names.split(","))):
        if name not in known:
            raise UnknownName("target language", name, known)
        found.append(known[name])
    if not found:
        raise UsageError("--to names no language", "For example: --to rust,go, or --to all.")
    return list(dict.fromkeys(found))


def stop_tokens(language: str) -> tuple[str, ...]:
    """Return where a base model has left a function of this language; nothing where that is no target."""
    for suffix, place in TARGETS.items():
        if place.partition(":")[0] == language:
            return target(suffix).stop
    return ()

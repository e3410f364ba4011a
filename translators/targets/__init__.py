"""One module a target language, imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from codeeval.errors import UnknownName

if TYPE_CHECKING:
    from codeeval.translators.target import Target

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
    made = getattr(importlib.import_module(f"{__name__}.{module}"), name)()
    return cast("Target", made)

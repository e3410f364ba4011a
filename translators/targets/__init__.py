"""One module a target language, imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from codeeval.errors import UnknownName

if TYPE_CHECKING:
    from codeeval.translators.target import Target

TARGETS: Final[dict[str, str]] = {
    "c": "c:C",
    "cpp": "cpp:Cpp",
    "cs": "csharp:CSharp",
    "d": "d:D",
    "dart": "dart:Dart",
    "go": "go:Go",
    "java": "java:Java",
    "jl": "julia:Julia",
    "kt": "kotlin:Kotlin",
    "rkt": "racket:Racket",
    "rs": "rust:Rust",
    "scala": "scala:Scala",
    "swift": "swift:Swift",
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

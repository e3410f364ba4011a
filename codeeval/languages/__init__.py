"""The languages that sandboxes run: one declarative entry each.

Adding a language is one module here and one folder under ``containers/``; see CONTRIBUTING.md.
"""

from __future__ import annotations

from typing import Final

import msgspec

from codeeval.errors import UnknownName
from codeeval.languages.ada import ADA
from codeeval.languages.bash import BASH
from codeeval.languages.c import C
from codeeval.languages.clojure import CLOJURE
from codeeval.languages.cpp import CPP
from codeeval.languages.csharp import CSHARP
from codeeval.languages.d import D
from codeeval.languages.dart import DART
from codeeval.languages.elixir import ELIXIR
from codeeval.languages.entry import Command, Epilogue, Language, Marks, PythonFile, SelfTest
from codeeval.languages.finishing import finish
from codeeval.languages.fsharp import FSHARP
from codeeval.languages.go import GO
from codeeval.languages.haskell import HASKELL
from codeeval.languages.java import JAVA
from codeeval.languages.javascript import JAVASCRIPT
from codeeval.languages.julia import JULIA
from codeeval.languages.kotlin import KOTLIN
from codeeval.languages.lua import LUA
from codeeval.languages.ocaml import OCAML
from codeeval.languages.perl import PERL
from codeeval.languages.php import PHP
from codeeval.languages.python import PYTHON
from codeeval.languages.r import R
from codeeval.languages.racket import RACKET
from codeeval.languages.ruby import RUBY
from codeeval.languages.rust import RUST
from codeeval.languages.scala import SCALA
from codeeval.languages.swift import SWIFT
from codeeval.languages.typescript import TYPESCRIPT
from codeeval.types import Extraction, Oracle, Program, SourceFile, Step

__all__ = [
    "LANGUAGES",
    "PYTHON",
    "Command",
    "Epilogue",
    "Language",
    "Marks",
    "PythonFile",
    "SelfTest",
    "finish",
    "language",
    "self_test_program",
]

LANGUAGES: Final[dict[str, Language]] = {
    language.id: language
    for language in (
        PYTHON,
        CPP,
        CLOJURE,
        JAVA,
        JAVASCRIPT,
        KOTLIN,
        SCALA,
        TYPESCRIPT,
        PERL,
        RUBY,
        R,
        ADA,
        C,
        D,
        GO,
        HASKELL,
        OCAML,
        RUST,
        SWIFT,
        BASH,
        CSHARP,
        ELIXIR,
        JULIA,
        LUA,
        PHP,
        RACKET,
        FSHARP,
        DART,
    )
}


def language(id_: str) -> Language:
    """Return the language with this id.

    Raises:
        UnknownName: there is none.
    """
    try:
        return LANGUAGES[id_]
    except KeyError:
        raise UnknownName("language", id_, LANGUAGES) from None


def self_test_program(of: Language, test: SelfTest) -> Program:
    """Make the program of a self-test, to be judged like any other."""
    source = finish(test.source, of.epilogue) if not test.stdout else test.source
    return Program(
        task_id=f"self-test/{of.id}/{test.name}",
        sample=0,
        language=of.id,
        image=of.image,
        extraction=Extraction(rule="self-test", code=test.source),
        files=(SourceFile(path=of.source_name, content=source or test.source), *of.support),
        steps=tuple(_limited(step, test) for step in of.steps()),
        stdin=test.stdin,
        oracle=Oracle.STDOUT if test.stdout else Oracle.COMPLETED,
        expected=test.stdout,
    )


def _limited(step: Step, test: SelfTest) -> Step:
    """Bound what a self-test's program may use; its compiler keeps what the language says."""
    if step.name == "compile":
        return step
    limits = msgspec.structs.replace(
        step.limits,
        cpu_s=test.cpu_s or step.limits.cpu_s,
        memory_bytes=test.memory_bytes or step.limits.memory_bytes,
    )
    return msgspec.structs.replace(step, limits=limits)

"""Which languages there are: codeeval's own and those of plug-ins, each imported when it is looked up."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Mapping
from typing import Final

from codeeval import registry
from codeeval.errors import UnknownName
from codeeval.languages.entry import Language

_OWN: Final = (
    "python",
    "cpp",
    "clojure",
    "java",
    "javascript",
    "kotlin",
    "scala",
    "typescript",
    "perl",
    "ruby",
    "r",
    "ada",
    "c",
    "d",
    "go",
    "haskell",
    "ocaml",
    "rust",
    "swift",
    "bash",
    "csharp",
    "elixir",
    "julia",
    "lua",
    "php",
    "racket",
    "fsharp",
    "dart",
    "verilog",
)
"""Ids: each names a module, and in upper case the constant in it."""


class _Languages(Mapping[str, Language]):
    """By id, codeeval's own first.

    Raises:
        PluginError: a plug-in's language is looked up that is none, or that two packages have.
    """

    def __getitem__(self, id_: str) -> Language:
        if id_ in _plugged():
            return _plugged_language(id_)
        if id_ not in _OWN:
            raise KeyError(id_)
        found: Language = getattr(importlib.import_module(f"codeeval.languages.{id_}"), id_.upper())
        return found

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys((*_OWN, *_plugged()))

    def __len__(self) -> int:
        return len({*_OWN, *_plugged()})


LANGUAGES: Final[Mapping[str, Language]] = _Languages()


def language(id_: str) -> Language:
    """Return the language with this id.

    Raises:
        UnknownName: there is none.
        PluginError: a plug-in has it, but not as it must be, or two packages have it.
    """
    try:
        return LANGUAGES[id_]
    except KeyError:
        raise UnknownName("language", id_, LANGUAGES) from None


@functools.cache
def _plugged() -> dict[str, list[registry.Plugin]]:
    found: dict[str, list[registry.Plugin]] = {}
    for plugin in registry.plugins(registry.Group.LANGUAGES):
        found.setdefault(plugin.name, []).append(plugin)
    return found


@functools.cache
def _plugged_language(id_: str) -> Language:
    plugins = _plugged()[id_]
    if id_ in _OWN:
        plugins = [registry.own_plugin(registry.Group.LANGUAGES, id_, f"codeeval.languages.{id_}"), *plugins]
    registry.require_one(plugins)
    found = plugins[0].load()
    if not isinstance(found, Language):
        raise registry.fault(plugins[0], f"{plugins[0].target} is no codeeval.languages.Language")
    if found.id != id_:
        raise registry.fault(plugins[0], f"its id is {found.id!r}: name its entry point so")
    return found

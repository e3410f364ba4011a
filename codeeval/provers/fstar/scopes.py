"""What a text knows of names: modules it names, opens and abbreviates, what it declares and binds."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.lexing.fstar import Kind, module_paths, texts, tokens
from codeeval.lexing.fstar_declarations import declarations
from codeeval.provers.fstar.allowed import KEYWORDS, MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codeeval.lexing.fstar import Token

END_BINDERS: Final = frozenset({"=", "->", "."})
BEGIN_BINDERS: Final = frozenset(
    {"let", "rec", "and", "val", "fun", "function", "forall", "exists", "|", "with"}
)


class Scope(NamedTuple):
    """What a problem's own text knows."""

    paths: frozenset[str]
    abbreviations: Mapping[str, str]
    opened: tuple[str, ...]
    names: frozenset[str]
    """Names in its text."""
    declared: frozenset[str]
    """Names that its text declares."""

    def resolved(self, path: str) -> set[str]:
        """Return what a module's path may stand for."""
        first, dot, rest = path.partition(".")
        full = self.abbreviations.get(first, first) + dot + rest
        if full in MODULES or full in self.paths:
            return {full}
        return {full, *(f"{namespace}.{full}" for namespace in self.opened)}


@functools.lru_cache(maxsize=64)
def scope(source: str) -> Scope:
    """Read what a problem's or a candidate's text knows."""
    code = tokens(source)
    abbreviations: dict[str, str] = {}
    opened: list[str] = []
    for index, token in enumerate(code):
        if token.text == "module" and texts(code[index + 2 : index + 3]) == ["="]:
            abbreviations[code[index + 1].text] = path_at(code, index + 3)
        elif token.text == "open":
            opened.append(path_at(code, index + 1))
        elif texts(code[index + 1 : index + 3]) == [".", "("]:  # M.( ... ) opens M
            opened.append(qualifier(code, index + 2))
    names = frozenset(token.text for token in code if token.kind is Kind.NAME)
    declared = frozenset(name for declaration in declarations(code) for name in declaration.names)
    return Scope(module_paths(code), abbreviations, tuple(opened), names, declared)


def path_at(code: Sequence[Token], at: int) -> str:
    """Return the module's path that begins at a token."""
    parts = texts(code[at : at + 1])
    while texts(code[at + 1 : at + 2]) == ["."] and code[at + 2 : at + 3]:
        if code[at + 2].kind is not Kind.CONSTRUCTOR:
            break
        parts.append(code[at + 2].text)
        at += 2
    return ".".join(parts)


def named_modules(code: Sequence[Token]) -> Iterator[str]:
    """Yield the modules that a text names, without their own parents."""
    index = 0
    while index < len(code):
        if code[index].kind is not Kind.CONSTRUCTOR:
            index += 1
            continue
        path = path_at(code, index)
        before = texts(code[max(0, index - 3) : index])
        index += 2 * path.count(".") + 1
        behind = texts(code[index : index + 1])
        if (
            behind == ["."]
            or before[-1:] in (["open"], ["include"], ["friend"])
            or before[::2] == ["module", "="]
        ):
            yield path
        elif "." in path:
            yield path.rpartition(".")[0]


def qualifier(code: Sequence[Token], index: int) -> str:
    """Return the module's path before a name, or an empty string."""
    parts: list[str] = []
    while index >= 2 and code[index - 1].text == "." and code[index - 2].kind is Kind.CONSTRUCTOR:
        parts.append(code[index - 2].text)
        index -= 2
    return ".".join(reversed(parts))


def within(path: str, libraries: Sequence[str]) -> bool:
    """Whether a module is one of the libraries, or in one."""
    return any(path == library or path.startswith(f"{library}.") for library in libraries)


def bound_names(code: Sequence[Token]) -> frozenset[str]:
    """Return the names that a text binds: by ``let`` and ``val``, as parameters, in patterns and binders.

    Too many rather than too few: a name that is bound anywhere is replaced everywhere.
    """
    found: set[str] = set()
    binding = False
    depth = annotated = 0
    for index, token in enumerate(code):
        text = token.text
        if text in BEGIN_BINDERS:
            binding, depth, annotated = True, 0, -1
        elif text in END_BINDERS and depth <= 0:
            binding = False
        depth += text in ("(", "[", "{")
        depth -= text in (")", "]", "}")
        if binding and text == ":" and annotated < 0:
            annotated = depth
        elif depth < annotated:
            annotated = -1
        follows = texts(code[index + 1 : index + 2]) == [":"]
        if token.kind is Kind.NAME and text not in KEYWORDS and (follows or (binding and annotated < 0)):
            found.add(text)
    return frozenset(found)

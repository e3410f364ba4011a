"""Reads code into an outline: by a tree-sitter grammar where the language has one, else by its tokens."""

from __future__ import annotations

import functools
import importlib
import re
import warnings
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.outlines import scanning
from codeeval.benchmarks.common.outlines.grammars import ENTRY_POINTS, GRAMMARS, TEST_LIBRARIES
from codeeval.benchmarks.common.outlines.items import Item, Kind, Outline
from codeeval.extraction.bounded import parse_bounded
from codeeval.extraction.python import CODE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node, Parser

    from codeeval.benchmarks.common.outlines.grammars import Grammar

_MOST_BYTES: Final = 20_000
"""Of code that a grammar reads: some look for the end of a string or comment anew at each that begins."""
_LOOKED_AT: Final = 4000
"""Characters of an item that patterns see."""
_MOST_DEPTH: Final = 4
"""Classes within modules within namespaces."""
_NAME: Final = re.compile(r"[$@%&]?[^\W\d][\w']*[?!]?\Z")
_NO_NAME: Final = ("comment", "string", "content", "escape", "char_literal", "character", "fragment", "text")
_BINDING_FIELDS: Final = frozenset({"name", "left", "pattern", "declarator", "lhs"})
_SCOPED: Final = ("param", "lambda_capture", "variable_list")
_BINDING: Final = ("assign", "declarat", "definition", "binding", "let", "item", "method", "function", "bind")


@functools.lru_cache(maxsize=16)  # a block is asked whether it parses, what it defines, and for its items
def outline(code: str, language: str) -> Outline | None:
    """Read code; None where it is too long or cannot be read in bounded time. Never raises.

    Args:
        code: source code, perhaps with errors in it.
        language: the id of its language.
    """
    grammar = GRAMMARS.get(language)
    if grammar is None:
        return scanning.outline(code, language) if len(code) <= CODE_BYTES else None
    data = code.encode()
    if len(data) > _MOST_BYTES:
        return None
    known = functools.reduce(lambda text, pair: text.replace(*pair), grammar.masked, data)
    root = parse_bounded(_parser(language), known)
    if root is None:
        return None
    return Outline(items=_Reader(grammar, data).items(root), sound=not root.has_error)


def parses(code: str, language: str) -> bool:
    """Whether code is grammatical as a whole, as far as can be told, and more than a comment."""
    found = outline(opened(code, language), language)
    if found is None or not found.sound:
        return False
    return any(
        item.kind is Kind.IMPORT or (item.kind is not Kind.HEADER and (item.binds or item.uses))
        for item in found.items
    )


def opened(code: str, language: str) -> str:
    """Return code as its grammar wants it to begin: PHP stands in ``<?php``."""
    grammar = GRAMMARS.get(language)
    opening = grammar.opening if grammar else ""
    return code if code.lstrip().startswith(opening.strip()) else opening + code


@functools.cache
def _parser(language: str) -> Parser:
    import tree_sitter  # noqa: PLC0415 -- costs 50 ms

    grammar = GRAMMARS[language]
    pointer = getattr(importlib.import_module(grammar.module), grammar.function)()
    with warnings.catch_warnings():  # some grammars hand over a number, which is right and deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        return tree_sitter.Parser(tree_sitter.Language(pointer))


class _Reader:
    """Makes items of the nodes of one tree."""

    def __init__(self, grammar: Grammar, data: bytes) -> None:
        self.grammar = grammar
        self.data = data

    def items(self, root: Node) -> tuple[Item, ...]:
        """Return the items of a program; joined they are the program."""
        return self._items(self._children(root), 0, len(self.data), 0)

    def _children(self, node: Node) -> Iterator[Node]:
        for child in node.children:
            if child.type in self.grammar.groups:
                yield from self._children(child)
            elif child.is_named:
                yield child

    def _items(self, nodes: Iterable[Node], begin: int, end: int, depth: int) -> tuple[Item, ...]:
        found: list[Item] = []
        start = begin
        for node in nodes:
            if "comment" in node.type or node.type == "haddock":
                if found and self._same_line(start, node.start_byte):
                    found[-1] = self._longer(found[-1], start, node.end_byte)
                    start = node.end_byte
                continue
            if node.type in self.grammar.leading:
                continue
            stop = self._to_line_end(node.end_byte, end)
            found.append(self._item(node, start, stop, depth))
            start = stop
        if start < end:
            rest = self._text(start, end)
            if found and not rest.strip():
                found[-1] = self._longer(found[-1], start, end)
            else:
                found.append(Item(text=rest, kind=Kind.DEFINITION, start=start, end=end))
        return tuple(found)

    def _same_line(self, start: int, end: int) -> bool:
        return b"\n" not in self.data[start:end] and self.data[start - 1 : start] != b"\n"

    def _to_line_end(self, place: int, end: int) -> int:
        """Return where an item ends: with the separator and the line's end behind it."""
        found = re.compile(rb"[ \t]*;*[ \t]*\n?").match(self.data, place, end)
        return found.end() if found else place

    def _longer(self, item: Item, start: int, end: int) -> Item:
        more = self._text(start, end)
        tail = item.tail + more if item.head else ""
        return msgspec.structs.replace(item, text=item.text + more, tail=tail, end=end)

    def _text(self, start: int, end: int) -> str:
        return self.data[start:end].decode(errors="replace")

    def _item(self, node: Node, start: int, stop: int, depth: int) -> Item:
        text = self._text(start, stop)
        core = self._text(node.start_byte, stop)
        names = _Names(node, self.grammar, core)
        kind = self._kind(node, core, text)
        if kind in {Kind.DEFINITION, Kind.STATEMENT} and names.binds & ENTRY_POINTS:
            kind = Kind.TEST
        if kind is Kind.TEST and node.type not in self.grammar.definitions:  # what it imports is gone with it
            return Item(text=text, kind=kind, binds=names.binds | names.uses, start=start, end=stop)
        body = self._body(node) if depth < _MOST_DEPTH else None
        if body is None or kind is not Kind.DEFINITION:
            return Item(text=text, kind=kind, binds=names.binds, uses=names.uses, start=start, end=stop)
        first, last = body
        members = self._items(
            (child for child in self._within(node) if first <= child.start_byte and child.end_byte <= last),
            first,
            last,
            depth + 1,
        )
        return Item(
            text=text,
            kind=kind,
            binds=names.binds,
            uses=names.uses,
            head=self._text(start, first),
            members=members,
            tail=self._text(last, stop),
            start=start,
            end=stop,
        )

    def _within(self, node: Node) -> Iterator[Node]:
        """Yield the nodes that stand in a container's body."""
        bodies = [child for child in node.children if child.type in self.grammar.bodies]
        yield from self._children(bodies[0] if bodies else node)

    def _contains(self, node: Node) -> bool:
        text = self.grammar.container_text
        return not text or re.match(text, self._text(node.start_byte, node.start_byte + 40)) is not None

    def _body(self, node: Node) -> tuple[int, int] | None:
        """Return where a container's members begin and end."""
        if node.type not in self.grammar.containers or not self._contains(node):
            return None
        body = next((child for child in node.children if child.type in self.grammar.bodies), None)
        if body is None:
            name = node.child_by_field_name("name")
            closing = node.children[-1]
            if self.grammar.bodies or name is None or closing.type != "end":
                return None
            return self._to_line_end(name.end_byte, closing.start_byte), closing.start_byte
        if not body.child_count or body.children[-1].is_missing:
            return None
        first, last = body.children[0], body.children[-1]
        if first.is_named:  # the members alone, between words
            word = body.prev_sibling
            while word is not None and word.is_named:
                word = word.prev_sibling
            start = word.end_byte if word is not None else body.start_byte
            stop = self._to_line_end(body.end_byte, node.end_byte)
            return self._to_line_end(start, body.end_byte), stop
        return self._to_line_end(first.end_byte, last.start_byte), last.start_byte

    def _kind(self, node: Node, core: str, text: str) -> Kind:
        grammar = self.grammar

        def begins(pattern: str) -> bool:
            return bool(pattern) and re.match(pattern, core[:_LOOKED_AT]) is not None

        contains = bool(grammar.container_text) and node.type in grammar.containers and self._contains(node)
        defines = node.type in grammar.definitions or node.type == "ERROR" or contains
        if begins(grammar.test_text) or re.match(grammar.test_text or r"(?!)", _uncommented(text)):
            kind = Kind.TEST
        elif node.type in grammar.headers:
            kind = Kind.HEADER
        elif node.type in grammar.imports or begins(grammar.import_text):
            kind = Kind.TEST if TEST_LIBRARIES.search(core[:_LOOKED_AT]) else Kind.IMPORT
        elif node.type in grammar.dropped or begins(grammar.dropped_text):
            kind = Kind.DROPPED
        elif defines or begins(grammar.definition_text):
            kind = Kind.DEFINITION
        else:
            runs = not grammar.statements or node.type in grammar.statements
            kind = Kind.STATEMENT if runs else Kind.DEFINITION
        return kind


def _uncommented(text: str) -> str:
    """Return an item's text from its first line that is no comment: attributes stand there."""
    lines = text.lstrip().split("\n")
    code = (row for row, line in enumerate(lines) if not re.match(r"\s*(?:///?|/?\*|#(?!\[)|--|$)", line))
    first = next(code, len(lines))
    return "\n".join(lines[first : first + 20]).lstrip()


class _Names:
    """The names of a node: what it binds for the code around it, and what it may use of that."""

    def __init__(self, node: Node, grammar: Grammar, core: str) -> None:
        named = re.match(grammar.binding_text, core) if grammar.binding_text else None
        self.binds = frozenset([named[1]] if named else _bound(node))
        used: set[str] = set()
        local: set[str] = set()
        stack: list[tuple[Node, bool]] = [(node, False)]
        while stack:
            at, binding = stack.pop()
            if at.child_count == 0:
                name = _name(at)
                if name:
                    (local if binding else used).add(name)
                continue
            for index, child in enumerate(at.children):
                field = at.field_name_for_child(index)
                if not child.is_named and child.child_count == 0:
                    continue
                binds = child is not node and (
                    any(part in child.type for part in _SCOPED)
                    or (
                        field in _BINDING_FIELDS
                        and at.type != node.type
                        and any(part in at.type for part in _BINDING)
                        and not any(part in at.type for part in ("call", "invocation"))
                        and any(part in child.type for part in ("identifier", "name", "pattern", "variable"))
                    )
                )
                stack.append((child, (binding or binds) and "type" not in child.type))
        self.uses = frozenset(used - local - self.binds)


def _raw(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _name(node: Node) -> str:
    """Return a leaf's name, without a sigil; empty where it is no name."""
    if any(part in node.type for part in _NO_NAME) and "identifier" not in node.type:
        return ""
    text = _raw(node)
    return text.lstrip("$@%&") if _NAME.match(text) else ""


_DEEPEST: Final = 50
"""Declarators within declarators."""
_CALLS: Final = ("command", "call", "call_expression", "invocation", "call_statement")
_NAME_FIELDS: Final = ("name", "declarator", "left", "pattern", "target", "lhs", "signature", "variable")


def _bound(node: Node, depth: int = 0) -> Iterator[str]:
    """Yield the names that a top-level node binds."""
    if node.type.endswith(_CALLS) or depth > _DEEPEST:
        return
    match node.type:
        case (
            "export_statement" | "decorated_definition" | "template_declaration" | "local_function_statement"
        ):
            inner = [
                child for child in node.named_children if child.type.endswith(("declaration", "definition"))
            ]
            if inner:
                yield from _bound(inner[0], depth + 1)
                return
        case _:
            pass
    for field in _NAME_FIELDS:
        found = node.children_by_field_name(field)
        if found:
            for each in found:
                yield from _first(each)
            return
    for child in node.named_children:
        if "signature" in child.type or child.type == "variable_list":
            yield from _first(child)
            return
        if any(
            part in child.type
            for part in ("declarat", "binding", "assignment", "definition", "specification")
        ):
            yield from _bound(child, depth + 1)
    if not node.named_children:
        name = _name(node)
        if name:
            yield name


def _first(node: Node, depth: int = 0) -> Iterator[str]:
    """Yield the names in a binding's left side: of a pattern all, of a declarator or a call its first."""
    if node.child_count == 0:
        name = _name(node)
        if name:
            yield name
        return
    if depth > _DEEPEST:
        return
    if any(part in node.type for part in ("pattern", "list", "tuple")):
        for child in node.named_children:
            yield from _first(child, depth + 1)
        return
    for field in _NAME_FIELDS:
        inner = node.child_by_field_name(field)
        if inner is not None:
            yield from _first(inner, depth + 1)
            return
    for child in node.named_children:
        found = list(_first(child, depth + 1))
        if found:
            yield found[0]
            return

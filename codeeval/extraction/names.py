"""Which names a piece of Python binds, uses and changes, read off its tree-sitter tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_DEPTH = 40
"""Scopes nested deeper are read as part of the scope around them."""

_COMPREHENSIONS = frozenset(
    ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
)
_BINDERS = frozenset(
    ("assignment", "augmented_assignment", "for_statement", "for_in_clause", "type_alias_statement")
)
_CHAIN: Final = {"attribute": "object", "subscript": "value", "call": "function"}
"""Kinds of node that reach into a value, and the field that holds it."""
_IMPORTS = frozenset(("import_statement", "import_from_statement", "future_import_statement"))


class Names:
    """Names of one scope.

    Attributes:
        bound: given a value in this scope.
        used: read here or in scopes inside, and not bound there.
        changed: objects written into: ``name.attribute = ...``, ``name[...] = ...``, ``name.method(...)``.
    """

    def __init__(self, depth: int = 0) -> None:
        self.bound: set[str] = set()
        self.used: set[str] = set()
        self.changed: set[str] = set()
        self._outer: set[str] = set()
        self._depth = depth

    def read(self, *nodes: Node | None) -> Names:
        """Add the names of these nodes and return self."""
        pending = [node for node in nodes if node is not None]
        while pending:
            pending += self._visit(pending.pop())
        self.used |= self._outer
        self.bound -= self._outer
        return self

    def _visit(self, node: Node) -> list[Node]:  # noqa: C901, PLR0911, PLR0912 -- a case a kind
        """Take in one node; returns the nodes below it that remain to be read."""
        match node.type:
            case "identifier":
                self.used.add(_text(node))
                return []
            case "attribute":
                return _fields(node, "object")
            case "keyword_argument":
                return _fields(node, "value")
            case kind if kind in _BINDERS:
                rest = self._bind(node.child_by_field_name("left"))
                if node.type == "augmented_assignment":
                    rest += _fields(node, "left")
                left = node.child_by_field_name("left")
                return rest + [child for child in node.named_children if child != left]
            case "named_expression":
                return self._bind(node.child_by_field_name("name")) + _fields(node, "value")
            case "as_pattern_target":
                return [each for child in node.named_children for each in self._bind(child)]
            case "case_pattern":
                return self._case(node)
            case "global_statement" | "nonlocal_statement":
                self._outer |= {_text(child) for child in node.named_children}
                return []
            case "expression_statement":
                self._note_change(node)
                return node.named_children
            case kind if kind in _IMPORTS:
                self.bound |= set(imported_names(node))
                return []
            case kind if self._depth < _DEPTH and (kind in _COMPREHENSIONS or kind == "lambda"):
                return self._scope(node, node.named_children)
            case "function_definition" | "class_definition" if self._depth < _DEPTH:
                return self._definition(node)
            case _:
                return node.named_children

    def _bind(self, target: Node | None) -> list[Node]:
        """Bind the names of an assignment's target; returns what the target itself evaluates."""
        pending, evaluated = [target] if target else [], []
        while pending:
            node = pending.pop()
            match node.type:
                case "identifier":
                    self.bound.add(_text(node))
                case "attribute" | "subscript":
                    self.changed |= _root(node)
                    evaluated.append(node)
                case _:
                    pending += node.named_children
        return evaluated

    def _case(self, node: Node) -> list[Node]:
        """Read a pattern of ``match``: a bare name captures, a dotted one is compared with."""
        rest = []
        for child in node.named_children:
            if child.type == "dotted_name" and child.named_child_count == 1:
                self.bound.add(_text(child))
            else:
                rest.append(child)
        return rest

    def _definition(self, node: Node) -> list[Node]:
        name = node.child_by_field_name("name")
        if name is not None:
            self.bound.add(_text(name))
        if node.type == "class_definition":
            inner = Names(self._depth + 1).read(node.child_by_field_name("body"))
            self.used |= inner.used  # methods do not see the names of the class's body
            return _fields(node, "superclasses")
        outside = self._scope(node, _fields(node, "body"))
        return outside + _fields(node, "return_type")

    def _scope(self, node: Node, body: list[Node]) -> list[Node]:
        """Read an inner scope; returns what of it is evaluated in this one: defaults and annotations."""
        inner = Names(self._depth + 1)
        outside: list[Node] = []
        parameters = node.child_by_field_name("parameters")
        for parameter in parameters.named_children if parameters else []:
            outside += _fields(parameter, "value") + _fields(parameter, "type")
            name = parameter.child_by_field_name("name")
            if name is None and parameter.type == "typed_parameter":
                name = parameter.named_children[0]
            inner._bind(name or parameter)
        inner.read(*(child for child in body if child != parameters))
        self.used |= inner.used - inner.bound
        return outside

    def _note_change(self, statement: Node) -> None:
        for child in statement.named_children:
            function = child.child_by_field_name("function") if child.type == "call" else None
            if function is not None and function.type == "attribute":
                self.changed |= _root(function)


def imported_names(node: Node) -> Iterator[str]:
    """Yield the names that an import statement binds."""
    for child in node.children_by_field_name("name"):
        alias = child.child_by_field_name("alias")
        full = _text(alias or child)
        yield full if node.type != "import_statement" else full.split(".")[0]


def imported_packages(node: Node) -> Iterator[str]:
    """Yield the top-level packages that an import statement loads."""
    module = node.child_by_field_name("module_name")
    for child in [module] if module else node.children_by_field_name("name"):
        yield _text(child.child_by_field_name("name") or child).split(".")[0]


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _fields(node: Node, name: str) -> list[Node]:
    return node.children_by_field_name(name)


def _root(node: Node) -> set[str]:
    """Name the object that a chain of attributes, subscripts and calls starts from."""
    while node.type in _CHAIN:
        inner = node.child_by_field_name(_CHAIN[node.type])
        if inner is None:
            return set()
        node = inner
    return {_text(node)} if node.type == "identifier" else set()

"""Python source as extraction sees it: does it parse, what does it define, what does a function need.

Parsing is tree-sitter's: it accepts what any Python accepts, whichever runs this program, raises nothing
and warns of nothing. On junk its work can grow with the square of the text, hence the caps: on the work of a
parse, counted in its own steps, on lines that are continued, and on the text.
"""

from __future__ import annotations

import functools
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Final

from codeeval.extraction.names import Names, imported_packages

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser

CODE_BYTES: Final = 256 << 10
"""Longer code is not parsed."""
BUDGET_BYTES: Final = 512 << 10
"""Code parsed for one completion, all candidates together; each counts as at least 512 bytes."""


STEPS_A_BYTE: Final = 1 / 8
"""Most that a parse may take, in hundreds of the parser's steps; the densest code takes half of that."""
FREE_STEPS: Final = 20
CONTINUED_LINES: Final = 1000
"""Of code that is parsed. The grammar looks over all that follow at each of them, outside of its steps."""
_CHUNK: Final = 4096


def parse_bounded(parser: Parser, data: bytes) -> Node | None:
    """Parse code in time that its length bounds; returns the root, or None where that is not enough."""
    if data.count(b"\\\n") + data.count(b"\\\r") > CONTINUED_LINES:
        return None
    left = FREE_STEPS + STEPS_A_BYTE * len(data)

    def stops(_place: int, _failed: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda place, _: data[place : place + _CHUNK], progress_callback=stops).root_node
    except ValueError:  # it was stopped
        parser.reset()
        return None


@functools.cache
def _grammar() -> Language:
    import tree_sitter  # noqa: PLC0415 -- costs 50 ms
    import tree_sitter_python  # noqa: PLC0415

    return tree_sitter.Language(tree_sitter_python.language())


class Statement:
    """A top-level statement: its lines (0-based, inclusive) and its names."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.first = node.start_point.row
        end = node.end_point
        self.last = end.row - 1 if end.column == 0 and end.row > self.first else end.row
        self.names = Names().read(node)

    @property
    def definition(self) -> Node | None:
        """The function or class that this statement defines."""
        node: Node | None = self.node
        if node is not None and node.type == "decorated_definition":
            node = node.child_by_field_name("definition")
        return node if node is not None and node.type in {"function_definition", "class_definition"} else None

    @property
    def acts(self) -> bool:
        """Whether running it does anything: a lone name, a number or words that happen to parse do not."""
        match self.node.type:
            case "expression_statement":
                return any(map(_acts, self.node.named_children))
            case "import_statement" | "import_from_statement" | "future_import_statement" | "pass_statement":
                return False
            case _:
                return True

    @property
    def is_words(self) -> bool:
        """Whether it is an expression that names something and does nothing, as prose that parses is."""
        return self.node.type == "expression_statement" and not self.acts and bool(self.names.used)

    @property
    def always_kept(self) -> bool:
        """Whether pruning leaves it whatever reaches it: cheap, without output, perhaps needed."""
        text = self.node.text or b""
        match self.node.type:
            case "future_import_statement":
                return True
            case "import_statement" | "import_from_statement":
                standard = all(package in sys.stdlib_module_names for package in imported_packages(self.node))
                return standard or b"*" in text
            case "expression_statement":
                docstring = self.first == 0 and all(
                    child.type == "string" for child in self.node.named_children
                )
                return docstring or b"setrecursionlimit(" in text
            case _:
                return False


class Source:
    """Code that parses.

    Attributes:
        code: the code.
        statements: its top-level statements, without comments.
    """

    def __init__(self, code: str, root: Node) -> None:
        self.code = code
        self.statements = [Statement(node) for node in root.named_children if node.type != "comment"]
        self._binders: dict[str, list[int]] = {}
        for index, statement in enumerate(self.statements):
            for name in statement.names.bound | statement.names.changed:
                self._binders.setdefault(name, []).append(index)

    def binds(self, name: str) -> bool:
        """Whether a top-level statement gives the name a value."""
        return any(name in self.statements[index].names.bound for index in self._binders.get(name, ()))

    @property
    def has_definitions(self) -> bool:
        """Whether it defines a function or a class."""
        return any(statement.definition is not None for statement in self.statements)

    @property
    def acts(self) -> bool:
        """Whether it is a program: running it does something."""
        return any(statement.acts for statement in self.statements)

    @property
    def begins_or_ends_in_words(self) -> bool:
        """Whether its first or last statement is prose that happens to parse, such as a heading."""
        return any(statement.is_words for statement in (*self.statements[:1], *self.statements[-1:]))

    def is_stub(self, name: str) -> bool:
        """Whether the last function of this name has no body but a docstring, ``pass`` or ``...``."""
        for index in reversed(self._binders.get(name, ())):
            definition = self.statements[index].definition
            body = definition.child_by_field_name("body") if definition is not None else None
            if body is not None:
                return all(_does_nothing(child) for child in body.named_children)
        return False

    def reach(self, roots: frozenset[str]) -> tuple[set[int], set[str]]:
        """Follow names from these: returns the statements that they need, and all names on the way."""
        kept: set[int] = set()
        seen: set[str] = set()
        pending = list(roots)
        crowded = self._crowded_lines()
        for index, statement in enumerate(self.statements):
            if statement.always_kept or crowded & {statement.first, statement.last}:
                kept.add(index)
                pending += statement.names.used
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            for index in self._binders.get(name, ()):
                if index not in kept:
                    kept.add(index)
                    pending += self.statements[index].names.used
        return kept, seen

    def _crowded_lines(self) -> set[int]:
        """Lines that more than one statement touches: none of those can be dropped with its lines."""
        pairs = zip(self.statements, self.statements[1:], strict=False)
        return {before.last for before, after in pairs if before.last >= after.first}

    def missing(self, roots: frozenset[str]) -> set[str]:
        """Names that these need and nothing here binds; builtins among them."""
        _, seen = self.reach(roots)
        return {name for name in seen if not self.binds(name)}

    def pruned(self, roots: frozenset[str]) -> str:
        """Drop the top-level statements that these names do not need; comments and imports stay."""
        kept, _ = self.reach(roots)
        dropped: set[int] = set()
        for index, statement in enumerate(self.statements):
            if index not in kept:
                dropped.update(range(statement.first, statement.last + 1))
        return "\n".join(line for row, line in enumerate(self.code.split("\n")) if row not in dropped)


class Python:
    """Parses the candidates of one completion within its budget."""

    def __init__(self) -> None:
        import tree_sitter  # noqa: PLC0415 -- costs 50 ms

        self._left = BUDGET_BYTES
        self._parser = tree_sitter.Parser(_grammar())

    def source(self, code: str) -> Source | None:
        """Return the code parsed, or None: no Python, empty, too long, or the budget is used up."""
        data = code.encode()
        if not code.strip() or b"\0" in data or len(data) > min(CODE_BYTES, self._left):
            return None
        self._left -= max(len(data), 512)
        root = parse_bounded(self._parser, data)
        if root is None or root.has_error or (b"`" in data and _quotes_by_backtick(root)):
            return None
        return Source(code, root)

    def parses(self, code: str) -> bool:
        """Whether it is Python."""
        return self.source(code) is not None

    def span(self, text: str, name: str) -> Source | None:
        """Find the longest run of top-level pieces that parses and defines the name.

        The text is cut before each line that starts a piece (text in the first column that neither closes
        a bracket nor continues a statement, outside triple quotes); from the piece that defines the name
        the run grows in both directions while pieces parse.
        """
        pieces = _pieces(text)
        heading = re.compile(rf"(?:@|async\s|def\s|class\s|{re.escape(name)}\s*[:=])")
        best: Source | None = None
        for index, piece in enumerate(pieces):
            if not (heading.match(piece) and re.search(rf"\b{re.escape(name)}\b", piece)):
                continue
            found = self.source(piece)
            if found is None or not found.binds(name):
                continue
            first = last = index
            while first > 0 and self.parses(pieces[first - 1]):
                first -= 1
            while last + 1 < len(pieces) and self.parses(pieces[last + 1]):
                last += 1
            whole = self.source("\n".join(pieces[first : last + 1])) or found
            if best is None or len(whole.code) > len(best.code):
                best = whole
        return best

    def program(self, text: str) -> Source | None:
        """Find the longest run of top-level pieces that parses and does something when it is run.

        Lines at its ends that parse by chance, such as a single word, are dropped.
        """
        runs: list[list[tuple[str, Source]]] = [[]]
        for piece in _pieces(text):
            found = self.source(piece)
            if found is not None:
                runs[-1].append((piece, found))
            elif piece.strip():
                runs.append([])
        best: Source | None = None
        for run in runs:
            kept = [index for index, (_, found) in enumerate(run) if not found.begins_or_ends_in_words]
            if not kept or not any(found.acts for _, found in run):
                continue
            whole = self.source("\n".join(piece for piece, _ in run[kept[0] : kept[-1] + 1]))
            if whole is not None and (best is None or len(whole.code) > len(best.code)):
                best = whole
        return best

    def with_body(self, head: str, body: str, name: str) -> Source | None:
        """Join a function's bare body to the head that the prompt gave, restoring lost indentation."""
        if not head or not body.strip():
            return None
        head = head if head.endswith("\n") else head + "\n"
        source = self.source(head + _indented(body.strip("\n"), _indent_of_body(head)))
        return source if source is not None and _continues(source, head.count("\n"), name) else None


def _quotes_by_backtick(root: Node) -> bool:
    """Whether the grammar took backticks for Python 2's quotes: what it read as strings are fences."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == "string_start" and (node.text or b"").endswith(b"`"):
            return True
        pending += node.children
    return False


def _acts(expression: Node) -> bool:
    """Whether an expression assigns or calls anything; ``Answer: 42`` is an annotation and does neither."""
    pending = [expression]
    while pending:
        node = pending.pop()
        match node.type:
            case "call" | "augmented_assignment" | "named_expression" | "await" | "yield":
                return True
            case "assignment" if node.child_by_field_name("right") is not None:
                return True
            case "lambda":
                continue
            case _:
                pending += node.named_children
    return False


def _does_nothing(node: Node) -> bool:
    if node.type in {"pass_statement", "comment"}:
        return True
    if node.type == "raise_statement":
        return b"NotImplementedError" in (node.text or b"")
    return node.type == "expression_statement" and all(
        child.type in {"string", "ellipsis", "concatenated_string"} for child in node.named_children
    )


def _pieces(text: str) -> list[str]:
    pieces: list[list[str]] = []
    quote = ""
    decorated = False
    for line in text.split("\n"):
        starts = bool(line.strip()) and line[0] not in " \t)]}" and not quote and not decorated
        continues = re.match(r"(?:else|elif|except|finally|case)\b", line)
        if not pieces or (starts and not continues):
            pieces.append([line])
        else:
            pieces[-1].append(line)
        decorated = line.startswith("@") and not quote
        for mark in re.findall(r'"""|\'\'\'', line):
            if not quote:
                quote = mark
            elif mark == quote:
                quote = ""
    return ["\n".join(piece) for piece in pieces]


def _indent_of_body(head: str) -> str:
    """Return the indentation of the first line below the last ``def`` of a function head."""
    lines = head[max(head.rfind("\ndef "), 0) :].strip("\n").split("\n")
    for line in lines[1:]:
        if line.strip() and line[0] in " \t":
            return line[: len(line) - len(line.lstrip())]
    return "    "


def _indented(body: str, indent: str) -> str:
    """Indent a function's body as its head needs it.

    A body that lost all its indentation gets it back; one that was stripped lost its first line's only.
    """
    first, _, rest = body.partition("\n")
    if first.startswith(indent):
        return body
    depths = [len(line) - len(line.lstrip()) for line in rest.split("\n") if line.strip()]
    deep = bool(depths) and min(depths) >= len(indent)
    if (
        first[:1] not in (" ", "\t")
        and deep
        and (not first.rstrip().endswith(":") or depths[0] > len(indent))
    ):
        return indent + body
    return textwrap.indent(textwrap.dedent(body), indent)


def _continues(source: Source, rows: int, name: str) -> bool:
    """Whether the function of this name reaches below the head's rows and itself returns there."""
    for statement in source.statements:
        definition = statement.definition
        if (
            definition is None
            or not (statement.first < rows <= statement.last)
            or name not in statement.names.bound
        ):
            continue
        pending = list(definition.named_children)
        while pending:
            node = pending.pop()
            if node.type in {"return_statement", "raise_statement", "yield", "pass_statement"}:
                return True
            if node.type not in {"function_definition", "class_definition", "lambda"}:
                pending += node.named_children
    return False

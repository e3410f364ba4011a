"""Python source as extraction sees it: does it parse, what does it define, what does it lack.

The parser is Python's own, of the version that runs this program; nothing is executed.
"""

from __future__ import annotations

import ast
import builtins
import enum
import re
import sys
import textwrap
import warnings
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.extraction.names import FUNCTIONS, TEST_PACKAGES, Names, imported_names, imported_packages, root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CODE_BYTES: Final = 256 << 10
"""Longer code is not parsed."""
BUDGET_BYTES: Final = 512 << 10
"""Code parsed for one completion, all candidates together; each counts as at least 512 bytes."""
INDENT: Final = "    "
_PARAGRAPHS: Final = 3
"""Of words that may follow a function with its indentation."""


class Binding(enum.IntEnum):
    """How a name gets its value at the top level, the more it says of a solution the higher."""

    NONE = 0
    FOREIGN = 1
    """Imported from outside the standard library, bound by a loop, or from a value that it had before."""
    STUB = 2
    """A function without a body."""
    IMPORTED = 3
    """From the standard library."""
    ASSIGNED = 4
    """A lambda among others, as a test's double of the function often is."""
    DEFINED = 5
    """A function or a class."""


class Arity(NamedTuple):
    """How many positional arguments a function takes, or is called with."""

    least: int
    most: int

    def overlaps(self, other: Arity) -> bool:
        """Whether some number is within both."""
        return self.least <= other.most and other.least <= self.most


class Statement:
    """A top-level statement: its lines (0-based, inclusive) and its names."""

    def __init__(self, node: ast.stmt, *, annotated: bool) -> None:
        self.node = node
        decorators = getattr(node, "decorator_list", ())
        self.first = min([node.lineno, *(each.lineno for each in decorators)]) - 1
        self.last = (node.end_lineno or node.lineno) - 1
        self.names = Names(annotated=annotated).read(node)

    @property
    def definition(self) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
        """The function or class that this statement defines."""
        return self.node if isinstance(self.node, (*FUNCTIONS, ast.ClassDef)) else None

    @property
    def acts(self) -> bool:
        """Whether running it does anything: a lone name, a number or words that happen to parse do not."""
        match self.node:
            case ast.Expr():
                return _acts(self.node)
            case ast.AnnAssign(value=None) | ast.Import() | ast.ImportFrom() | ast.Pass():
                return False
            case _:
                return True

    @property
    def is_words(self) -> bool:
        """Whether it is an expression that names something and does nothing, as prose that parses is."""
        return isinstance(self.node, ast.Expr | ast.AnnAssign) and not self.acts and bool(self.names.used)


class Source:
    """Code that parses.

    Attributes:
        code: the code.
        statements: its top-level statements.
    """

    def __init__(self, code: str, tree: ast.Module) -> None:
        self.code = code
        annotated = not any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and "annotations" in imported_names(node)
            for node in tree.body
        )
        self.statements = [Statement(node, annotated=annotated) for node in tree.body]
        self.binders: dict[str, list[int]] = {}
        for index, statement in enumerate(self.statements):
            for name in statement.names.bound:
                self.binders.setdefault(name, []).append(index)

    def binds(self, name: str) -> bool:
        """Whether a top-level statement gives the name a value."""
        return name in self.binders

    def binding(self, name: str) -> Binding:
        """Tell how the name gets its value: by the best of the statements that bind it.

        An import of it, or a value made from the one that it had, defines nothing.
        """
        best = Binding.NONE
        for index in self.binders.get(name, ()):
            best = max(best, *(_binding(node, name, best) for node in _simple(self.statements[index].node)))
        first = self.binders.get(name, [0])[0]
        before = any(name in each.names.now.used for each in self.statements[:first])
        if before or any(_imports_as_other(each.node, name) for each in self.statements):
            return min(best, Binding.FOREIGN)
        return best

    def arity(self, name: str) -> Arity | None:
        """Return the positional arguments that the last function of this name takes; None if unknown."""
        for index in reversed(self.binders.get(name, ())):
            match self.statements[index].node:
                case ast.FunctionDef(args=arguments, decorator_list=[]):
                    return _arity(arguments)
                case ast.AsyncFunctionDef(args=arguments, decorator_list=[]):
                    return _arity(arguments)
                case ast.Assign(value=ast.Lambda(args=arguments)):
                    return _arity(arguments)
                case _:
                    return None
        return None

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


def missing(statements: Iterable[Statement], known: frozenset[str]) -> set[str]:
    """Find the names that top-level statements read and nothing binds: before, or for functions anywhere.

    Args:
        statements: in their order.
        known: names that are bound before them; builtins need not be among them.
    """
    present = {*known, *dir(builtins)}
    found: set[str] = set()
    later: set[str] = set()
    for statement in statements:
        names = statement.names
        assigns = isinstance(statement.node, ast.Assign | ast.AugAssign)
        found |= names.now.used - present - (set() if assigns else names.bound)
        present |= names.bound | names.now.bound | names.later.bound
        later |= names.later.used
        if "*" in names.bound:
            return set()
    return {name for name in found | (later - present) if not re.fullmatch("__.*__", name)}


def parsed(code: str) -> ast.Module | None:
    """Parse code that this version of Python could compile; None for other text."""
    with warnings.catch_warnings(action="ignore"):
        try:
            tree = ast.parse(code)
            compile(tree, "<answer>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    return tree


class Python:
    """Parses the candidates of one completion within its budget."""

    def __init__(self) -> None:
        self._left = BUDGET_BYTES

    def source(self, code: str) -> Source | None:
        """Return the code parsed, or None: no Python, empty, too long, or the budget is used up."""
        size = len(code.encode())
        if not code.strip() or size > min(CODE_BYTES, self._left):
            return None
        self._left -= max(size, 512)
        tree = parsed(code)
        return Source(code, tree) if tree is not None else None

    def parses(self, code: str) -> bool:
        """Whether it is Python."""
        return self.source(code) is not None

    def spans(self, text: str, name: str) -> Iterator[tuple[int, Source]]:
        """Find the runs of top-level pieces that parse and define the name, with the lines they begin in.

        The text is cut before each line that starts a piece (text in the first column that neither closes
        a bracket nor continues a statement, outside triple quotes); from a piece that defines the name
        the run grows in both directions while pieces parse.
        """
        cut = pieces(text)
        heading = re.compile(rf"(?:@|async\s|def\s|class\s|{re.escape(name)}\s*[:=])")
        rows = [0]
        for piece in cut:
            rows.append(rows[-1] + piece.count("\n") + 1)
        end = 0
        for index, piece in enumerate(cut):
            if index < end or not (heading.match(piece) and re.search(rf"\b{re.escape(name)}\b", piece)):
                continue
            found = self._shortened(piece)
            if found is None or not found.binds(name):
                continue
            first = last = index
            while first > end and self.parses(cut[first - 1]):
                first -= 1
            while found.code == piece and last + 1 < len(cut) and self.parses(cut[last + 1]):
                last += 1
            whole = self.source("\n".join([*cut[first:index], found.code, *cut[index + 1 : last + 1]]))
            yield (rows[index], found) if whole is None else (rows[first], whole)
            end = last + 1

    def _shortened(self, piece: str) -> Source | None:
        """Parse a piece, where need be without its last paragraphs, which may be words."""
        found = self.source(piece)
        for _ in range(_PARAGRAPHS):
            piece, gap, _ = piece.rstrip().rpartition("\n\n")
            if found is not None or not gap:
                break
            found = self.source(piece)
        return found

    def program(self, text: str) -> Source | None:
        """Find the longest run of top-level pieces that parses and does something when it is run.

        Lines at its ends that parse by chance, such as a single word, are dropped.
        """
        runs: list[list[tuple[str, Source]]] = [[]]
        for piece in pieces(text):
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
        """Join a function's bare body to its head, with the indentation that makes it the function's."""
        if not head or not body.strip():
            return None
        head = head if head.endswith("\n") else head + "\n"
        for indented in _indentations(body.strip("\n"), _indent_of_body(head)):
            source = self.source(head + indented)
            if source is not None and _continues(source, head.count("\n"), name):
                return source
        return None


def _acts(statement: ast.Expr) -> bool:
    """Whether an expression assigns or calls anything."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call | ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return False


def _simple(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield a statement and those inside of it that run in its scope."""
    pending = [statement]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) or is_main_guard(node):
            continue
        for each in ast.iter_child_nodes(node):
            if isinstance(each, ast.stmt):
                pending.append(each)
            elif isinstance(each, ast.ExceptHandler | ast.match_case):
                pending += each.body


def _binding(node: ast.stmt, name: str, before: Binding) -> Binding:
    """Tell how one statement binds the name."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _function_binding(node) if node.name == name else Binding.NONE
        case ast.ClassDef(name=found):
            return Binding.DEFINED if found == name else Binding.NONE
        case ast.Assign() | ast.AnnAssign(value=ast.expr()):
            names = Names().read(node)
            if name in names.bound & names.now.used:
                return max(before, Binding.FOREIGN)
            return Binding.ASSIGNED if name in names.bound else Binding.NONE
        case ast.ImportFrom() if name in imported_names(node):
            standard = all(package in sys.stdlib_module_names for package in imported_packages(node))
            return Binding.IMPORTED if standard else Binding.FOREIGN
        case _:
            return Binding.FOREIGN


def _imports_as_other(node: ast.stmt, name: str) -> bool:
    """Whether it imports the name under another one, from where a test expects it."""
    return (
        isinstance(node, ast.ImportFrom)
        and any(each.name == name and each.asname not in {None, name} for each in node.names)
        and not sys.stdlib_module_names.issuperset(imported_packages(node))
    )


def _function_binding(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Binding:
    if any(root(each, through_calls=True) & TEST_PACKAGES for each in node.decorator_list):
        return Binding.FOREIGN
    return Binding.STUB if all(map(_does_nothing, node.body)) else Binding.DEFINED


def is_main_guard(node: ast.stmt) -> bool:
    """Whether it is ``if __name__ == "__main__":`` without an ``else``: code that tests never run."""
    match node:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]):
            sides = {getattr(left, "id", None), getattr(right, "id", None)}
            values = {getattr(left, "value", None), getattr(right, "value", None)}
            return "__name__" in sides and "__main__" in values
        case _:
            return False


def _arity(arguments: ast.arguments) -> Arity:
    named = len(arguments.posonlyargs) + len(arguments.args)
    required = sum(default is None for default in arguments.kw_defaults)
    if required:
        return Arity(1 << 30, 1 << 30)  # no call by position alone
    return Arity(named - len(arguments.defaults), named if arguments.vararg is None else 1 << 30)


def _does_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case _:
            return False


def pieces(text: str) -> list[str]:
    """Cut a text before each line that may begin a top-level statement."""
    found: list[list[str]] = [[]]
    comments: list[str] = []
    quote = ""
    decorated = False
    for line in text.split("\n"):
        if not quote and (line.startswith("#") or (comments and not line.strip())):
            comments.append(line)  # of the piece before only where that goes on
            continue
        starts = bool(line.strip()) and line[0] not in " \t)]}" and not quote and not decorated
        if starts and not re.match(r"(?:else|elif|except|finally|case)\b", line):
            found += [comments, [line]] if comments else [[line]]
        else:
            found[-1] += [*comments, line]
        comments = []
        decorated = line.startswith("@") and not quote
        for mark in re.findall(r'"""|\'\'\'', line):
            if not quote:
                quote = mark
            elif mark == quote:
                quote = ""
    found.append(comments)
    return ["\n".join(piece) for piece in found if piece]


def _indent_of_body(head: str) -> str:
    """Return the indentation of the first line below the last ``def`` of a function head."""
    start = max(
        (found.start() for found in re.finditer(r"^[ \t]*(?:async )?def ", head, re.MULTILINE)), default=0
    )
    lines = head[start:].strip("\n").split("\n")
    for line in lines[1:]:
        if line.strip() and line[0] in " \t":
            return line[: len(line) - len(line.lstrip())]
    return INDENT


def _indentations(body: str, indent: str) -> Iterator[str]:
    """Yield a function's body as it may be meant, the likeliest first.

    A body may have kept its indentation, lost it, lost or changed that of its first line, or stand too deep.
    """
    first, _, rest = body.partition("\n")
    depths = [len(line) - len(line.lstrip()) for line in rest.split("\n") if line.strip()]
    aligned = f"{indent}{first.lstrip()}\n{rest}"
    if first.startswith(indent):
        yield body
    stripped = first[:1] not in (" ", "\t") and bool(depths) and min(depths) >= len(indent)
    if stripped and (not first.rstrip().endswith(":") or depths[0] > len(indent)):
        yield aligned
    yield textwrap.indent(textwrap.dedent(body), indent)
    if depths:  # the first line's own indentation is not what was meant
        shallow = min(depths) * " "
        yield textwrap.indent(textwrap.dedent(f"{shallow}{first.lstrip()}\n{rest}"), indent)
        yield aligned
    if "\t" in body:
        yield from _indentations(body.expandtabs(len(indent) if indent.strip(" ") == "" else 4), indent)


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
        pending: list[ast.AST] = list(definition.body)
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom | ast.Pass):
                return True
            if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
                pending += ast.iter_child_nodes(node)
    return False

"""Which names a piece of Python binds, reads and changes, read off its syntax tree without running it."""

from __future__ import annotations

import ast
import enum
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DEPTH = 40
"""Scopes nested deeper are read as part of the scope around them."""
_ALIASES = 1000
"""Other names followed for the objects that one scope writes into."""

HARMLESS: Final = frozenset((
    "abs", "all", "any", "ascii", "bin", "bool", "bytes", "callable", "chr", "complex", "dict",
    "divmod", "enumerate", "filter", "float", "format", "frozenset", "hash", "hex", "id", "int",
    "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min", "oct", "ord", "pow",
    "range", "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum", "tuple", "type",
    "zip",
))  # fmt: skip
"""Builtins that change nothing of what they are given."""
_PRINTS: Final = frozenset(("print", "pprint", "pp", "display", "help", "testmod"))
TEST_PACKAGES: Final = frozenset(("pytest", "unittest", "doctest", "hypothesis"))
_TIMERS: Final = frozenset(("timeit", "cProfile", "profile"))
_READS: Final = frozenset(("input", "raw_input", "exit", "quit"))
_REFLECTS: Final = frozenset(("globals", "locals", "vars", "eval", "exec", "dir", "__import__", "inspect"))
_SETS: Final = re.compile(
    r"(?:set|seed|register|simplefilter|filterwarnings|install|enable|disable|reset|basicConfig|stack_size)"
)

COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mark(enum.Enum):
    """What code does beside reading and changing names."""

    SHOWS = "prints, asserts or runs tests"
    READS = "reads standard input or exits"
    REFLECTS = "may reach any name"


class Effects:
    """What code does when it runs, by names of the scope around it.

    Attributes:
        used: names read.
        bound: names bound outside, through ``global`` or ``nonlocal``.
        stored: objects whose attributes or items are set, and what is bound outside.
        methods: objects of which a method is called.
        passed: objects given to a function that may change them.
        called: functions called.
        sets: names from which a call starts that by its name changes a setting.
        discarded: names from which a call starts whose result is not used.
        marks: what else it does.
    """

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.bound: set[str] = set()
        self.stored: set[str] = set()
        self.methods: set[str] = set()
        self.passed: set[str] = set()
        self.called: set[str] = set()
        self.sets: set[str] = set()
        self.discarded: set[str] = set()
        self.marks: set[Mark] = set()

    def add(self, other: Effects, hidden: Iterable[str] = ()) -> None:
        """Take in what code of an inner scope does, without the names that are its own."""
        own = frozenset(hidden)
        self.used |= other.used - own
        self.bound |= other.bound - own
        self.stored |= other.stored - own
        self.methods |= other.methods - own
        self.passed |= other.passed - own
        self.called |= other.called - own
        self.sets |= other.sets - own
        self.discarded |= other.discarded - own
        self.marks |= other.marks


class Names:
    """Names of one scope.

    Attributes:
        bound: given a value in this scope.
        now: what it does when it runs.
        later: what the functions that it defines do when they are called.
        leaked: names that comprehensions bind in the scope around them.
        same: for names bound here, those of objects that they are or are part of.
    """

    def __init__(self, depth: int = 0, *, local: bool = False, annotated: bool = True) -> None:
        self.bound: set[str] = set()
        self.now = Effects()
        self.later = Effects()
        self._outer: set[str] = set()
        self.leaked: set[str] = set()
        self.same: dict[str, set[str]] = {}
        self._depth = depth
        self._local = local
        self._annotated = annotated

    @property
    def used(self) -> set[str]:
        """Names read when it runs, or by its functions when they are called."""
        return self.now.used | self.later.used

    def read(self, *nodes: ast.AST | None) -> Names:
        """Add the names of these nodes and return self."""
        pending = [node for node in nodes if node is not None]
        while pending:
            pending += self._visit(pending.pop())
        self.now.bound |= self.bound & self._outer
        self.now.stored |= self.now.bound
        self.now.used |= self._outer
        self.bound -= self._outer
        for effects in (self.now, self.later):
            effects.stored |= same_objects(effects.stored | effects.methods | effects.passed, self.same)
        return self

    def _visit(self, node: ast.AST) -> Iterable[ast.AST]:  # noqa: C901, PLR0911, PLR0912 -- a case a kind
        """Take in one node; returns the nodes below it that remain to be read."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.now.used.add(name)
                if name in _REFLECTS:
                    self.now.marks.add(Mark.REFLECTS)
                return ()
            case ast.Name(id=name):
                self.bound.add(name)
                return ()
            case ast.Attribute() | ast.Subscript():
                self._access(node)
                return ast.iter_child_nodes(node)
            case ast.Call():
                self._call(node)
                return ast.iter_child_nodes(node)
            case ast.Expr():
                self.now.discarded |= {
                    name
                    for each in ast.walk(node)
                    if isinstance(each, ast.Call)
                    for name in root(each.func, through_calls=True)
                }
                return (node.value,)
            case ast.Assert():
                self.now.marks.add(Mark.SHOWS)
                return ast.iter_child_nodes(node)
            case ast.Assign() | ast.For() | ast.AsyncFor() | ast.comprehension() | ast.withitem():
                self._alias(node)
                return ast.iter_child_nodes(node)
            case ast.AugAssign(target=target):
                self.now.used |= root(target)
                return ast.iter_child_nodes(node)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                # without a value, it binds nothing
                kept: list[ast.AST] = [] if value is None else [target, value]
                return [*kept, annotation] if self._annotated and not self._local else kept
            case ast.NamedExpr(target=target, value=value):
                self.bound.add(target.id)
                self.leaked.add(target.id)
                return (value,)
            case ast.ExceptHandler(name=bound) | ast.MatchAs(name=bound) | ast.MatchStar(name=bound):
                self.bound |= {bound} if bound else set()
                return ast.iter_child_nodes(node)
            case ast.MatchMapping(rest=rest):
                self.bound |= {rest} if rest else set()
                return ast.iter_child_nodes(node)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self._outer |= set(names)
                return ()
            case ast.Import() | ast.ImportFrom():
                self.bound |= set(imported_names(node))
                return ()
            case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef() if self._depth < _DEPTH:
                return self._function(node)
            case ast.ClassDef() if self._depth < _DEPTH:
                return self._class(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() if self._depth < _DEPTH:
                inner = Names(self._depth + 1, local=self._local).read(*ast.iter_child_nodes(node))
                self.bound |= inner.leaked
                self.leaked |= inner.leaked
                self.now.add(inner.now, inner.bound)
                self.later.add(inner.later, inner.bound)
                return ()
            case _:
                return ast.iter_child_nodes(node)

    def _access(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.now.stored |= root(node)
        elif isinstance(node, ast.Attribute):
            if node.attr in {"__subclasses__", "modules"}:
                self.now.marks.add(Mark.REFLECTS)
            if isinstance(node.value, ast.Name) and node.value.id == "sys":
                if node.attr in {"stdin", "exit"}:
                    self.now.marks.add(Mark.READS)
                elif node.attr in {"stdout", "stderr"}:
                    self.now.marks.add(Mark.SHOWS)

    def _call(self, call: ast.Call) -> None:
        start = root(call.func, through_calls=True)
        match call.func:
            case ast.Name(id=name):
                self.now.called.add(name)
            case ast.Attribute(attr=name, value=value):
                self.now.methods |= root(value)
            case _:
                name = ""
        if name in _PRINTS or start & (TEST_PACKAGES | _TIMERS):
            self.now.marks.add(Mark.SHOWS)
        if start & _READS or (name == "open" and _is_zero(call.args)):
            self.now.marks.add(Mark.READS)
        if _SETS.match(name):
            self.now.sets |= start
        harmless = isinstance(call.func, ast.Name) and (name in HARMLESS or name in _PRINTS)
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            value = each.value if isinstance(each, ast.Starred) else each
            if not harmless or isinstance(value, ast.Attribute):
                self.now.passed |= root(value)

    def _alias(self, node: ast.Assign | ast.For | ast.AsyncFor | ast.comprehension | ast.withitem) -> None:
        """Note that what is bound here is, or is part of, an object that has a name already."""
        targets: list[ast.AST]
        match node:
            case ast.Assign():
                targets, sources = list(node.targets), root(node.value)
                if len(targets) > 1:
                    sources = sources | {name for each in targets for name in root(each)}
            case ast.withitem():
                targets = [node.optional_vars] if node.optional_vars else []
                sources = root(node.context_expr)
            case _:
                targets = [node.target]
                sources = {each.id for each in ast.walk(node.iter) if isinstance(each, ast.Name)}
        for name in (
            each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
        ):
            self.same.setdefault(name, set()).update(sources - HARMLESS - {name})

    def _function(self, node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
        """Read a function's scope; returns what this one evaluates: decorators, defaults, annotations."""
        inner = Names(self._depth + 1, local=True, annotated=self._annotated)
        inner.bound |= {each.arg for each in _parameters(node.args)} | _type_parameters(node)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        inner.read(*body)
        self.later.add(inner.now, inner.bound)
        self.later.add(inner.later, inner.bound)
        outside: list[ast.AST] = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        if not isinstance(node, ast.Lambda):
            self.bound.add(node.name)
            outside += node.decorator_list
            self._decorated(node.decorator_list)
            if self._annotated and not _type_parameters(node):
                outside += [each.annotation for each in _parameters(node.args) if each.annotation]
                outside += [node.returns] if node.returns else []
        return outside

    def _class(self, node: ast.ClassDef) -> list[ast.AST]:
        """Read a class's scope, whose own names its methods do not see."""
        inner = Names(self._depth + 1, annotated=self._annotated).read(*node.body)
        own = inner.bound | _type_parameters(node)
        self.bound.add(node.name)
        self.now.add(inner.now, own)
        self.later.add(inner.later, _type_parameters(node))
        self._decorated(node.decorator_list)
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]

    def _decorated(self, decorators: list[ast.expr]) -> None:
        for each in decorators:
            self.now.called |= root(each, through_calls=True)


def same_objects(changed: set[str], same: Mapping[str, set[str]]) -> set[str]:
    """Name the objects that these are, or are parts of, by their other names."""
    found: set[str] = set()
    pending = list(changed & same.keys())
    while pending and len(found) < _ALIASES:
        fresh = same.get(pending.pop(), set()) - found
        found |= fresh
        pending += fresh
    return found


def root(node: ast.AST, *, through_calls: bool = False) -> set[str]:
    """Name the object that a chain of attributes and subscripts, or also calls, starts from."""
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.Call(func=inner) if through_calls:
                node = inner
            case ast.Name(id=name):
                return {name}
            case _:
                return set()


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the names that an import statement binds."""
    for each in node.names:
        full = each.asname or each.name
        yield full if isinstance(node, ast.ImportFrom) else full.split(".")[0]


def imported_packages(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the top-level packages that an import statement loads; one that is relative is empty."""
    if isinstance(node, ast.ImportFrom):
        yield "" if node.level else (node.module or "").split(".")[0]
    else:
        for each in node.names:
            yield each.name.split(".")[0]


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return named + [each for each in (arguments.vararg, arguments.kwarg) if each is not None]


def _type_parameters(node: ast.AST) -> set[str]:
    """Names of Python 3.12's type parameters; older versions have none."""
    return {each.name for each in getattr(node, "type_params", ())}


def _is_zero(arguments: list[ast.expr]) -> bool:
    match arguments:
        case [ast.Constant(value=0), *_]:
            return True
        case _:
            return False

"""Which top-level statements of an answer are examples or tests: those may go, all else stays.

Nothing is run, so the rule is one of proof. A statement goes if what it does cannot reach the function under
test (no name that the function needs is bound or written into, no setting of the process is changed), and if
it shows, asserts, reads input or calls that function, or does nothing but bind names that nobody needs.
Effects are followed through the answer's own functions and through other names of the same object.
"""

from __future__ import annotations

import ast
import builtins
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.extraction.names import (
    COMPREHENSIONS,
    HARMLESS,
    TEST_PACKAGES,
    Effects,
    Mark,
    imported_packages,
    root,
    same_objects,
)
from codeeval.extraction.python import is_main_guard

if TYPE_CHECKING:
    from codeeval.extraction.python import Source, Statement

_PASSES: Final = 20
"""Times that the statements are gone through, each time with more names needed; then all others stay."""
_NAMES: Final = 200_000
"""Names looked at in functions that statements call, of one text; beyond them nothing is proved."""
_PURE_DECORATORS: Final = frozenset(
    (
        "cache",
        "lru_cache",
        "wraps",
        "dataclass",
        "contextmanager",
        "total_ordering",
        "cached_property",
        "overload",
    )
)


_ANYTHING: Final = ""
"""Stands for the name of what is not known."""


class Pruned(NamedTuple):
    """What is left of a source."""

    code: str
    statements: list[Statement]


def pruned(source: Source, target: str, needed: frozenset[str]) -> Pruned:
    """Drop the top-level statements that are examples or tests; comments stay.

    Args:
        source: the code.
        target: the function under test, to be called by tests alone.
        needed: names, most often the target among them, whose statements stay.
    """
    dropped = _Pruning(source, target, needed).dropped()
    rows = {row for each in dropped for row in range(each.first, each.last + 1)}
    code = "\n".join(line for row, line in enumerate(source.code.split("\n")) if row not in rows)
    gone = set(map(id, dropped))
    return Pruned(code, [each for each in source.statements if id(each) not in gone])


class _Pruning:
    """The statements of one source, and which of them are needed so far."""

    def __init__(self, source: Source, target: str, needed: frozenset[str]) -> None:
        self.source = source
        self.target = target
        self.roots = needed
        self.left = _NAMES
        self.needed: set[str] = set()
        self.kept: set[int] = set()
        self.reflects = False
        self.imports: dict[str, set[str]] = {}
        for each in source.statements:
            if isinstance(each.node, ast.Import | ast.ImportFrom):
                packages = set(imported_packages(each.node))
                for name in each.names.bound:
                    self.imports.setdefault(name, set()).update(packages)
        self.functions = self._bound_by(ast.FunctionDef, ast.AsyncFunctionDef) | {
            name
            for each in source.statements
            if isinstance(each.node, ast.Assign) and isinstance(each.node.value, ast.Lambda)
            for name in each.names.bound
        }
        self.classes = self._bound_by(ast.ClassDef)
        self.builtins = set(dir(builtins)) - source.binders.keys()
        self.same: dict[str, set[str]] = {}
        for each in source.statements:
            for name, others in each.names.same.items():
                self.same.setdefault(name, set()).update(others)
        self.writers: dict[str, list[int]] = {}
        self.effects = [self._effects(each) for each in source.statements]
        for index, statement in enumerate(source.statements):
            for name in statement.names.bound | self._written(index):
                self.writers.setdefault(name, []).append(index)

    def dropped(self) -> list[Statement]:
        """Return the statements that are not needed."""
        statements = self.source.statements
        crowded = self._crowded_lines()
        for index, statement in enumerate(statements):
            if _always_kept(statement) or crowded & {statement.first, statement.last}:
                self._keep(index)
        self._need(self.roots)
        for _ in range(_PASSES):
            rest = [index for index in range(len(statements)) if index not in self.kept]
            staying = [index for index in rest if self._stays(index)]
            if not staying:
                return [statements[index] for index in rest]
            for index in staying:
                self._keep(index)
        return []

    def _bound_by(self, *kinds: type[ast.stmt]) -> set[str]:
        return {
            name
            for each in self.source.statements
            if isinstance(each.node, kinds)
            for name in each.names.bound
        }

    def _crowded_lines(self) -> set[int]:
        """Lines that more than one statement touches: none of those can be dropped with its lines."""
        pairs = zip(self.source.statements, self.source.statements[1:], strict=False)
        return {before.last for before, after in pairs if before.last >= after.first}

    def _effects(self, statement: Statement) -> Effects:
        """Gather what a statement does when it runs, in the answer's own functions that it may call too.

        What the function under test does is left out: being called is what it is for.
        """
        found = Effects()
        found.add(statement.names.now)
        pending = list(found.used)
        seen = {self.target}
        while pending:
            name = pending.pop()
            if name in seen or not (name in self.functions or name in self.classes):
                continue
            seen.add(name)
            for index in self.source.binders[name]:
                later = self.source.statements[index].names.later
                self.left -= 1 + len(later.used)
                if self.left < 0:
                    found.sets.add(_ANYTHING)
                    return found
                found.add(later)
                pending += later.used
        return found

    def _written(self, index: int) -> set[str]:
        """Names of the objects that a statement may write into when it runs."""
        does = self.effects[index]
        objects = does.passed - self.functions - self.classes
        written = does.stored | ((does.methods | objects) - self.imports.keys() - self.builtins)
        return written | same_objects(written, self.same)

    def _need(self, names: frozenset[str] | set[str]) -> None:
        """Keep all statements that bind these names or write into them, and what those use in turn."""
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in self.needed:
                continue
            self.needed.add(name)
            for index in self.writers.get(name, ()):
                if index not in self.kept and not self._goes(self.source.statements[index]):
                    pending += self._kept(index)

    def _keep(self, index: int) -> None:
        self._need(self._kept(index))

    def _kept(self, index: int) -> set[str]:
        """Keep one statement; returns what it uses."""
        names = self.source.statements[index].names
        self.kept.add(index)
        self.reflects = self.reflects or Mark.REFLECTS in names.now.marks | names.later.marks
        object_too = isinstance(self.source.statements[index].node, ast.Assign | ast.AnnAssign | ast.With)
        return names.used | names.bound if object_too else names.used

    def _goes(self, statement: Statement) -> bool:
        """Whether it is an example or a test whatever it names."""
        match statement.node:
            case ast.Assert():
                return not statement.names.bound
            case ast.ImportFrom() as node:  # of the function under test, from the file that a test expects
                packages = set(imported_packages(node))
                defined = self.target in statement.names.bound & (self.functions | self.classes)
                return defined and not packages <= sys.stdlib_module_names
            case ast.Assign():
                defined = self.target in statement.names.bound & (self.functions | self.classes)
                made = root(statement.node.value, through_calls=True)
                packages = {package for name in made for package in self.imports.get(name, ())}
                return defined and bool(packages & TEST_PACKAGES)
            case node:
                return is_main_guard(node)

    def _stays(self, index: int) -> bool:
        """Whether a statement that binds and changes nothing needed so far may yet be needed."""
        statement = self.source.statements[index]
        node, does = statement.node, self.effects[index]
        if self._goes(statement) or isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
            return False
        if statement.definition is not None:
            return self._registers(statement) or (self.reflects and not _is_test(statement))
        return Mark.READS not in does.marks and self._may_matter(statement, does)

    def _may_matter(self, statement: Statement, does: Effects) -> bool:
        """Whether a statement that reads no input is no example, and may change more than what it names."""
        own = statement.names.now
        shows = Mark.SHOWS in does.marks
        sets = any(map(self._unknown, does.sets - self.functions - self.classes))
        if not sets and (shows or self.target in does.used):
            return not shows and not statement.names.bound - {"_"} and _repeats(statement.node)
        return bool(
            sets
            or Mark.REFLECTS in does.marks
            or any(map(self._unknown, own.discarded))
            or any(map(self._standard, does.stored))
            or own.called & (self.functions | self.classes)
            or self.reflects
        )

    def _unknown(self, name: str) -> bool:
        """Whether a call that starts from this name may do something that matters, its result unused."""
        if name in self.imports:
            tests = self.imports[name] & TEST_PACKAGES
            return self._standard(name) or (name in self.needed and not tests)
        if name in self.source.binders:
            return name in self.functions or name in self.classes
        return name not in HARMLESS

    def _standard(self, name: str) -> bool:
        """Whether it was imported from the standard library, libraries for tests left out."""
        packages = self.imports.get(name, {""})
        return packages <= sys.stdlib_module_names and not packages & TEST_PACKAGES

    def _registers(self, statement: Statement) -> bool:
        """Whether defining it may change what is needed: by a decorator, or as a subclass."""
        node = statement.node
        decorators = getattr(node, "decorator_list", [])
        names = {name for each in decorators if not _is_pure(each) for name in root(each, through_calls=True)}
        if isinstance(node, ast.ClassDef):
            parents = [*node.bases, *(each.value for each in node.keywords)]
            names |= {name for each in parents for name in root(each, through_calls=True)}
            names -= self.imports.keys()
        return bool(names & self.needed)


def _always_kept(statement: Statement) -> bool:
    """Whether it is cheap, without output and perhaps needed: standard imports and the docstring."""
    node = statement.node
    if isinstance(node, ast.Import | ast.ImportFrom):
        standard = all(package in sys.stdlib_module_names for package in imported_packages(node))
        return standard or "*" in statement.names.bound
    return statement.first == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_pure(decorator: ast.expr) -> bool:
    """Whether a decorator is one of the standard library's that register nothing."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(function, ast.Attribute):
        return function.attr in _PURE_DECORATORS
    return isinstance(function, ast.Name) and function.id in _PURE_DECORATORS


def _is_test(statement: Statement) -> bool:
    """Whether a definition is a test by its name, or made with a library for tests."""
    definition = statement.definition
    name = definition.name.lower() if definition is not None else ""
    return name.startswith("test") or bool(statement.names.used & TEST_PACKAGES)


def _repeats(node: ast.stmt) -> bool:
    """Whether it is a loop, as one is that fills the function's cache."""
    return isinstance(node, ast.For | ast.While) or (
        isinstance(node, ast.Expr) and isinstance(node.value, COMPREHENSIONS)
    )

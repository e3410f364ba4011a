"""Compiles tests such that what they rely on is part of their code, where no global variable shadows it.

Names of builtins, of the entry point and of the parameter that the entry point is handed over as
(``check(candidate)``) become constants of the compiled code: first marks, then the objects (``filled``).
"""

import ast
import builtins
import warnings
from types import CodeType

__builtins__ = dict(vars(builtins))

MARK = "\0"
"""First of the two items of a tuple that stands for the object of a name."""
KEPT = frozenset(("super",))
"""Builtins that the compiler knows by name."""

compile_source = compile


class Names:
    """What the names in a file of tests are used for.

    Attributes:
        tree: the file.
        bound: names that it binds, anywhere.
        loaded: names that it reads.
        others: names that it uses otherwise than to read an attribute: what it may pass on or change.
        defined: names of what it imports and defines at its top level.
        top: names that its top level binds, or functions of it for the top level.
        imported: modules that it imports, anywhere.
    """

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self.bound: set[str] = set()
        self.loaded: set[str] = set()
        self.others: set[str] = set()
        for node in ast.walk(self.tree):
            self._note(node)
        self.defined = {name for node in self.tree.body for name in _defined(node)}
        self.top = _bound_at_top(self.tree)
        self.imported = {name for node in ast.walk(self.tree) for name in _imported(node)}

    def methods(self, name: str, prefix: str) -> list[str]:
        """Return the names of methods that a class states, of those that begin with a prefix."""
        classes = [node for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name == name]
        return [
            each.name
            for node in classes[-1:]
            for each in node.body
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.name.startswith(prefix)
        ]

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            (self.loaded if isinstance(node.ctx, ast.Load) else self.bound).add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.bound |= _defined(node)
            self.others |= {each.name for each in node.names if each.asname}
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self.bound |= set(node.names)
        else:
            self.bound |= _names_of(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name) and not (
                isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
            ):
                self.others.add(child.id)

    def fix(self, marked: set[str], root: ast.AST, mark: str = "") -> None:
        """Put marks in the place of names that are read.

        Args:
            marked: the names.
            root: what of the tree is changed.
            mark: the name that the marks stand for, if it is not the same.
        """
        for node in ast.walk(root):
            if isinstance(node, ast.pattern):  # a class in a pattern must be a name
                continue
            for field, value in ast.iter_fields(node):
                if isinstance(value, list):
                    value[:] = [_marked(each, marked, mark) for each in value]
                elif isinstance(value, ast.Name):
                    setattr(node, field, _marked(value, marked, mark))

    def parameter(self, entry_point: str) -> tuple[ast.FunctionDef, str] | None:
        """Find the one function that is handed the entry point and nothing else, and its parameter."""
        for node in self.tree.body:
            if not isinstance(node, ast.FunctionDef) or node.decorator_list:
                continue
            arguments = node.args
            if len(arguments.args) != 1 or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
                continue
            name = arguments.args[0].arg
            if self._is_handed(node, entry_point) and _is_constant(node, name):
                return node, name
        return None

    def _is_handed(self, function: ast.FunctionDef, entry_point: str) -> bool:
        calls = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == function.name
        ]
        uses = sum(isinstance(node, ast.Name) and node.id == function.name for node in ast.walk(self.tree))
        return bool(calls) and len(calls) == uses and all(_hands(call, entry_point) for call in calls)


def _bound_at_top(tree: ast.Module) -> set[str]:
    bound = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        bound |= _defined(node) or _names_of(node)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)
    return bound


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


def _defined(node: ast.AST) -> set[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {each.asname or each.name.partition(".")[0] for each in node.names}
    return {node.name} if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else set()


def _names_of(node: ast.AST) -> set[str]:
    names = (getattr(node, field, None) for field in ("name", "arg", "rest"))
    return {name for name in names if isinstance(name, str)} - (
        {node.arg} if isinstance(node, ast.keyword) and node.arg else set()
    )


def _hands(call: ast.Call, entry_point: str) -> bool:
    return (
        len(call.args) == 1
        and not call.keywords
        and isinstance(call.args[0], ast.Name)
        and call.args[0].id == entry_point
    )


def _is_constant(function: ast.FunctionDef, name: str) -> bool:
    """Whether nothing in a function binds its parameter anew."""
    inside = [node for statement in function.body for node in ast.walk(statement)]
    return not any(
        name in _names_of(node)
        or (isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load))
        or (isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names)
        or (isinstance(node, ast.alias) and name in (node.asname, node.name))
        for node in inside
    )


def _marked(node, marked: set[str], mark: str):
    if isinstance(node, ast.Name) and node.id in marked and isinstance(node.ctx, ast.Load):
        return ast.copy_location(ast.Constant((MARK, mark or node.id)), node)
    return node


def compiled(tree: ast.Module, name: str) -> CodeType:
    """Compile a tree; that a constant is called is nothing to warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile_source(tree, name, "exec", dont_inherit=True)


def filled(code: CodeType, objects: dict[str, object]) -> CodeType:
    """Return the code with objects in the place of their marks."""
    constants = tuple([_filled(constant, objects) for constant in code.co_consts])
    return code if all(map(_same, constants, code.co_consts)) else code.replace(co_consts=constants)


def _filled(constant: object, objects: dict[str, object]) -> object:
    kind = type(constant)
    if kind is CodeType:
        return filled(constant, objects)
    if kind is tuple:
        if len(constant) == 2 and constant[0] == MARK:
            return objects.get(constant[1], constant)
        inner = tuple([_filled(each, objects) for each in constant])
        return constant if all(map(_same, inner, constant)) else inner
    if kind is frozenset:
        inner = [_filled(each, objects) for each in constant]
        return constant if all(map(_same, inner, constant)) else frozenset(inner)
    return constant


def _same(one: object, other: object) -> bool:
    return one is other


def codes(code: CodeType) -> set[CodeType]:
    """Return the code and all that it nests."""
    found, pending = set(), [code]
    while pending:
        each = pending.pop()
        found.add(each)
        pending += [constant for constant in each.co_consts if type(constant) is CodeType]
    return found

"""The habits that a machine can check, each a rule of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import enum
import inspect

import msgspec
from tree import Module, dotted, modules, own, parents

from codeeval import types

MODULE_LINES = 600
FUNCTION_LINES = 70

LONG_MODULES: dict[str, str] = {
    "codeeval.datasets.task_files": "one schema, with a description of each field, and its reader",
}
"""Modules that may be longer, each with the reason. Wanted: empty."""

LONG_FUNCTIONS: dict[str, str] = {}
"""Functions that may be longer, as ``module:function``, each with the reason. Wanted: empty."""

MAY_CATCH_EVERYTHING: dict[str, str] = {
    "codeeval.models.callable": "a user's callable may raise anything; it stops the run as a ModelError",
    "codeeval.cli.main": "the last boundary: a bug is saved to a file, and no traceback reaches a user",
    "codeeval.cluster.executor_node": "the driver waits for an answer to each program",
    "codeeval.cluster.link": "a thread that died silently would leave a node's programs without an answer",
    "codeeval.cluster.pool": "as above",
    "codeeval.pipeline.feeder": "a thread that died silently would leave its items without an answer",
    "codeeval.registry.entries": "importing a plug-in may raise anything; it is reported as the plug-in's",
    "codeeval.registry.checking": "as above: reading a plug-in's values",
    "codeeval.registry.guarding": "as above: calling a plug-in's methods",
    "codeeval.pipeline.verifier": "a defect of a benchmark or the judge costs a sample, not the run",
    "codeeval.serve.app": "no defect may end the service; it is logged, with its request's id",
    "codeeval.testing.account": "whatever is checked may raise anything; it is reported",
    "codeeval.sandboxes.interaction": "as below, of a reader; raised again by the thread that waits",
    "codeeval.sandboxes.pool": "a worker that died silently would leave its programs without an answer",
}
"""Modules with a broad ``except``, each with the reason."""


def test_no_module_is_long() -> None:
    lengths = {module.name: module.source.count("\n") for module in modules()}
    assert not {
        name: length for name, length in lengths.items() if length > MODULE_LINES and name not in LONG_MODULES
    }
    assert not {name for name in LONG_MODULES if lengths.get(name, 0) <= MODULE_LINES}, (
        "no longer an exception"
    )


def test_no_function_is_long() -> None:
    lengths: dict[str, int] = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{module.name}:{node.name}"] = (node.end_lineno or node.lineno) - node.lineno + 1
    assert not {
        name: length
        for name, length in lengths.items()
        if length > FUNCTION_LINES and name not in LONG_FUNCTIONS
    }
    assert not {name for name in LONG_FUNCTIONS if lengths.get(name, 0) <= FUNCTION_LINES}, (
        "no longer an exception"
    )


MAY_READ_THE_ENVIRONMENT = {
    "codeeval.config": "all settings are its",
    "codeeval.sandboxes.contexts": "the engine's own variables, which Docker's SDK reads in part itself",
}
"""Modules that read the environment, each with the reason."""


def test_one_reader_of_the_environment() -> None:
    readers = ("os.environ", "os.getenv", "os.putenv", "environ", "getenv")
    wrong = [
        module.at(node)
        for module in own()
        if module.name not in MAY_READ_THE_ENVIRONMENT
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) in readers
    ]
    assert not wrong, "codeeval/config.py is the only reader of codeeval's settings"


MAY_JUDGE = {
    "codeeval.pipeline.verifier": "it is the one that retries, repeats and judges",
    "codeeval.testing.sandboxes": "a conformance kit retries nothing, so that no fault is hidden",
}
"""Modules that judge executions themselves, each with the reason."""


MAY_PASS_ON = {
    "codeeval.cluster.executor_node",  # to its node's pool, what a verifier on another machine submitted
    "codeeval.session.cluster",  # as above, with scaled limits
}
"""Modules that pass programs on to a pool, for a verifier."""


def test_one_verifier() -> None:
    """Whatever executes programs does so through ``Verifier``, so that all retry and repeat alike."""
    users = {
        module.name
        for module in own()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "submit_alone"
    }
    judges = {
        module.name
        for module in own()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "judge"
    }
    assert users - MAY_PASS_ON == {"codeeval.pipeline.verifier"}
    assert judges == MAY_JUDGE.keys()


def is_state(node: ast.AST) -> bool:
    """Whether an expression names an outcome or a status."""
    name = dotted(node).rpartition(".")[2]
    members = {"finish_reason", "style", "kind", "oracle", "role"}
    return name in {"outcome", "status"} or (isinstance(node, ast.Attribute) and name in members)


def is_text(node: ast.AST) -> bool:
    """Whether an expression is a string literal, or a collection of them."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(is_text(item) for item in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_states_are_not_compared_with_strings() -> None:
    wrong = []
    for module in own():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                if any(map(is_state, sides)) and any(map(is_text, sides)):
                    wrong.append(module.at(node))
            elif isinstance(node, ast.Match) and is_state(node.subject):
                patterns = [case.pattern for case in node.cases]
                wrong += [
                    module.at(pattern)
                    for pattern in patterns
                    if isinstance(pattern, ast.MatchValue) and is_text(pattern.value)
                ]
    assert not wrong, "compare with the enum's members"


def broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches every error."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or dotted(each) in {"Exception", "BaseException"} for each in caught)


def reraises(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends by raising again what it caught, so that nothing is hidden."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_broad_excepts_are_named_here() -> None:
    found: dict[str, list[str]] = {}
    for module in own():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and broad(node) and not reraises(node):
                found.setdefault(module.name, []).append(module.at(node))
    assert not {name: places for name, places in found.items() if name not in MAY_CATCH_EVERYTHING}
    assert not {name for name in MAY_CATCH_EVERYTHING if name not in found}, "no longer an exception"


def test_every_stage_value_is_frozen() -> None:
    for name, value in inspect.getmembers(types, inspect.isclass):
        if not value.__module__.startswith(types.__name__) or issubclass(value, enum.Enum):
            continue
        assert issubclass(value, msgspec.Struct), f"{name} is neither a msgspec.Struct nor an Enum"
        assert value.__struct_config__.frozen, f"{name} is not frozen"
        for field in msgspec.structs.fields(value):
            annotation = str(field.type)
            assert not any(mutable in annotation for mutable in ("list[", "dict[", "set[")), (
                f"{name}.{field.name}: {annotation}"
            )


MAY_GO_BACK = {
    "value_problems": "a surrogate problem is made of a reference program of the wrapped benchmark",
    "with_expected_outputs": "expected outputs may come from references, which run before any sample",
    "_checking": "as checker_program, which it calls",
    "checker_program": "a checker is a program of its own, whose input is what the candidate printed",
}
"""Functions that take a later stage and return an earlier one, each with the reason."""

STAGES = ("Problem", "Prompt", "Completion", "Program", "Execution", "Verdict")


def stage_names(node: ast.AST | None) -> set[int]:
    """Indices of the stages that an annotation names."""
    names = {dotted(each).rpartition(".")[2] for each in ast.walk(node)} if node else set()
    return {index for index, stage in enumerate(STAGES) if stage in names}


def goes_back(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function takes a later stage and returns only earlier ones."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    taken = set().union(*(stage_names(argument.annotation) for argument in arguments))
    given = stage_names(function.returns)
    return bool(taken and given) and max(given) < max(taken)


def test_values_flow_one_way() -> None:
    wrong = [
        f"{module.at(node)} {node.name}"
        for module in own()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and goes_back(node)
        and node.name not in MAY_GO_BACK
    ]
    assert not wrong, "no function takes a later stage and returns an earlier one"


def test_any_is_explained() -> None:
    def explained(module: Module, node: ast.AST, holders: dict[ast.AST, ast.AST]) -> bool:
        while not isinstance(node, ast.stmt):
            node = holders[node]
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body else node.end_lineno
        return any("#" in text for text in module.source.splitlines()[max(0, node.lineno - 2) : last])

    wrong = []
    for module in own():
        holders = parents(module.tree)
        for node in ast.walk(module.tree):
            named = (
                isinstance(node, ast.Name) and node.id == "Any" and not isinstance(holders[node], ast.alias)
            )
            if named and not explained(module, node, holders):
                wrong.append(module.at(node))
    assert not wrong, "an Any needs a comment with the reason, in its statement or the line above"

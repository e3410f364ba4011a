"""Importing codeeval does nothing and loads nothing heavy."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tree import Module, dotted, own

import codeeval

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAVY = {
    "altair",
    "anthropic",
    "datasets",
    "docker",
    "jinja2",
    "litellm",
    "numpy",
    "ollama",
    "openai",
    "pyarrow",
    "ray",
    "rich",
    "scipy",
    "torch",
    "transformers",
    "tree_sitter",
    "trl",
    "verl",
    "vl_convert",
    "vllm",
    "xllamacpp",
}

HARMLESS = {
    # values of the standard library
    "enum.auto",
    "frozenset",
    "tuple",
    "range",
    "dict.fromkeys",
    "str.maketrans",
    "bytes.maketrans",
    "re.compile",
    "struct.Struct",
    "Path",
    "PurePosixPath",
    "NormalDist",
    "datetime.timedelta",
    "logging.getLogger",
    "types.MappingProxyType",
    "MappingProxyType",
    "TypeVar",
    "ParamSpec",
    "contextvars.ContextVar",
    # msgspec: compiles a codec, reads nothing
    "msgspec.field",
    "msgspec.Meta",
    "msgspec.json.Decoder",
    "msgspec.json.Encoder",
    "msgspec.Raw",
    "msgspec.toml.Decoder",
    # codeeval's own frozen values
    "Capability",
    "Frame",
    "Lack",
    "_described",
    "GateReports",
    "Graded",
    "LimitOptions",
    "TaskSelection",
    "SandboxSettings",
    "SamplingOptions",
    "PromptOptions",
    "JudgingSettings",
    "ModelOptions",
    "ExecutionOptions",
    "DataOptions",
    "DictOf",
    "ListOf",
    "SetOf",
    "Terms",
    "TupleOf",
    "UnionOf",
    "BenchmarkOptions",
    "DataSource",
    "DatasetIdentity",
    "Problem",
    "SandboxOptions",
    "DatasetRef",
    "Extraction",
    "Field",
    "Form",
    "Scale",
    "Study",
    "Cheats",
    "Command",
    "Comparison",
    "PythonFile",
    "Script",
    "Endpoint",
    "Epilogue",
    "Forbidden",
    "Capabilities",
    "Language",
    "Marks",
    "LazyCommand",
    "Limits",
    "RewardSettings",
    "Sampling",
    "Scoring",
    "SelfTest",
    "SourceFile",
    "Usage",
    "UsageError",
    "words",
}
"""Calls that make a value and touch nothing outside it."""

HARMLESS_METHODS = {"encode", "format", "join", "partition", "replace", "split", "startswith", "strip"}
"""Of strings."""


def top_level_calls(module: Module) -> Iterator[ast.Call]:
    """Calls that importing the module performs; decorators declare and are skipped."""

    def walk(node: ast.AST) -> Iterator[ast.Call]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
                children: list[ast.AST] = list(defaults)
            case ast.Lambda():
                children = []
            case ast.ClassDef():
                children = list(node.body)
            case _:
                children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call):
            yield node
        for child in children:
            yield from walk(child)

    for statement in module.tree.body:
        guarded = isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)
        if not guarded:
            yield from walk(statement)


def method(call: ast.Call) -> str:
    """Name the method that a call calls, or return an empty string."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


@pytest.mark.parametrize("module", own(), ids=lambda module: module.name)
def test_no_call_at_import(module: Module) -> None:
    local = {node.name for node in module.tree.body if isinstance(node, ast.ClassDef)}
    if module.name.startswith("codeeval.languages."):  # what fills in the sources of self-tests
        local |= {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef)}
        local.add("self_tests")
    wrong = [
        f"{module.at(call)} calls {dotted(call.func) or ast.unparse(call.func)}"
        for call in top_level_calls(module)
        if dotted(call.func) not in HARMLESS | local and method(call) not in HARMLESS_METHODS
    ]
    assert not wrong, "do it inside a function, or add a call that touches nothing to HARMLESS"


@pytest.mark.parametrize("module", own(), ids=lambda module: module.name)
def test_no_statement_with_an_effect_at_import(module: Module) -> None:
    effects = (ast.With, ast.For, ast.While, ast.Delete, ast.Global, ast.Raise, ast.Assert)
    wrong = [module.at(node) for node in module.tree.body if isinstance(node, effects)]
    assert not wrong


def loaded_by(statement: str) -> set[str]:
    """Return the top-level names of all modules that a fresh interpreter loads for a statement."""
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_codeeval_loads_nothing_heavy() -> None:
    assert not loaded_by("import codeeval") & (HEAVY | {"click", "msgspec"})


def test_import_codeeval_is_quick() -> None:
    code = "import time; start = time.process_time(); import codeeval; print(time.process_time() - start)"
    command = [sys.executable, "-c", code]
    taken_s = [float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(5)]
    assert min(taken_s) < 0.03  # of CPU time: a loaded machine may keep it waiting


def test_every_public_name_is_loaded_where_it_is_defined() -> None:
    assert sorted(codeeval.__all__) == sorted(codeeval._MODULES)
    for name in codeeval.__all__:
        assert getattr(codeeval, name) is getattr(importlib.import_module(codeeval._MODULES[name]), name)
    assert set(codeeval.__all__) <= set(dir(codeeval))
    with pytest.raises(AttributeError):
        codeeval.__getattr__("Evaluater")


def test_type_checkers_see_the_same_names() -> None:
    (module,) = (module for module in own() if module.name == "codeeval")
    (guarded,) = (node for node in module.tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == codeeval._MODULES


def test_values_and_errors_load_nothing_heavy() -> None:
    """What a program needs to catch errors and read verdicts, without an engine or a dataset."""
    assert not loaded_by("from codeeval import CodeEvalError, Outcome, Verdict") & HEAVY


def test_help_loads_nothing_heavy() -> None:
    statement = (
        "import contextlib, io, sys\n"
        "sys.argv = ['codeeval', '--help']\n"
        "from codeeval.cli.main import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
    )
    assert not loaded_by(statement) & HEAVY


@pytest.mark.parametrize(
    "name", ["types", "errors", "interfaces", "languages", "records", "registry", "config"]
)
def test_foundations_load_nothing_heavy(name: str) -> None:
    assert not loaded_by(f"import codeeval.{name}") & HEAVY

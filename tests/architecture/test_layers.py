"""The layer table: who may import whom. Anything that the table does not allow fails."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest
from tree import ROOT, RUNNER, Module, modules, own

if TYPE_CHECKING:
    from collections.abc import Iterator

FOUNDATION = {
    "errors",
    "types",
    "languages",
    "lexing",
    "prompting",
    "interfaces",
    "containers",
    "text",
    "reading",
    "writing",
    "keeping",
    "__version__",
}
"""Layers 0 and 1, the package's own version, and containers/, which is data for its readers."""
STAGES = {
    "extraction",
    "judging",
    "metrics",
    "statistics",
    "records",
    "datasets",
    "formatting",
    "translators",
    "sandboxes",
    "models",
}
"""Layer 2: they meet only in the layers above them, but for what ``MAY_IMPORT`` says: the analysis of a run's
samples is in ``metrics``, the writer of translated data sets in ``translators``."""

BELOW_PIPELINE = (
    FOUNDATION
    | STAGES
    | {"registry", "strategies", "provers", "benchmarks", "formats", "sources", "cluster", "bundles"}
)
"""Layers 0 to 3."""

MAY_IMPORT: dict[str, set[str]] = {
    "__version__": {"errors", "types", "session", "api", "viewer"},
    "errors": set(),
    "text": set(),
    "reading": set(),
    "types": {"errors"},
    "keeping": {"errors"},
    "writing": {"errors"},
    "containers": set(),
    "registry": {"errors", "types", "interfaces", "__version__"},
    "languages": {"errors", "types", "registry"},
    "lexing": {"errors", "types"},
    "prompting": {"errors", "types"},
    "interfaces": {"errors", "types", "prompting"},
    **dict.fromkeys(STAGES, FOUNDATION),
    "sandboxes": FOUNDATION | {"registry"},
    "metrics": FOUNDATION | {"records", "statistics"},
    "translators": FOUNDATION | {"datasets", "records"},
    "bundles": {"errors", "reading", "writing"},
    "cluster": FOUNDATION | {"records"},
    "strategies": FOUNDATION,
    "provers": FOUNDATION | {"sandboxes"},
    "formats": FOUNDATION | {"records", "metrics"},
    "sources": FOUNDATION | {"formats"},
    "benchmarks": FOUNDATION | {"extraction", "datasets", "translators"},
    "pipeline": BELOW_PIPELINE,
    "comparison": BELOW_PIPELINE | {"pipeline"},
    "gating": BELOW_PIPELINE | {"pipeline", "comparison"},
    "suites": BELOW_PIPELINE | {"pipeline", "comparison", "gating"},
    "reports": BELOW_PIPELINE | {"pipeline", "comparison", "gating"},
    "config": BELOW_PIPELINE | {"pipeline"},
    "session": BELOW_PIPELINE | {"pipeline", "comparison", "gating", "suites", "reports", "config"},
    "rendering": BELOW_PIPELINE | {"pipeline", "comparison", "gating", "suites", "session"},
    "serve": BELOW_PIPELINE | {"pipeline", "config", "session", "rewards"},
    "viewer": BELOW_PIPELINE | {"pipeline", "suites", "reports", "session"},
    "cli": {"__version__", "errors", "types", "session", "reports", "rendering", "serve", "viewer"},
    "api": BELOW_PIPELINE | {"pipeline", "comparison", "gating", "suites", "reports", "config", "session"},
    "rewards": BELOW_PIPELINE | {"pipeline", "config", "session"},
    "testing": BELOW_PIPELINE | {"pipeline", "session"},
    "command": BELOW_PIPELINE | {"pipeline", "config", "session", "rendering", "cli"},
}
"""By unit, the first name below ``codeeval``. The command line holds no decision: it parses and prints.

A unit may import itself; one benchmark never another."""


EXCEPTIONS = {
    ("codeeval.sandboxes.channel", "judging"): "a wrong output ends a program's cases while they run",
    ("codeeval.sandboxes.interaction", "judging"): "as above, and an interactor's word",
    ("codeeval.benchmarks.surrogate.wrapping", "registry"): "it wraps any benchmark, by name, anybody's",
}
"""Single modules that may import one unit more, each with the reason. Keep it short."""


def unit(name: str) -> str:
    """Name the unit that a module belongs to; a benchmark's ``command`` is a unit of its own."""
    parts = name.split(".")
    if parts[1:2] == ["benchmarks"] and parts[3:4] == ["command"]:
        return "command"
    return parts[1] if len(parts) > 1 else "__version__"


def imported(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every module of codeeval that a module imports, at the top, lazily, or for its types."""
    known = {each.name for each in modules()}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names if alias.name.split(".")[0] == "codeeval")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "codeeval":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node, full if full in known else node.module


@pytest.mark.parametrize("module", own(), ids=lambda module: module.name)
def test_imports_follow_the_layer_table(module: Module) -> None:
    here = unit(module.name)
    assert here in MAY_IMPORT, f"{module.path}: say in MAY_IMPORT which layer {here} belongs to"
    allowed = MAY_IMPORT[here] | {here}
    wrong = [
        f"{module.at(node)} imports {name}"
        for node, name in imported(module)
        if unit(name) not in allowed and (module.name, unit(name)) not in EXCEPTIONS
    ]
    assert not wrong


def test_exceptions_are_needed() -> None:
    used = {(module.name, unit(name)) for module in own() for _, name in imported(module)}
    assert EXCEPTIONS.keys() <= used


def test_no_benchmark_imports_another() -> None:
    """A benchmark imports its own folder and ``common``; ``common`` imports no benchmark."""
    families = {path.name for path in (ROOT / "benchmarks").iterdir() if (path / "benchmark.py").exists()}
    wrong = []
    for module in own():
        if unit(module.name) != "benchmarks" or module.name.count(".") < 2:
            continue
        family = module.name.split(".")[2]
        for node, name in imported(module):
            parts = name.split(".")
            if parts[1:2] == ["benchmarks"] and parts[2:3] != [family] and set(parts[2:3]) & families:
                wrong.append(f"{module.at(node)} imports {name}")
    assert not wrong


def test_imports_are_absolute() -> None:
    wrong = [
        module.at(node)
        for module in own()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong


def test_the_runner_needs_the_standard_library_only() -> None:
    runner = [module for module in modules() if module.name.startswith(RUNNER)]
    assert runner, "containers/runner/ is empty: what would run inside the sandboxes?"
    siblings = {module.path.stem for module in runner}
    wrong = []
    for module in runner:
        for node in ast.walk(module.tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            wrong += [
                f"{module.at(node)} imports {name}"
                for name in names
                if name.split(".")[0] not in sys.stdlib_module_names | siblings
            ]
    assert not wrong


def test_every_unit_of_the_table_is_described() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    units = {unit(module.name) for module in own()} - {"__version__"}
    assert not [name for name in sorted(units) if f"`{name}`" not in text], "ARCHITECTURE.md, the layer table"

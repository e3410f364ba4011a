"""The source tree as the architecture tests see it: every file of the package, with its import name."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "codeeval"
RUNNER = "codeeval.containers.runner"
"""The program inside every sandbox: plain standard-library scripts, outside codeeval's own rules."""


class Module(NamedTuple):
    """A Python file of the package."""

    name: str
    """Import name, for example ``codeeval.benchmarks.humaneval.benchmark``."""
    path: Path
    """Path below the project's root, through the links."""
    source: str
    tree: ast.Module

    @property
    def in_sandbox(self) -> bool:
        """Whether it runs in a sandbox, or while an image is built."""
        return self.name.startswith("codeeval.containers.")

    @property
    def package(self) -> bool:
        """Whether it is an ``__init__``."""
        return self.path.name == "__init__.py"

    def at(self, node: ast.AST) -> str:
        """Name a place in this file, as an editor understands it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def files() -> Iterator[Path]:
    """Every file of the package, below the root, through the links."""
    for folder, folders, names in os.walk(PACKAGE, followlinks=True):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (
            Path(folder, name).relative_to(ROOT) for name in sorted(names) if not name.endswith(".pyc")
        )


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the package, the runner included."""
    found = []
    for path in files():
        if path.suffix != ".py":
            continue
        parts = path.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        source = (ROOT / path).read_text(encoding="utf-8")
        found.append(Module(name, path, source, ast.parse(source, str(path))))
    return tuple(found)


@functools.cache
def own() -> tuple[Module, ...]:
    """The modules that run on the host."""
    return tuple(module for module in modules() if not module.in_sandbox)


def parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Map each node to the node that holds it."""
    return {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}


def dotted(node: ast.AST) -> str:
    """Write a name or attribute chain as text, for example ``os.environ.get``; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


def repository_files() -> list[Path]:
    """Files that are or would be committed: tracked ones and new ones that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).exists()]

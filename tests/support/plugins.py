"""Packages with plug-ins, as an installer leaves them: modules, and metadata with entry points."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING

from codeeval.languages import table
from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def write_package(
    folder: Path,
    entries: Mapping[str, Mapping[str, str]],
    files: Mapping[str, str],
    *,
    name: str = "faulty-plugin",
    version: str = "1.0",
) -> None:
    """Write an installed package.

    Args:
        folder: like ``site-packages``.
        entries: by entry-point group, names and their targets.
        files: by path below the folder.
        name: the package's.
        version: the package's.
    """
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    groups = [
        f"[{group}]\n" + "".join(f"{key} = {target}\n" for key, target in names.items())
        for group, names in entries.items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(groups))
    for path, source in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(source)


@contextlib.contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let the packages of a folder be found, and forget them afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    _forget()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _forget()
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and file.startswith(str(folder)):
                del sys.modules[name]


def _forget() -> None:
    importlib.invalidate_caches()
    table._plugged.cache_clear()
    table._plugged_language.cache_clear()
    images._plugged.cache_clear()

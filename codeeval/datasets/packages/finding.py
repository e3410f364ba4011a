"""Finds the problem packages in a folder, and recognises their format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.datasets.packages import kattis, library_checker
from codeeval.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from codeeval.datasets.packages.package import Package

READERS: Final[Mapping[str, Callable[[Path], Package]]] = {
    kattis.CONFIGURATION: kattis.read_package,
    library_checker.CONFIGURATION: library_checker.read_package,
}
"""By the file that makes a folder a package of a format."""


def find_packages(folder: Path) -> tuple[Package, ...]:
    """Read the package that a folder is, or all that lie below it, by name.

    Raises:
        DataError: there is none, two have the same name, or one is incomplete.
    """
    found = sorted(path for name in READERS for path in folder.rglob(name))
    if not found:
        raise DataError(
            f"{folder} has no problem package in it: no {' and no '.join(READERS)}",
            "Name a folder with packages in Kattis' format or Library Checker's, or a file of JSON lines.",
        )
    packages: dict[str, Package] = {}
    for path in found:
        package = READERS[path.name](path.parent)
        if package.id in packages:
            other = packages[package.id].folder
            raise DataError(
                f"{path.parent} and {other} are both called {package.id}", "Rename one, or name the other."
            )
        packages[package.id] = package
    return tuple(packages[name] for name in sorted(packages))

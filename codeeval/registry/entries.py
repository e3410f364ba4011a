"""Where plug-ins are registered: entry points of installed packages, codeeval's own among them."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval import __version__
from codeeval.errors import CodeEvalError, PluginError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN: Final = "codeeval"
"""The package whose plug-ins are codeeval's own."""


class Group(enum.StrEnum):
    """The kinds of plug-in, by entry-point group."""

    BENCHMARKS = "codeeval.benchmarks"
    MODELS = "codeeval.models"
    SOURCES = "codeeval.sources"
    SANDBOXES = "codeeval.sandboxes"
    STRATEGIES = "codeeval.strategies"
    LANGUAGES = "codeeval.languages"
    IMAGES = "codeeval.images"
    """Packages whose folder has an ``images.toml`` and a Dockerfile for each image."""
    COMMANDS = "codeeval.commands"

    @property
    def noun(self) -> str:
        """What one of them is called in messages."""
        return _NOUNS[self]


_NOUNS: Final = {
    Group.BENCHMARKS: "benchmark",
    Group.MODELS: "model backend",
    Group.SOURCES: "source of completions",
    Group.SANDBOXES: "sandbox",
    Group.STRATEGIES: "strategy",
    Group.LANGUAGES: "language",
    Group.IMAGES: "folder of images",
    Group.COMMANDS: "command",
}


class Plugin(NamedTuple):
    """An entry point, and the package that it comes from."""

    group: Group
    name: str
    target: str
    """``module:attribute``, or a module."""
    package: str
    version: str

    @property
    def own(self) -> bool:
        """Whether it is one of codeeval's own."""
        return self.package == OWN

    def __str__(self) -> str:
        """For messages."""
        return f"the {self.group.noun} {self.name!r} of {self.package} {self.version}"

    def load(self) -> object:
        """Import it.

        Raises:
            PluginError: it cannot be imported.
            CodeEvalError: it is one of codeeval's own, and cannot be imported.
        """
        from importlib.metadata import EntryPoint  # noqa: PLC0415 -- costs 15 ms, and --help finds nothing

        try:
            return EntryPoint(self.name, self.target, self.group.value).load()
        except (ImportError, AttributeError) as error:
            kind = CodeEvalError if self.own else PluginError
            raise kind(
                f"{self} ({self.target}) cannot be imported: {error}",
                f"Reinstall {self.package}, or report this to its authors.",
            ) from error
        except Exception as error:
            if self.own:
                raise
            raise PluginError(
                f"{self} ({self.target}) cannot be imported: {type(error).__name__}: {error}",
                f"Report this to the authors of {self.package}.",
            ) from error


def own_plugin(group: Group, name: str, target: str) -> Plugin:
    """Return one of codeeval's own that has no entry point: languages and commands stand in tables."""
    return Plugin(group, name, target, OWN, __version__)


def plugins(group: Group) -> tuple[Plugin, ...]:
    """Return all plug-ins of a group, by name and package."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- as in Plugin.load

    found = set()
    for entry in entry_points(group=group.value):
        package, version = (entry.dist.name, entry.dist.version) if entry.dist else ("an unknown package", "")
        package = re.sub(r"[-_.]+", "-", package).lower()
        found.add(Plugin(group, entry.name, entry.value, package, version))
    return tuple(sorted(found, key=lambda plugin: (plugin.name, plugin.package)))


def names(group: Group) -> tuple[str, ...]:
    """Return the names in a group, sorted."""
    return tuple(dict.fromkeys(plugin.name for plugin in plugins(group)))


def find(group: Group, name: str) -> Plugin:
    """Return the plug-in of this name.

    Raises:
        UnknownName: there is none.
        PluginError: two packages have one.
    """
    found = [plugin for plugin in plugins(group) if plugin.name == name]
    if not found:
        raise UnknownName(group.noun, name, names(group))
    require_one(found)
    return found[0]


def require_one(found: Iterable[Plugin]) -> None:
    """Refuse plug-ins that have the same name.

    Raises:
        PluginError: there are two.
    """
    first, *others = found
    if others:
        packages = " and ".join(sorted(f"{each.package} {each.version}" for each in (first, *others)))
        raise PluginError(
            f"two packages have a {first.group.noun} {first.name!r}: {packages}",
            "Uninstall one of them, or have one renamed.",
        )

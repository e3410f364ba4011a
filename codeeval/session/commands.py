"""Commands that plug-ins bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codeeval import registry

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from codeeval.errors import PluginError


class PluginCommand(NamedTuple):
    """A plug-in's command, imported."""

    plugin: registry.Plugin
    command: object
    """What its entry point names."""

    def fault(self, text: str) -> PluginError:
        """Return the error that reports a fault of it."""
        return registry.fault(self.plugin, text)

    def blaming(self, *but: type[Exception]) -> AbstractContextManager[None]:
        """Report what it raises as its fault, but for these types and codeeval's errors for the user."""
        return registry.blaming(self.plugin, "it", but=but)


def command_names() -> tuple[str, ...]:
    """Return the names of plug-ins' commands."""
    return registry.names(registry.Group.COMMANDS)


def load_command(name: str) -> PluginCommand:
    """Import a plug-in's command.

    Raises:
        UnknownName: there is none of this name.
        PluginError: two packages have one, or it cannot be imported.
    """
    plugin = registry.find(registry.Group.COMMANDS, name)
    return PluginCommand(plugin, plugin.load())

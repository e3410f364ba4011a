"""A click group that imports a command's module only when that command is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

import click

from codeeval.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyCommand(NamedTuple):
    """Where a command lives, and its line in ``--help``, which is shown without importing it."""

    target: str
    """``module:name``."""
    summary: str


class OutputClosed(Exception):
    """Whoever read standard output stopped reading. Not an OSError: click answers those with exit code 1."""


class LazyGroup(click.Group):
    """Imports commands on use: ``codeeval --help`` must not pay for all of them.

    Args:
        lazy: the commands by name, in the order in which they are listed.
        extensible: whether plug-ins may add commands, none in place of one of the table. ``--help`` does not
            list them, because looking for them costs as much as all of ``--help``; ``codeeval list`` does.
    """

    def __init__(
        self,
        *,
        lazy: Mapping[str, LazyCommand],
        extensible: bool = False,
        context_settings: dict[str, list[str]] | None = None,
        **attributes: object,
    ) -> None:
        super().__init__(context_settings=context_settings, **attributes)  # type: ignore[arg-type] # click's own
        self._lazy = lazy
        self._extensible = extensible

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Names in the order of the table, which is the order of a user's work."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        """Import the command."""
        lazy = self._lazy.get(cmd_name)
        if lazy is None:
            return _plugged(cmd_name) if self._extensible else None
        module, _, name = lazy.target.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command), lazy.target  # noqa: S101 -- a slip in our own table
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command.

        Raises:
            OutputClosed: nobody reads standard output any more.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OutputClosed from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name.

        Raises:
            UnknownName: there is none; the nearest names are offered.
        """
        if args and not args[0].startswith("-") and args[0] not in self._lazy:
            known = {*self._lazy, *(_plugged_names() if self._extensible else ())}
            if args[0] not in known:
                raise UnknownName("command", args[0], known)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's signature
        """List the commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self._lazy.items()])


def _plugged_names() -> tuple[str, ...]:
    from codeeval.session.commands import command_names  # noqa: PLC0415 -- not for --help

    return command_names()


def _plugged(name: str) -> click.Command:
    """Import a plug-in's command, which reports its failures as its own.

    Raises:
        PluginError: it cannot be imported, or is no command.
    """
    from codeeval.session.commands import load_command  # noqa: PLC0415 -- not for --help

    loaded = load_command(name)
    command = loaded.command
    if not isinstance(command, click.Command):
        raise loaded.fault(f"{loaded.plugin.target} is no click.Command")
    invoke = command.invoke

    def guarded(ctx: click.Context) -> object:
        with loaded.blaming(click.exceptions.Exit, click.ClickException, click.Abort):
            return invoke(ctx)

    command.invoke = guarded  # type: ignore[method-assign] # of this one command
    return command

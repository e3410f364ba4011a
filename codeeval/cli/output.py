"""What commands print: text and tables for people, or JSON; results to stdout, everything else to stderr."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.rendering.console import PAGE_CHARS, console_for_stdout, print_unfolded, shown, shown_json

if TYPE_CHECKING:
    from rich.console import RenderableType


class Verbosity(enum.IntEnum):
    """How much is printed beside the result."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """How a command prints, from ``--json``, ``-q`` and ``-v``."""

    json: bool = False
    verbosity: Verbosity = Verbosity.NORMAL

    def note(self, message: str, least: Verbosity = Verbosity.NORMAL) -> None:
        """Print one line on stderr, unless the user asked for less."""
        if self.verbosity >= least:
            click.echo(shown(message, on_stderr=True), err=True)

    def result(self, value: object, *people: RenderableType) -> None:
        """Print a result on stdout: ``value`` as JSON for machines, else ``people``."""
        if self.json:
            text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()
            click.echo(shown_json(text))
            return
        from rich.table import Table  # noqa: PLC0415 -- costs 60 ms
        from rich.text import Text  # noqa: PLC0415 -- as above

        console = console_for_stdout(None if sys.stdout.isatty() else PAGE_CHARS)
        for renderable in people:
            if isinstance(renderable, Table) and not console.is_terminal:
                print_unfolded(renderable)
            else:
                # A terminal wraps plain text itself, and a file keeps its lines.
                console.print(renderable, soft_wrap=isinstance(renderable, Text))

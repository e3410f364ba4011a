"""What commands print: people's text and tables, or machines' JSON; results to stdout, the rest to stderr."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING, Final

import click
import msgspec

from codeeval.spelling import duration, size, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "Output",
    "Verbosity",
    "code",
    "console_for_stderr",
    "console_for_stdout",
    "duration",
    "heading",
    "lines",
    "size",
    "table",
    "visible",
]

_PAGE: Final = 100
"""Width of what is laid out for files and pipes, in characters."""


class Verbosity(enum.IntEnum):
    """How much is said beside the result."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """How a command speaks, from ``--json``, ``-q`` and ``-v``."""

    json: bool = False
    verbosity: Verbosity = Verbosity.NORMAL

    def note(self, message: str, least: Verbosity = Verbosity.NORMAL) -> None:
        """Say one line on stderr, unless the user asked for less."""
        if self.verbosity >= least:
            click.echo(visible(message), err=True)

    def result(self, value: object, *people: RenderableType) -> None:
        """Print a result on stdout: ``value`` as JSON for machines, else ``people``."""
        if self.json:
            text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()
            click.echo(text)
            return
        from rich.table import Table  # noqa: PLC0415 -- costs 60 ms
        from rich.text import Text  # noqa: PLC0415 -- as above

        console = console_for_stdout(None if sys.stdout.isatty() else _PAGE)
        for renderable in people:
            if isinstance(renderable, Table) and not console.is_terminal:
                _print_whole(renderable)
            else:
                # A terminal wraps plain text itself, and a file keeps its lines.
                console.print(renderable, soft_wrap=isinstance(renderable, Text))


def console_for_stdout(width: int | None) -> Console:
    """Make a console for results; it honours NO_COLOR, and prints plain text into files and pipes."""
    from rich.console import Console  # noqa: PLC0415 -- costs 60 ms

    class ToReader(Console):
        """Leaves a broken pipe to the command line, where rich would end the process with code 1."""

        def on_broken_pipe(self) -> None:
            self.quiet = True
            raise BrokenPipeError

    return ToReader(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def _print_whole(rows: Table) -> None:
    """Print a table into a file or pipe: nothing folded, no blanks at the ends of lines."""
    console = console_for_stdout(10_000)
    with console.capture() as text:
        console.print(rows)
    click.echo("\n".join(line.rstrip() for line in text.get().splitlines()))


def console_for_stderr() -> Console:
    """Make a console for progress and notes."""
    from rich.console import Console  # noqa: PLC0415 -- costs 60 ms

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> Table:
    """Lay out rows of plain text; ``right`` are the indices of columns of numbers."""
    from rich import box  # noqa: PLC0415 -- costs 60 ms
    from rich.table import Table  # noqa: PLC0415 -- as above
    from rich.text import Text  # noqa: PLC0415 -- as above

    numbers = set(right)
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, header in enumerate(headers):
        made.add_column(header, justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(visible(cell)) for cell in row))
    return made


def heading(text: str) -> RenderableType:
    """Make a line that opens a section."""
    from rich.text import Text  # noqa: PLC0415 -- costs 60 ms

    return Text(f"── {visible(text)} ──", style="bold")


def code(source: str, language: str) -> Text:
    """Colour a program, where the terminal has colours."""
    from rich.syntax import Syntax  # noqa: PLC0415 -- costs 100 ms

    painted = Syntax("", language, theme="ansi_dark", background_color="default").highlight(visible(source))
    painted.rstrip()
    return painted


def lines(*texts: str) -> RenderableType:
    """Make plain lines of text, wrapped by the terminal only."""
    from rich.text import Text  # noqa: PLC0415 -- costs 60 ms

    return Text("\n".join(map(visible, texts)))

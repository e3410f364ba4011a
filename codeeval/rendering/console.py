"""The elements that results are laid out with, and the consoles that print them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import click

from codeeval.formatting import coloured, duration, is_hidden, size, visible, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "code",
    "console_for_stderr",
    "console_for_stdout",
    "duration",
    "heading",
    "lines",
    "print_unfolded",
    "shown",
    "shown_json",
    "size",
    "table",
    "visible",
]

PAGE_CHARS: Final = 100
"""Width of what is laid out for files and pipes."""


def shown(text: str, *, on_stderr: bool = False) -> str:
    """Make a text fit to be printed, whoever it is of: whatever a command prints goes through here.

    Nothing in it steers a terminal. Where the output is none, but perhaps the log of a CI, no line of it is a
    command there.
    """
    stream = sys.stderr if on_stderr else sys.stdout
    return visible(text) if stream.isatty() else without_commands(visible(text))


def shown_json(text: str) -> str:
    """Return the same JSON with what steers a terminal, or cannot be seen there, as escapes."""
    if visible(text) == text:
        return text
    return "".join(json.dumps(char)[1:-1] if is_hidden(char) else char for char in text)


def console_for_stdout(width: int | None) -> Console:
    """Make a console for results; it respects NO_COLOR, and prints plain text into files and pipes."""
    from rich.console import Console  # noqa: PLC0415 -- costs 60 ms

    class ToReader(Console):
        """Leaves a broken pipe to the command line, where rich would end the process with code 1."""

        def on_broken_pipe(self) -> None:
            self.quiet = True
            raise BrokenPipeError

    return ToReader(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


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
        made.add_column(Text(shown(header)), justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(shown(cell)) for cell in row))
    return made


def heading(text: str) -> RenderableType:
    """Make a line that opens a section."""
    from rich.text import Text  # noqa: PLC0415 -- costs 60 ms

    return Text(f"── {shown(text)} ──", style="bold")


def code(source: str, language: str) -> Text:
    """Colour a program, where the terminal has colours."""
    from rich.syntax import Syntax  # noqa: PLC0415 -- costs 100 ms

    source = shown(source)
    end = coloured(source, language)
    painted = Syntax("", language, theme="ansi_dark", background_color="default").highlight(source[:end])
    if end < len(source):
        painted.right_crop(len(painted.plain) - end)  # the highlighter ends its part with a newline
        painted.append(source[end:])
    painted.rstrip()
    return painted


def lines(*texts: str) -> RenderableType:
    """Make plain lines of text, wrapped by the terminal only."""
    from rich.text import Text  # noqa: PLC0415 -- costs 60 ms

    return Text("\n".join(map(shown, texts)))


def print_unfolded(rows: Table) -> None:
    """Print a table into a file or pipe: nothing folded, no blanks at the ends of lines."""
    console = console_for_stdout(10_000)
    with console.capture() as text:
        console.print(rows)
    click.echo(without_commands("\n".join(line.rstrip() for line in text.get().splitlines())))

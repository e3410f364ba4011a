"""``codeeval packages``: what can be done with problem packages beside running them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import SandboxSettings

COMMANDS: Final[dict[str, LazyCommand]] = {
    "generate": LazyCommand(
        "codeeval.benchmarks.tasks.command.cli:generate",
        "Make the tests of packages by their generators and reference solutions.",
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def packages() -> None:
    """Prepare problem packages."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@options.sandbox_options
@options.output_options
@click.pass_context
def generate(context: click.Context, *, folder: Path, sandbox: SandboxSettings, output: Output) -> None:
    """Make the inputs and outputs of Library Checker's packages: FOLDER is one, or holds them.

    Generators and reference solutions run in sandboxes; what they print is written into `in` and `out` of
    each package if its SHA-256 is that of hash.json. What is there already is kept. Exits with 1 if
    something could not be made or verified.
    """
    from codeeval.benchmarks.tasks.command.generating import generate_tests  # noqa: PLC0415 -- not for --help

    found = generate_tests(folder, sandbox, output.note)
    rows = [
        (each.package, str(each.tests), str(each.written), str(each.kept), str(len(each.problems)))
        for each in found
    ]
    problems = [f"{each.package}: {problem}" for each in found for problem in each.problems]
    headers = ("package", "tests", "written", "kept", "problems")
    output.result(found, table(headers, rows, right=range(1, 5)), lines(*problems))
    context.exit(1 if problems else 0)

"""Every command that a document shows has a subcommand and options that exist, with values they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from support.documents import ROOT, blocks, commands, pages

from codeeval.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path


def parse(words: list[str]) -> None:
    """Parse as click does, without looking at files, and without running anything.

    Raises:
        click.ClickException: there is no such command, option or choice, or an argument lacks.
    """
    if set(words) <= {"--help", "--version", "-h"}:
        return
    context, command, name, rest = click.Context(cli), cli, "", words
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, list(rest))
        assert found is not None
        command, context = found, click.Context(found, info_name=name)
    values, left, _ = command.make_parser(context).parse_args(list(rest))
    if left:
        raise click.UsageError(f"{name}: too many arguments: {left}")
    for parameter in command.params:
        given = values.get(parameter.name)
        for value in given if isinstance(given, list | tuple) else [given]:
            if isinstance(value, str):
                if isinstance(parameter.type, click.Choice | click.types.IntParamType):
                    parameter.type.convert(value, parameter, context)
            elif parameter.required:
                raise click.UsageError(f"{name} lacks {parameter.name}")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_parse(page: Path) -> None:
    wrong = []
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, block.place, "exec", dont_inherit=True, flags=0x2000)  # top-level await
            continue
        for words in commands(block):
            try:
                parse(words)
            except (click.ClickException, AssertionError) as error:
                wrong.append(f"{block.place}: codeeval {' '.join(words)}: {error}")
    assert not wrong


def test_slips_are_seen() -> None:
    for line in (
        "run humaneval --modle x",
        "run",
        "export x --format parqet",
        "score a b",
        "run h --model x --n two",
    ):
        with pytest.raises((click.ClickException, AssertionError)):
            parse(line.split())
    assert sum(len(list(commands(each))) for page in pages() for each in blocks(page)) > 100

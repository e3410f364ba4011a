"""What the documents promise is what the program does."""

from __future__ import annotations

import re

import click
import pytest
from tree import ROOT

from codeeval import __version__, errors
from codeeval.cli.main import cli

README = (ROOT / "README.md").read_text(encoding="utf-8")


def error_classes() -> list[type[errors.CodeEvalError]]:
    found = [errors.CodeEvalError]
    for each in found:
        found += each.__subclasses__()
    return [each for each in found if each.__module__ == errors.__name__]


def documented_exit_codes() -> set[int]:
    section = README.split("## Exit codes")[1].split("\n## ")[0]
    return {int(code) for code in re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)}


def test_every_exit_code_is_documented() -> None:
    used = {each.exit_code for each in error_classes()} | {0, 70}
    assert documented_exit_codes() >= used


def test_the_documented_error_tree_is_complete() -> None:
    documented = re.findall(r"(\w+) \.*\s*(\d+) ", errors.__doc__ or "")
    assert {name: int(code) for name, code in documented} == {
        each.__name__: each.exit_code for each in error_classes()
    }


def commands() -> list[str]:
    found = []
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            found += [f"{name} {sub}" for sub in command.list_commands(click.Context(command))]
        else:
            found.append(name)
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`codeeval {command}" in README or f"\ncodeeval {command}" in README


def test_documented_commands_exist() -> None:
    known = set(commands())
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL))
    used = re.findall(r"^codeeval ([a-z].*)", blocks, flags=re.MULTILINE) + re.findall(
        r"`codeeval ([a-z][^`]*)`", README
    )
    assert len(used) > 20
    for line in used:
        words = line.split()
        assert words[0] in known or " ".join(words[:2]) in known, f"README mentions: codeeval {line}"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    assert not [target for target in targets if not (ROOT / target).exists()]


def test_the_changelog_has_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

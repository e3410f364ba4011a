"""Programs that read standard input, as models write them, in every language whose image is built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval.languages import LANGUAGES, language
from codeeval.types import Case, Extraction, Oracle, Outcome, Program

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.warm_sandboxes import WarmSandboxes

    from codeeval.languages import Language

FOLDER = Path(__file__).parents[1] / "fixtures" / "stdin_programs"
NUMBERS = {"1 2\n3\n40\n": "46\n", "5\n": "5\n", "-7\n7\n": "0\n"}
WITHOUT_IMAGE = {"fsharp", "dart", "kotlin"}
"""Their toolchains must be fetched."""


def test_every_language_has_a_program() -> None:
    assert {path.name for path in FOLDER.iterdir()} == LANGUAGES.keys() - WITHOUT_IMAGE


@pytest.mark.docker
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_numbers_are_added_up(
    name: str, demand_image: Callable[[str], None], warm_sandboxes: WarmSandboxes
) -> None:
    entry = language(name)
    demand_image(entry.image)
    paths = sorted((FOLDER / name).iterdir())
    programs = [_program(entry, path) for path in paths]
    for path, verdict in zip(paths, warm_sandboxes.verdicts(programs), strict=True):
        assert verdict.outcome is Outcome.PASSED, (path.name, verdict.detail, verdict.stderr)


def _program(entry: Language, path: Path) -> Program:
    source = path.read_text("utf-8")
    return Program(
        task_id=path.name,
        sample=0,
        language=entry.id,
        image=entry.image,
        extraction=Extraction(rule="as-is", code=source),
        files=entry.script_files(source),
        steps=entry.script_steps(source),
        oracle=Oracle.CASES,
        cases=tuple(Case(stdin=stdin, expected=sum_) for stdin, sum_ in NUMBERS.items()),
    )


@pytest.mark.parametrize(
    ("name", "source", "path"),
    [
        ("java", "public final class Solution {}", "Solution.java"),
        ("java", "interface A {}\nclass B { static void main(String[] a) {} }", "B.java"),
        ("java", "class A { class C {} }\nclass B { public static void main(String[] a) {} }", "B.java"),
        ("java", "nothing", "Main.java"),
        ("scala", "object Sums extends App {}", "Sums.scala"),
        ("go", "package main", "main.go"),
        ("rust", "fn main() {}", "main.rs"),
    ],
)
def test_the_file_is_called_as_its_main_class(name: str, source: str, path: str) -> None:
    assert language(name).script_files(source)[0].path == path


def test_the_commands_name_the_main_class() -> None:
    ada = language("ada").script_steps(
        "with X;\n\nProcedure is a word\nprocedure My_Sums is\nbegin null; end;"
    )
    assert "my_sums.adb" in str(ada[0])
    java = language("java").script_steps("public class Solution {}")
    assert "Solution.java" in str(java[0])
    assert "'Solution'" in str(java[-1])
    assert "{name}" not in str((ada, java))

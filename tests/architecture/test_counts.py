"""What adding something touches: the table in CONTRIBUTING.md, counted on one of each that is there."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from typing import NamedTuple

from tree import ROOT, repository_files

SKIPPED = ("tests/", "docs/", "examples/", ".github/", ".ci/")
"""Not part of the product: tests are parametrised over its tables, and documents may name what they like."""
TEXTS = (".py", ".toml", ".jinja", ".sh", "Dockerfile")


class Row(NamedTuple):
    """A row of the table."""

    files: tuple[str, ...]
    """Paths, with ``<id>`` for the new name."""
    most: int


def table() -> dict[str, Row]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| (a [\w ]+) \| (.+) \| (\d+) \|$", text, re.MULTILINE)
    return {what: Row(tuple(re.findall(r"`([^`]+)`", files)), int(most)) for what, files, most in rows}


def mentions(name: str) -> set[str]:
    """Every file of the product that has a name in its path or its text."""
    word = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    found = set()
    for path in repository_files():
        relative = path.as_posix()
        if relative.startswith(SKIPPED) or not relative.endswith(TEXTS):
            continue
        if name in path.parts or path.stem == name or word.search((ROOT / path).read_text("utf-8")):
            found.add(relative)
    return found


def test_a_language() -> None:
    row = table()["a language"]
    files = {file.replace("<id>", "kotlin") for file in row.files}
    assert len(files) == row.most == 6
    found = mentions("kotlin")
    of_benchmarks = {file for file in found if file.startswith("benchmarks/")}  # each names its languages
    assert found - of_benchmarks == files


def test_a_model_backend() -> None:
    row = table()["a model backend"]
    files = {file.replace("<id>", "ollama") for file in row.files}
    tests = {file for file in files if file.startswith("tests/")}
    assert len(files) == row.most == 4
    assert mentions("ollama") == files - tests
    assert tests
    assert all('"ollama"' in (ROOT / file).read_text("utf-8") for file in tests)


def test_a_benchmark() -> None:
    """Its folder, and one line for each name that it has."""
    row = table()["a benchmark"]
    names: dict[str, list[str]] = {}
    for entry in entry_points(group="codeeval.benchmarks"):
        if entry.value.startswith("codeeval.benchmarks."):
            names.setdefault(entry.value.split(".")[2], []).append(entry.name)
    assert names
    assert row.most == 2
    for family, lines in names.items():
        own = row.files[0].replace("<id>", family)
        module = f"codeeval.benchmarks.{family}."
        naming = {
            path.as_posix(): (ROOT / path).read_text("utf-8").count(module)
            for path in repository_files()
            if not path.as_posix().startswith((*SKIPPED, own)) and path.as_posix().endswith(TEXTS)
        }
        used = {path: count for path, count in naming.items() if count}
        commands = used.pop("codeeval/cli/main.py", 0)  # a command of the benchmark's own is one line more
        assert used == {row.files[1]: len(lines)}, family
        assert commands <= 1


def test_what_the_newest_benchmarks_took() -> None:
    """The table in docs/benchmarks.md; its lines are about right where a tenth more or less."""
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w-]+)`[^|]*\| (\d+) \| (\d+)[^|]*\| (\d+) \|", text, re.MULTILINE)
    assert len(rows) >= 8
    values = {entry.name: entry.value for entry in entry_points(group="codeeval.benchmarks")}
    for name, modules, lines, templates in rows:
        folder = ROOT / "benchmarks" / values[name].split(".")[2]
        found = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(found) == int(modules), name
        assert len(list((folder / "templates").glob("*.jinja"))) == int(templates), name
        counted = sum(len(path.read_text("utf-8").splitlines()) for path in found)
        assert abs(counted - int(lines)) <= counted / 10, f"{name}: {counted} lines"

"""The repository: links, benchmark folders, images, size, and what may be mentioned where."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import entry_points, packages_distributions

import pytest
from tree import PACKAGE, ROOT, own, repository_files

from codeeval.languages import LANGUAGES, Language
from codeeval.types import Outcome

LINKED = ("benchmarks", "containers", "sandboxes", "translators")
LARGEST_FILE_BYTES = 400_000
BROUGHT_ALONG = {
    "httpx": "the HTTP library of the clients of Ollama and LiteLLM; both raise its errors",
    "nemo_gym": "NeMo Gym, in whose process its provider of sandboxes runs",
}
"""Packages that are imported and not declared, each with the reason why they are there nevertheless."""


@pytest.mark.parametrize("name", LINKED)
def test_top_level_folders_are_linked_into_the_package(name: str) -> None:
    link = PACKAGE / name
    assert link.is_symlink(), f"codeeval/{name} must be a link: ln -s ../{name} codeeval/{name}"
    assert str(link.readlink()) == f"../{name}", "the link must be relative"
    assert (link / "__init__.py").is_file()


def benchmark_folders() -> list[str]:
    return sorted(
        path.name
        for path in (ROOT / "benchmarks").iterdir()
        if path.is_dir() and path.name[0] != "_" and path.name != "common"
    )


@pytest.mark.parametrize("family", benchmark_folders())
def test_a_benchmark_folder_is_whole(family: str) -> None:
    folder = ROOT / "benchmarks" / family
    assert (folder / "benchmark.py").is_file()
    assert (folder / "README.md").is_file(), "the protocol card"
    assert list((folder / "templates").glob("*.jinja"))
    assert list((folder / "golden").glob("*.jsonl"))


def test_every_benchmark_folder_is_registered_and_the_reverse() -> None:
    registered = {
        entry.value.split(".")[2]
        for entry in entry_points(group="codeeval.benchmarks")
        if entry.value.startswith("codeeval.benchmarks.")
    }
    assert registered == set(benchmark_folders())


def images() -> dict[str, dict[str, object]]:
    text = (ROOT / "containers" / "images.toml").read_text(encoding="utf-8")
    table: dict[str, dict[str, object]] = tomllib.loads(text)["images"]
    return table


def test_images_dockerfiles_and_languages_agree() -> None:
    table = images()
    folders = {path.parent.name for path in (ROOT / "containers").glob("*/Dockerfile")}
    assert {str(image.get("dockerfile", name)).split("/")[0] for name, image in table.items()} == folders
    runs = {name: image.get("languages", []) for name, image in table.items()}
    for language in LANGUAGES.values():
        assert language.id in runs[language.image], "a language's own image; others may run it too"
    assert {each for some in runs.values() for each in some} == set(LANGUAGES)  # type: ignore[attr-defined]  # lists


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.id)
def test_a_language_proves_itself(language: Language) -> None:
    outcomes = {test.outcome for test in language.self_tests}
    assert {Outcome.PASSED, Outcome.TIMEOUT, Outcome.COMPILE_ERROR} <= outcomes
    assert outcomes & {Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> dict[str, str]:
    """Distributions that pyproject.toml names, without those for development, and how it names them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for name in extras if name != "dev" for line in extras[name])]
    names = [re.split(r"[^\w.-]", line)[0] for line in lines]
    return {normal(name): name for name in names}


def test_every_imported_package_is_declared() -> None:
    """What another dependency happens to bring may be gone with its next version."""
    imported = {
        name.split(".")[0]
        for module in own()
        for node in ast.walk(module.tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    foreign = imported - set(sys.stdlib_module_names) - {"codeeval"}
    brought = packages_distributions()
    undeclared = {
        name
        for name in foreign
        if not {normal(each) for each in brought.get(name, [name])} & declared().keys()
    }
    assert undeclared == set(BROUGHT_ALONG)


def test_every_dependency_is_explained() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = architecture[architecture.index("## Dependencies") :]
    assert not [name for name in declared().values() if name.split("-python")[0] not in table]


def test_no_file_is_large() -> None:
    large = {
        str(path): (ROOT / path).stat().st_size for path in repository_files() if (ROOT / path).is_file()
    }
    assert not {path: size for path, size in large.items() if size > LARGEST_FILE_BYTES}

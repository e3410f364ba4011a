"""The repository: links, benchmark folders, images, size, and what may be mentioned where."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points

import pytest
from tree import PACKAGE, ROOT, repository_files

from codeeval.languages import LANGUAGES, Language
from codeeval.types import Outcome

LINKED = ("benchmarks", "containers", "sandboxes", "translators")
LARGEST_FILE_BYTES = 400_000


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


def test_no_file_is_large() -> None:
    large = {
        str(path): (ROOT / path).stat().st_size for path in repository_files() if (ROOT / path).is_file()
    }
    assert not {path: size for path, size in large.items() if size > LARGEST_FILE_BYTES}

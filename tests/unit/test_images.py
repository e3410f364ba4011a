"""Names and contents of images, without an engine."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from codeeval.cli.main import run_command
from codeeval.errors import UnknownName
from codeeval.languages import LANGUAGES
from codeeval.sandboxes import building, images

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the containers folder, used in place of the real one."""
    copy = tmp_path / "containers"
    shutil.copytree(images.containers_folder(), copy)
    monkeypatch.setattr(images, "containers_folder", lambda: copy)
    return copy


def test_the_catalogue_parses_and_fits_the_languages() -> None:
    known = images.catalogue()
    assert known.base
    assert known.image("python").preload
    for name, image in known.images.items():
        assert image.name == name
        assert set(image.languages) <= LANGUAGES.keys()
        assert (images.containers_folder() / name / "Dockerfile").is_file()
    assert {language.image for language in LANGUAGES.values()} <= known.images.keys()


def test_an_unknown_image_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"'pyton'(.|\n)*python"):
        images.catalogue().image("pyton")


def test_the_tag_is_the_hash_of_what_goes_in(containers: Path) -> None:
    first = images.tag("python")
    assert first == images.tag("python")
    assert first.startswith("codeeval/python:")
    assert len(first.partition(":")[2]) == 16
    seen = {first}

    def changed() -> bool:
        tag = images.tag("python")
        fresh = tag not in seen
        seen.add(tag)
        return fresh

    runner = containers / "runner" / "job.py"
    runner.write_text(runner.read_text("utf-8") + "#", "utf-8")
    assert changed()
    dockerfile = containers / "python" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text("utf-8") + "\n", "utf-8")
    assert changed()
    (containers / "runner" / "new.py").write_text("", "utf-8")
    assert changed()
    (containers / "runner" / "new.py").rename(containers / "runner" / "other.py")
    assert changed()
    (containers / "python" / "extra").mkdir()
    (containers / "python" / "extra" / "data").write_text("x", "utf-8")
    assert changed()
    table = containers / "images.toml"
    table.write_text(table.read_text("utf-8").replace("trixie-slim", "trixie"), "utf-8")
    assert changed()
    assert len(seen) == 7


def test_what_does_not_go_in_does_not_change_the_tag(containers: Path) -> None:
    before = images.tag("python")
    (containers / "runner" / "__pycache__").mkdir(exist_ok=True)
    (containers / "runner" / "__pycache__" / "job.pyc").write_bytes(b"x")
    (containers / "README").write_text("x", "utf-8")
    assert images.tag("python") == before


def test_the_context_holds_the_whole_runner() -> None:
    context = images.context_files("python")
    assert "Dockerfile" in context
    assert {path for path in context if path.startswith("runner/")} == {
        f"runner/{file.name}" for file in (images.containers_folder() / "runner").glob("*.py")
    }
    assert b"supervisor.py" in context["Dockerfile"]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What a build asked the engine for, where every image is there already."""
    asked: list[tuple[str, dict[str, str]]] = []
    there = [
        images.BuiltImage(name=name, tag=images.tag(name), languages=("python",), built=True)
        for name in images.catalogue().images
    ]
    monkeypatch.setattr(images, "list_images", lambda: there)
    monkeypatch.setattr(building, "_build", lambda name, _context, given, _log: asked.append((name, given)))
    return asked


def build(*names: str, **arguments: str) -> None:
    building.build(names, bootstrap_base=False, ca_bundle=None, log=lambda _line: None, arguments=arguments)


def test_an_existing_image_is_not_rebuilt(built: list[tuple[str, dict[str, str]]]) -> None:
    build()
    assert built == []


def test_a_build_argument_builds_the_images_that_know_it(built: list[tuple[str, dict[str, str]]]) -> None:
    build(GIANTS="no")
    expected = {"GIANTS": "no", "BASE": images.catalogue().base}
    assert built == [(images.tag("python-bigcodebench"), expected)]


def test_the_base_can_be_another(built: list[tuple[str, dict[str, str]]]) -> None:
    build("python", BASE="python:3.10-slim")
    assert built == [(images.tag("python"), {"BASE": "python:3.10-slim"})]


def test_an_unknown_build_argument_is_refused(built: list[tuple[str, dict[str, str]]]) -> None:
    with pytest.raises(UnknownName, match=r"'GIANT'(.|\n)*GIANTS"):
        build("python-bigcodebench", GIANT="no")
    with pytest.raises(UnknownName, match="'GIANTS'"):
        build("python", GIANTS="no")
    assert built == []


LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+) \\$", re.MULTILINE)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)$", re.MULTILINE)


@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_locks_hold_the_pins_and_a_hash_for_each_package(version: str) -> None:
    folder = images.containers_folder() / "python-bigcodebench"
    seen: set[str] = set()
    for part in ("requirements", "giants"):
        text = (folder / f"{part}-{version}.txt").read_text("utf-8")
        packages = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in package for package in packages)
        locked = dict(LOCKED.findall(text))
        assert len(locked) == len(packages)
        assert not seen & locked.keys()  # the second layer repeats nothing of the first
        seen |= locked.keys()
        pins = PINNED.findall((folder / f"{part}-{version}.in").read_text("utf-8"))
        assert pins
        for name, pin in pins:
            locked_version = locked[re.sub(r"[._-]+", "-", name).lower()]
            assert locked_version == pin or locked_version.startswith(f"{pin}.")


def published(containers: Path, tag: str, reference: str) -> None:
    table = containers / "images.toml"
    text = (
        f'{table.read_text("utf-8")}\n[images.python.published]\ntag = "{tag}"\nreference = "{reference}"\n'
    )
    table.write_text(text, "utf-8")


def test_a_record_of_what_was_published_changes_no_tag(containers: Path) -> None:
    before = images.tag("python")
    published(containers, "0" * 16, f"ghcr.io/owner/python@sha256:{'0' * 64}")
    assert images.tag("python") == before
    assert images.catalogue().image("python").published is not None


@pytest.mark.parametrize(
    ("tag", "reference", "message"),
    [
        (None, "", "no published image is recorded"),
        ("0" * 16, f"ghcr.io/owner/python@sha256:{'0' * 64}", "the one of 0000000000000000 is another"),
        ("", "ghcr.io/owner/python:latest", "names no image by its digest"),
    ],
)
def test_only_what_this_version_was_published_with_is_pulled(
    containers: Path, tag: str | None, reference: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if tag is not None:
        published(containers, tag or images.tag("python").partition(":")[2], reference)
    assert run_command(["sandbox", "pull", "python"]) == 6
    shown = capsys.readouterr().err
    assert message in shown
    assert "codeeval sandbox build python" in shown

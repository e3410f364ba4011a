"""Images built without an engine, on a base of some commands; ``test_rootless_image`` builds Debian's."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import CodeEvalError, SandboxError, StorageError
from codeeval.sandboxes import images, rootless, unpacked
from codeeval.sandboxes.images import DOCKERFILE, Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.bubblewrap

COMMANDS = ("sh", "cat", "chmod", "chown", "cp", "dirname", "id", "mkdir", "mknod")
NAME = "small"
START = "ARG BASE=debian:trixie-slim\nFROM ${BASE}\n"
SMALL = """\
ARG BASE=debian:trixie-slim
FROM ${BASE} AS maker
COPY made /made
RUN cat /made/a.txt /made/b.txt > /both

FROM ${BASE}
ARG WORD=default
ENV GREETING=hello PLACE=/opt/$WORD
WORKDIR /opt
RUN mkdir $WORD && chown 33:42 $WORD && mknod /opt/null c 1 3 && id -u > $PLACE/user
RUN chmod 4777 $PLACE/user
COPY --from=maker /both $WORD/
COPY made/*.txt copies/
ENTRYPOINT ["cat"]
"""


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds an image to the catalogue, with the Dockerfile that it is given."""
    folder = tmp_path / NAME
    (folder / "made").mkdir(parents=True)
    (folder / "made" / "a.txt").write_text("a")
    (folder / "made" / "b.txt").write_text("b")

    def add(dockerfile: str) -> None:
        (folder / DOCKERFILE).write_text(dockerfile)
        added = Image(name=NAME, folder=folder, languages=())
        monkeypatch.setattr(images, "_plugged", lambda: (added,))

    return add


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder of images with a base of this machine's shell and some commands."""
    folder = tmp_path / "images"
    make_base(folder)
    return folder


def make_base(folder: Path) -> None:
    root = unpacked.base_folder(folder)
    (root / "bin").mkdir(parents=True)
    for name in COMMANDS:
        command = shutil.which(name)
        assert command
        shutil.copy(command, root / "bin" / name)
        listed = subprocess.run(["ldd", command], capture_output=True, text=True, check=True).stdout
        for word in listed.split():
            if word.startswith("/"):
                (root / word[1:]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, root / word[1:])


def build(folder: Path, **arguments: str) -> images.BuiltImage:
    (built,) = rootless.build([NAME], folder, bootstrap=False, ca_bundle=None, log=print, arguments=arguments)
    return built


def test_a_small_image(image: Callable[[str], None], cache: Path) -> None:
    image(SMALL)
    built = build(cache)
    description, root = unpacked.unpacked(NAME, cache) or pytest.fail("it is not there")
    assert built.unpacked
    assert built.image_id == description.image_id
    assert description.tag == images.tag(NAME)
    assert description.entrypoint == ("cat",)
    assert description.environment[1:] == ("GREETING=hello", "PLACE=/opt/default")
    assert (root / "opt/default/user").read_text() == "0\n", "root inside"
    assert (root / "opt/default/both").read_text() == "ab"
    assert sorted(path.name for path in (root / "opt/copies").iterdir()) == ["a.txt", "b.txt"]
    assert not (root / "opt/null").exists(), "no device is made"
    assert stat.S_IMODE((root / "opt/default/user").stat().st_mode) == 0o755, "no special permission"
    assert {path.lstat().st_uid for path in root.rglob("*")} == {os.geteuid()}
    assert not any((root / path).exists() for path in rootless.SETTINGS)
    assert (root / "etc/resolv.conf").read_bytes() == b""
    assert all((root / name).is_dir() for name in unpacked.MOUNT_POINTS)
    names = {"base-trixie", unpacked.place(cache, description.tag).name}
    assert {path.name for path in cache.iterdir()} == names, "nothing else is left"
    assert unpacked.prune(cache) == []

    stamp = root.stat().st_ino
    assert build(cache) == built
    assert root.stat().st_ino == stamp, "what is there is left alone"
    again = build(cache, WORD="other")
    assert (root / "opt/other/both").read_text() == "ab", "an argument builds it again"
    assert again.image_id != built.image_id
    assert build(cache, WORD="default").image_id == built.image_id, "of the same content"


@pytest.mark.parametrize(
    ("steps", "kind", "what"),
    [
        (
            "RUN echo reason >&2; exit 3\n",
            SandboxError,
            f"{DOCKERFILE}:3: a step failed (exit code 3):\nreason",
        ),
        ("RUN cat /bin/sh > /dev/full\n", StorageError, "the disk is full"),
        ("COPY absent.txt /\n", SandboxError, f"{DOCKERFILE}:3: COPY absent.txt"),
        ("COPY --from=nowhere /a /\n", SandboxError, f"{DOCKERFILE}:3: COPY --from=nowhere"),
        ("RUN true\n", SandboxError, "no ENTRYPOINT"),
        ("FROM python:3.10-slim\n", SandboxError, f"{DOCKERFILE}:3: FROM python:3.10-slim"),
    ],
)
def test_a_build_that_fails_leaves_nothing(
    steps: str, kind: type[CodeEvalError], what: str, image: Callable[[str], None], cache: Path
) -> None:
    image(START + steps)
    with pytest.raises(kind) as caught:
        build(cache)
    assert what in caught.value.message
    assert caught.value.remedy or "a step failed" in what
    assert [path.name for path in cache.iterdir()] == ["base-trixie"]


def test_a_full_disk(image: Callable[[str], None], tmp_path: Path) -> None:
    image(SMALL)
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=7m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        make_base(folder / "images")
        with pytest.raises(StorageError, match="the disk is full"):
            build(folder / "images")
        assert [path.name for path in (folder / "images").iterdir()] == ["base-trixie"]
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_no_debootstrap(
    image: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image(SMALL)
    commands = {name: shutil.which(name) for name in ("bwrap", "true")}
    (tmp_path / "bin").mkdir()
    for name, command in commands.items():
        if command is None:
            pytest.skip(f"{name} is not on the path")
        (tmp_path / "bin" / name).symlink_to(command)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(rootless, "PATH", "")
    with pytest.raises(SandboxError, match="debootstrap is not installed") as caught:
        build(tmp_path / "images")
    assert "codeeval sandbox import" in caught.value.remedy

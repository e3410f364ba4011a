"""Archives of images: written and unpacked as they were, and refused where they are damaged or hostile."""

from __future__ import annotations

import io
import stat
import tarfile
from typing import TYPE_CHECKING

import msgspec
import pytest
import zstandard

from codeeval.cli.main import run_command
from codeeval.errors import DataError, SandboxError, StorageError
from codeeval.interfaces import SandboxOptions
from codeeval.sandboxes import bubblewrap, images, unpacked
from codeeval.sandboxes.unpacked import UnpackedImage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUST = UnpackedImage(
    name="rust",
    tag=images.tag("rust"),
    image_id="sha256:1",
    environment=("PATH=/usr/bin", "HOME="),
    entrypoint=("python3", "supervisor.py"),
)


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


SYSTEM = (
    member("usr", type=tarfile.DIRTYPE, mode=0o755),
    member("usr/bin", type=tarfile.DIRTYPE, mode=0o555),
    member("usr/bin/tool", b"#!/bin/sh\n", mode=0o4755),
    member("usr/bin/same", type=tarfile.LNKTYPE, linkname="usr/bin/tool", mode=0o755),
    member("bin", type=tarfile.SYMTYPE, linkname="usr/bin"),
    member("etc/alternatives/x", type=tarfile.SYMTYPE, linkname="/usr/bin/tool"),
    member("etc/shadow", b"secret", mode=0),
    member("dev/console", type=tarfile.CHRTYPE, devmajor=5, devminor=1),
    member("run/pipe", type=tarfile.FIFOTYPE),
)


def archive(path: Path, system: bytes, description: UnpackedImage = RUST) -> Path:
    unpacked._write(path, description, [system[:700], system[700:]])
    return path


def test_what_is_written_is_unpacked(tmp_path: Path) -> None:
    file = archive(tmp_path / "rust.tar.zst", tar(*SYSTEM))
    assert [each.name for each in tmp_path.iterdir()] == ["rust.tar.zst"]
    folder = tmp_path / "images"
    assert unpacked.unpacked("rust", folder) is None
    assert unpacked.unpack(file, folder) == RUST
    description, root = unpacked.unpacked("rust", folder) or (None, tmp_path)
    assert description == RUST
    tool = root / "usr" / "bin" / "tool"
    assert stat.S_IMODE(tool.stat().st_mode) == 0o755, "no special permission"
    assert (root / "usr" / "bin" / "same").stat().st_ino == tool.stat().st_ino
    assert str((root / "bin").readlink()) == "usr/bin"
    assert str((root / "etc" / "alternatives" / "x").readlink()) == "/usr/bin/tool"
    assert (root / "etc" / "shadow").read_bytes() == b"secret"
    assert not (root / "dev" / "console").exists()
    assert not (root / "run" / "pipe").exists()
    assert all((root / name).is_dir() for name in unpacked.MOUNT_POINTS)
    assert unpacked.unpack(file, folder) == RUST, "it is there already"
    assert len(list(folder.iterdir())) == 1


def outside(info: tuple[tarfile.TarInfo, bytes]) -> Callable[[Path], Path]:
    return lambda path: archive(path, tar(*SYSTEM, info))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (outside(member("../escaped", b"x")), "damaged"),
        (outside(member("usr/bin/../../../escaped", b"x")), "damaged"),
        (outside(member("link", type=tarfile.LNKTYPE, linkname="/etc/hostname")), "lies outside"),
        (outside(member("usr/link", type=tarfile.LNKTYPE, linkname="../../../escaped")), "lies outside"),
        (
            lambda path: archive(
                path,
                tar(member("up", type=tarfile.SYMTYPE, linkname="../../.."), member("up/escaped", b"x")),
            ),
            "lies outside",
        ),
        (lambda path: _cut(archive(path, tar(*SYSTEM))), "damaged or cut off"),
        (lambda path: _written(path, b"no archive"), "damaged or cut off"),
        (lambda path: _written(path, zstandard.compress(tar(*SYSTEM))), "no image that codeeval exported"),
        (lambda path: _written(path, zstandard.compress(b"")), "damaged or cut off"),
        (lambda path: archive(path, b"", msgspec.structs.replace(RUST, name="cobol")), "does not know"),
        (lambda path: archive(path, b"", msgspec.structs.replace(RUST, tag="codeeval/rust:0")), "needs"),
    ],
)
def test_what_is_damaged_or_hostile_leaves_nothing(
    make: Callable[[Path], Path], why: str, tmp_path: Path
) -> None:
    file = make(tmp_path / "rust.tar.zst")
    folder = tmp_path / "cache" / "images"
    with pytest.raises(DataError, match=why):
        unpacked.unpack(file, folder)
    assert not folder.exists() or not list(folder.iterdir())
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "cache" / "escaped").exists()


def _cut(path: Path) -> Path:
    return _written(path, path.read_bytes()[:-40])


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_more_than_any_image_has_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "_MOST_BYTES", 1000)
    file = archive(tmp_path / "rust.tar.zst", tar(*SYSTEM, member("large", bytes(2000))))
    with pytest.raises(DataError, match="more than"):
        unpacked.unpack(file, tmp_path / "images")
    assert not list((tmp_path / "images").iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = archive(tmp_path / "rust.tar.zst", tar(*SYSTEM))
    (tmp_path / "images").write_text("a file")
    with pytest.raises(StorageError, match="cannot be unpacked"):
        unpacked.unpack(file, tmp_path / "images")


def test_old_images_are_pruned(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    unpacked.unpack(archive(tmp_path / "rust.tar.zst", tar(*SYSTEM)), folder)
    (folder / "rust-0123").mkdir()
    (folder / ".unpacking-x").mkdir()
    removed = unpacked.prune(folder)
    assert sorted(removed) == [str(folder / ".unpacking-x"), str(folder / "rust-0123")]
    assert unpacked.unpacked("rust", folder) is not None
    assert unpacked.prune(tmp_path / "absent") == []


def test_bubblewrap_says_how_an_image_gets_here(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="not unpacked here") as caught:
        bubblewrap._image(SandboxOptions(image="rust", images_dir=tmp_path))
    assert "codeeval sandbox import" in caught.value.remedy
    assert bubblewrap._image(SandboxOptions(image="python", images_dir=tmp_path)) is None


def test_the_command_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["sandbox", "import", str(tmp_path / "absent.tar.zst")]) == 4
    assert "absent.tar.zst: no such file" in capsys.readouterr().err


def test_a_python_without_filters_unpacks_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian 12 has Python 3.11.2, whose ``extract`` knows no filter."""
    theirs = tarfile.TarFile.extract

    def extract(
        self: tarfile.TarFile,
        member: tarfile.TarInfo,
        path: Path,
        set_attrs: bool = True,
        *,
        numeric_owner: bool = False,
    ) -> None:
        theirs(self, member, path, set_attrs, numeric_owner=numeric_owner, filter=lambda each, _: each)

    monkeypatch.delattr(tarfile, "fully_trusted_filter")
    monkeypatch.setattr(tarfile.TarFile, "extract", extract)
    test_what_is_written_is_unpacked(tmp_path)
    hostile = archive(tmp_path / "hostile.tar.zst", tar(member("../escaped", b"x")))
    with pytest.raises(DataError, match="damaged"):
        unpacked.unpack(hostile, tmp_path / "others")
    assert not (tmp_path / "escaped").exists()

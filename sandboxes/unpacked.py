"""Images without an engine: exported from one to a file, and unpacked to a folder that bubblewrap can run.

An archive is a zstd stream of a tar file. Its first member, ``codeeval-image.json``, says what it is; the
others are the image's file system as the engine exports it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import platformdirs
import zstandard

from codeeval.errors import DataError, SandboxError, StorageError
from codeeval.sandboxes import images
from codeeval.writing import whole_file

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterable, Iterator

DESCRIPTION: Final = "codeeval-image.json"
ROOT: Final = "root"
MOUNT_POINTS: Final = ("proc", "dev", "sandbox", "tmp")
"""Folders that a sandbox puts something at."""
SUFFIX: Final = ".tar.zst"
_LEVEL: Final = 6
_CHUNK: Final = 1 << 20
_MOST_BYTES: Final = 16 << 30
"""Of an image's file system; the largest of ours has 3 GB."""


class UnpackedImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image in a folder; ``codeeval-image.json``."""

    name: str
    tag: str
    """Its full name, whose tag is the hash of what it was built from."""
    image_id: str
    """The content id that the engine gave it."""
    environment: tuple[str, ...] = ()
    """``NAME=value``."""
    entrypoint: tuple[str, ...]
    """What starts its runner."""


def images_folder(chosen: Path | None = None) -> Path:
    """Return where unpacked images lie: in the user's cache, or in the folder that was chosen."""
    return (chosen or platformdirs.user_cache_path("codeeval")) / "images"


def base_folder(folder: Path) -> Path:
    """Return where the base lies on which images are built without an engine."""
    return folder / f"base-{images.catalogue().suite}"


def unpacked(name: str, folder: Path) -> tuple[UnpackedImage, Path] | None:
    """Return an image of this version of codeeval and its root folder; None where it is not unpacked."""
    there = place(folder, images.tag(name))
    try:
        description = msgspec.json.decode((there / DESCRIPTION).read_bytes(), type=UnpackedImage)
    except (OSError, msgspec.DecodeError):
        return None
    return description, there / ROOT


def export(name: str, out: Path) -> UnpackedImage:
    """Write an image that the engine has to a file.

    Args:
        name: the image.
        out: the file; it is complete or not there.

    Raises:
        SandboxError: no engine answers, or the image is not built.
        StorageError: the file cannot be written.
    """
    import docker.errors  # noqa: PLC0415 -- costs 200 ms

    client = images.engine()
    tag = images.tag(name)
    try:
        found = client.inspect_image(tag)
        container = client.create_container(image=tag)["Id"]
    except docker.errors.ImageNotFound as error:
        raise SandboxError(
            f"image {tag} is not built", f"Build it with: codeeval sandbox build {name}"
        ) from error
    config = found["Config"]
    description = UnpackedImage(
        name=name,
        tag=tag,
        image_id=found["Id"],
        environment=tuple(config.get("Env") or ()),
        entrypoint=tuple(config["Entrypoint"]),
    )
    try:
        _write(out, description, client.export(container, chunk_size=_CHUNK))
    finally:
        client.remove_container(container, force=True)
    return description


def _write(out: Path, description: UnpackedImage, exported: Iterable[bytes]) -> None:
    text = msgspec.json.encode(description)
    member = tarfile.TarInfo(DESCRIPTION)
    member.size = len(text)
    header = member.tobuf(tarfile.PAX_FORMAT) + text + bytes(-len(text) % tarfile.BLOCKSIZE)
    with whole_file(out, level=_LEVEL) as archive:
        archive.write(header)
        for chunk in exported:
            archive.write(chunk)


def unpack(file: Path, folder: Path) -> UnpackedImage:
    """Unpack an archive that ``export`` wrote; an image that is there already is left alone.

    Args:
        file: the archive.
        folder: from ``images_folder``.

    Raises:
        DataError: it is no such archive, is cut off, has members that lie outside of it, or is of another
            version of codeeval.
        StorageError: the folder cannot be written.
    """
    return _opened(file, lambda stream: _unpack(file, stream, folder), f"cannot be unpacked to {folder}")


def load_into_engine(file: Path) -> UnpackedImage:
    """Load an archive that ``export`` wrote into the container engine, under the tag that it had there.

    Args:
        file: the archive.

    Raises:
        DataError: it is no such archive, is cut off, or is of another version of codeeval.
        SandboxError: no engine answers, or it refuses the image.
        StorageError: the archive cannot be read.
    """
    client = images.engine()
    try:
        return _opened(file, lambda stream: _load(file, stream, client), "cannot be loaded")
    finally:
        client.close()


# Any: the SDK has no types
def _load(file: Path, stream: io.RawIOBase, client: Any) -> UnpackedImage:
    """Hand an image's file system and its settings to the engine.

    It is read to its end first: of a damaged one the engine would keep what it got.
    """
    import docker.errors  # noqa: PLC0415 -- costs 200 ms
    import requests.exceptions  # noqa: PLC0415 -- as docker

    with tarfile.open(fileobj=stream, mode="r|") as archive, tempfile.TemporaryFile() as system:
        description = _describe(file, archive)
        with tarfile.open(fileobj=system, mode="w") as out:
            for member in _members(archive):
                out.addfile(member, archive.extractfile(member) if member.isreg() else None)
        system.seek(0)
        repository, _, tag = description.tag.rpartition(":")
        # Chunks, for of a file requests would state the length, which Docker's SDK contradicts.
        chunks = iter(lambda: system.read(_CHUNK), b"")
        try:
            client.import_image_from_stream(
                chunks, repository=repository, tag=tag, changes=_changes(description)
            )
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise SandboxError(f"the engine does not load {description.tag}: {error}") from error
    return description


def _quoted(value: str) -> str:
    return json.dumps(value).replace("$", r"\$")


def _changes(description: UnpackedImage) -> list[str]:
    """Return an image's settings as instructions of a Dockerfile, in which a dollar sign means more."""
    variables = (line.partition("=") for line in description.environment)
    return [
        *(f"ENV {name}={_quoted(value)}" for name, _, value in variables),
        f"ENTRYPOINT {json.dumps(description.entrypoint)}",
    ]


def _opened(file: Path, use: Callable[[io.RawIOBase], UnpackedImage], failed: str) -> UnpackedImage:
    try:
        with file.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
            return use(cast("io.RawIOBase", stream))
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise DataError(
            f"{file}: damaged or cut off: {error}", "Copy it again, or export the image anew."
        ) from error
    except FileNotFoundError as error:
        raise DataError(f"{file}: no such file", "Write one with: codeeval sandbox export IMAGE") from error
    except OSError as error:
        raise StorageError(f"{file} {failed}: {error.strerror or error}") from error


def _unpack(file: Path, stream: io.RawIOBase, folder: Path) -> UnpackedImage:
    with tarfile.open(fileobj=stream, mode="r|", ignore_zeros=False) as archive:
        description = _describe(file, archive)
        if (place(folder, description.tag) / DESCRIPTION).exists():
            return description
        with partial_folder(folder) as partial:
            root = partial / ROOT
            root.mkdir(mode=0o755)
            _extract(archive, root)
            keep(partial, description, folder)
    return description


@contextlib.contextmanager
def partial_folder(folder: Path) -> Iterator[Path]:
    """Make a folder, beside the images, for one that is not complete; what is left in it is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder))
    try:
        yield partial
    finally:
        remove_tree(partial)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, also what its owner may not write to; what cannot be removed stays."""
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(parent, name)
            if not path.is_symlink():
                with contextlib.suppress(OSError):
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def keep(partial: Path, description: UnpackedImage, folder: Path) -> None:
    """Put an image that is complete in its place; one of the same tag is replaced.

    Args:
        partial: from ``partial_folder``, with the root folder in it.
        description: of the image.
        folder: from ``images_folder``.
    """
    _add_mount_points(partial / ROOT)
    (partial / DESCRIPTION).write_bytes(msgspec.json.encode(description))
    partial.chmod(0o755)
    there = place(folder, description.tag)
    shutil.rmtree(there, ignore_errors=True)
    partial.replace(there)


def _describe(file: Path, archive: tarfile.TarFile) -> UnpackedImage:
    """Read the first member.

    Raises:
        DataError: it is not the description of an image that this version of codeeval can use.
    """
    remedy = "Export the image with this version of codeeval: codeeval sandbox export IMAGE --out FILE"
    member = archive.next()
    content = (
        archive.extractfile(member) if member and member.name == DESCRIPTION and member.isfile() else None
    )
    try:
        description = msgspec.json.decode(content.read(_CHUNK) if content else b"", type=UnpackedImage)
    except msgspec.DecodeError as error:
        raise DataError(f"{file} is no image that codeeval exported", remedy) from error
    if description.name not in images.catalogue().images:
        raise DataError(
            f"{file} has the image {description.name!r}, which this codeeval does not know", remedy
        )
    if description.tag != images.tag(description.name):
        raise DataError(
            f"{file} has {description.tag}, and this codeeval needs {images.tag(description.name)}", remedy
        )
    return description


def _extract(archive: tarfile.TarFile, root: Path) -> None:
    """Extract what is no device, with nothing outside of the root and no special permission.

    The filters of ``tarfile`` came with Python 3.11.4 only, and Debian 12 has an earlier one.
    """
    # Any: a keyword that typeshed knows and that Python lacks
    trusting: dict[str, Any] = {"filter": "fully_trusted"} if hasattr(tarfile, "fully_trusted_filter") else {}
    whole = os.path.realpath(root)
    for member in _members(archive):
        member.name = member.name.lstrip("/")
        for name in (member.name, *((member.linkname,) if member.islnk() else ())):
            if os.path.commonpath((whole, os.path.realpath(os.path.join(whole, name)))) != whole:  # noqa: PTH118 -- as it is
                raise tarfile.ReadError(f"{name!r} lies outside of it")
        # A folder that only root may enter or write to would stop us, and is nothing to a read-only system.
        member.mode = (member.mode & 0o755) | (0o700 if member.isdir() else 0o400)
        if os.geteuid() != 0:  # in a user namespace there is no other user than who unpacks it
            member.uid, member.gid = os.geteuid(), os.getegid()
        archive.extract(member, root, numeric_owner=True, set_attrs=True, **trusting)


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield what is left of an archive but its devices.

    Raises:
        tarfile.ReadError: it is too large.
    """
    seen = 0
    while (member := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined] # or each stays in memory; typeshed lacks it
        if member.isdev():
            continue
        seen += member.size
        if seen > _MOST_BYTES:
            raise tarfile.ReadError(f"more than {_MOST_BYTES >> 30} GB")
        yield member


def _add_mount_points(root: Path) -> None:
    for name in MOUNT_POINTS:
        (root / name).mkdir(mode=0o755, exist_ok=True)
    usage = root / "opt" / "codeeval" / "cpu.stat"
    usage.parent.mkdir(parents=True, exist_ok=True)
    usage.touch()


def prune(folder: Path) -> list[str]:
    """Remove unpacked images of other versions, and what an interruption left; return their names."""
    removed = []
    known = {place(folder, images.tag(name)).name for name in images.catalogue().images}
    known.add(base_folder(folder).name)
    for there in sorted(folder.iterdir()) if folder.is_dir() else ():
        if there.name not in known:
            shutil.rmtree(there, ignore_errors=True)
            removed.append(str(there))
    return removed


def place(folder: Path, tag: str) -> Path:
    """Return the folder of an image."""
    return folder / tag.rpartition("/")[2].replace(":", "-")

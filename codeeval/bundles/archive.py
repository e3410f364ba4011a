"""The archive: a tar file, with zstd where its name ends in ``.zst``, of regular files below one folder.

Its first member, ``manifest.json``, names every other one with size and SHA-256. Nothing is taken from an
archive that has another member, or one that differs; ``SHA256SUMS`` has the same for ``sha256sum -c``.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import tarfile
from typing import IO, TYPE_CHECKING, Final, NoReturn, cast

import msgspec
import zstandard

from codeeval.errors import DataError, StorageError
from codeeval.reading import open_binary
from codeeval.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FOLDER: Final = "codeeval-bundle"
"""Contains all members."""
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1
COMPRESSED: Final = ".zst"
_LEVEL: Final = 3
_CHUNK: Final = 1 << 20
_MOST_MANIFEST_BYTES: Final = 64 << 20
_MAGIC: Final = b"\x28\xb5\x2f\xfd"
"""What a zstd stream begins with."""
_NAME: Final = re.compile(r"[^/\\\x00-\x1f\x7f]+(?:/[^/\\\x00-\x1f\x7f]+)*")
_AGAIN: Final = "Copy it again, and compare what sha256sum prints on both machines; or make it anew."


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a bundle."""

    path: str
    """Below ``FOLDER``; ``data/`` is laid out as a data root."""
    size_bytes: int
    sha256: str


class BundledImage(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox image in it, as ``codeeval sandbox export`` writes it."""

    name: str
    tag: str
    path: str


class BundledBenchmark(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark whose data it has."""

    name: str
    dataset: str
    rows: int
    sha256: str
    """Content hash of the rows, as in a run's ``run.json``."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle has; ``manifest.json``."""

    format: int = FORMAT
    codeeval: str
    """The version that made it."""
    python: str
    """Of the wheels: ``3.11``."""
    platform: str
    """Of wheels and images: ``linux-x86_64``."""
    benchmarks: tuple[BundledBenchmark, ...] = ()
    images: tuple[BundledImage, ...] = ()
    members: tuple[Member, ...] = ()
    """All files but the manifest itself, in the order of the archive."""


def digest_of(file: Path) -> Member:
    """Return size and SHA-256 of a regular file, under its own name.

    Raises:
        OSError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with open_binary(file) as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Member(path=file.name, size_bytes=size, sha256=digest.hexdigest())


def write(out: Path, bundle: Bundle, files: Mapping[str, Path]) -> Bundle:
    """Write an archive.

    Args:
        out: the file; it is complete or not there.
        bundle: its description; its members are found here.
        files: the members' paths, and what is in them.

    Returns:
        The manifest.

    Raises:
        DataError: a file cannot be read, or changes meanwhile.
        StorageError: the archive cannot be written.
    """
    members = []
    for path in sorted(files):
        try:
            members.append(msgspec.structs.replace(digest_of(files[path]), path=path))
        except OSError as error:
            raise DataError(f"{files[path]} cannot be read: {error.strerror or error}") from error
    sums = "".join(f"{member.sha256}  {member.path}\n" for member in members).encode()
    own = Member(path=SUMS, size_bytes=len(sums), sha256=hashlib.sha256(sums).hexdigest())
    manifest = msgspec.structs.replace(bundle, members=(own, *members))
    with (
        whole_file(out, level=_LEVEL if out.suffix == COMPRESSED else None) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        text = msgspec.json.format(msgspec.json.encode(manifest))
        _add(archive, MANIFEST, len(text), io.BytesIO(text))
        _add(archive, SUMS, len(sums), io.BytesIO(sums))
        for member in members:
            _add_file(archive, member, files[member.path])
    return manifest


def _add(archive: tarfile.TarFile, path: str, size: int, content: IO[bytes]) -> None:
    info = tarfile.TarInfo(f"{FOLDER}/{path}")
    info.size, info.mode = size, 0o644
    archive.addfile(info, content)


def _add_file(archive: tarfile.TarFile, member: Member, file: Path) -> None:
    with open_binary(file) as opened:
        content = _Digesting(opened)
        _add(archive, member.path, member.size_bytes, cast("IO[bytes]", content))
        if opened.read(1) or content.digest.hexdigest() != member.sha256:
            raise DataError(f"{file} has changed while it was written into the bundle", "Try again.")


class _Digesting:
    """A file whose SHA-256 is taken as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def read_manifest(file: Path) -> Bundle:
    """Read what a bundle has, without unpacking it.

    Raises:
        DataError: it is no bundle, damaged, or of another format.
    """
    with _opened(file) as (bundle, _):
        return bundle


def extract(file: Path, wanted: Callable[[str], Path | None]) -> Bundle:
    """Unpack members of a bundle, and verify all.

    Args:
        file: the archive.
        wanted: returns where a member goes, by its path; None for one that is verified only. Nothing there is
            to be trusted before this returns.

    Raises:
        DataError: it is no bundle, is damaged or cut off, or has members that its manifest does not name.
        StorageError: a file cannot be written.
    """
    with _opened(file) as (bundle, archive):
        for expected in bundle.members:
            member = archive.next()
            if member is None:
                _refuse(file, f"cut off before {expected.path}")
            archive.members.clear()  # type: ignore[attr-defined] # or each stays in memory; typeshed lacks it
            if member.name != f"{FOLDER}/{expected.path}" or not member.isreg():
                _refuse(file, f"has {member.name!r}, where its manifest has {expected.path!r}")
            content = archive.extractfile(member)
            if member.size != expected.size_bytes or content is None:
                _refuse(file, f"{expected.path} is not as its manifest states")
            if _copied(content, wanted(expected.path)) != expected.sha256:
                _refuse(file, f"{expected.path} is not as its manifest states")
        if archive.next() is not None:
            _refuse(file, "has more members than its manifest names")
    return bundle


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[tuple[Bundle, tarfile.TarFile]]:
    """Open an archive and read its manifest; errors of what is read meanwhile are errors of the archive."""
    try:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(open_binary(file))
            stream: IO[bytes] = raw
            if raw.read(len(_MAGIC)) == _MAGIC:
                raw.seek(0)
                stream = cast(
                    "IO[bytes]", stack.enter_context(zstandard.ZstdDecompressor().stream_reader(raw))
                )
            else:
                raw.seek(0)
            archive = stack.enter_context(tarfile.open(fileobj=stream, mode="r|"))
            yield _manifest(file, archive), archive
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise DataError(f"{file}: damaged, cut off, or no bundle: {error}", _AGAIN) from error
    except FileNotFoundError as error:
        raise DataError(f"{file}: no such file", "Make one with: codeeval bundle") from error
    except OSError as error:
        raise StorageError(f"{file} cannot be unpacked: {error.strerror or error}") from error


def _manifest(file: Path, archive: tarfile.TarFile) -> Bundle:
    member = archive.next()
    named = member is not None and member.name == f"{FOLDER}/{MANIFEST}" and member.isreg()
    content = archive.extractfile(member) if member and named else None
    if member is None or content is None or member.size > _MOST_MANIFEST_BYTES:
        raise DataError(f"{file} is no bundle of codeeval", "Make one with: codeeval bundle")
    try:
        raw = msgspec.json.decode(content.read())
        if isinstance(raw, dict) and raw.get("format") not in (None, FORMAT):
            raise DataError(
                f"{file} has format {raw['format']!r}, and this codeeval reads {FORMAT}",
                "Install the codeeval that is in it: see INSTALL.txt in the archive.",
            )
        bundle = msgspec.convert(raw, Bundle)
    except msgspec.DecodeError as error:  # ValidationError is one
        raise DataError(f"{file}: its manifest is malformed: {error}", _AGAIN) from error
    seen: set[str] = set()
    for each in bundle.members:
        if not _NAME.fullmatch(each.path) or {"..", "."} & {*each.path.split("/")} or each.path in seen:
            _refuse(file, f"its manifest names {each.path!r}, which is no path of a bundle or is there twice")
        seen.add(each.path)
    if missing := [image.path for image in bundle.images if image.path not in seen]:
        _refuse(file, f"its manifest has no member {missing[0]!r}")
    return bundle


def _copied(content: IO[bytes], target: Path | None) -> str:
    """Copy a member, or read it only; returns its SHA-256."""
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
        out = stack.enter_context(target.open("xb")) if target is not None else None
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            if out is not None:
                out.write(chunk)
    return digest.hexdigest()


def _refuse(file: Path, what: str) -> NoReturn:
    raise DataError(f"{file}: {what}; nothing of it is used", _AGAIN)

"""What a problem package says, whatever its format."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.languages import LANGUAGES
from codeeval.reading import read_bounded
from codeeval.types import CaseGroup, CheckerForm, Outcome, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCE_BYTES: Final = 4 << 20
"""Most of a source file, a statement or a configuration."""
CASE_BYTES: Final = 256 << 20
"""Most of one input or answer."""
HEADERS: Final = (".h", ".hpp", ".hh", ".hxx", ".inc")
SUFFIXES: Final[Mapping[str, str]] = {
    "cc": "cpp",
    "cpp": "cpp",
    "cxx": "cpp",
    "c++": "cpp",
    "py": "python",
    "py3": "python",
    "pl": "perl",
}
"""Suffixes that say more than a language's own file name does."""


class PackageCase(msgspec.Struct, frozen=True, kw_only=True):
    """One test of a package; what is in it is read when it is needed."""

    name: str
    input: Path
    answer: Path | None
    """None where only a checker or an interactor knows what is right."""


class PackageComparison(msgspec.Struct, frozen=True, kw_only=True):
    """How outputs are compared where no checker does."""

    name: str
    tolerance: float = 0.0


class PackageChecker(msgspec.Struct, frozen=True, kw_only=True):
    """The program that decides on outputs, or talks with solutions."""

    main: str
    """Path of the file that is compiled or run, as ``files`` has it."""
    language: str
    form: CheckerForm
    files: tuple[SourceFile, ...]
    """All of its sources and headers."""
    folders: tuple[str, ...] = ()
    """Where headers are looked for."""
    arguments: tuple[str, ...] = ()
    """Beside those of the form."""
    interactive: bool = False


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A solution that comes with a package, and what is known of it."""

    name: str
    path: Path
    outcomes: tuple[Outcome, ...]
    """Those that are right for it; a solution that must pass, and may take too long, has two."""
    others: tuple[SourceFile, ...] = ()
    """The files beside its main one."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A problem with its tests."""

    id: str
    folder: Path
    statement: str
    """With the samples; in the package's own markup."""
    cpu_s: float
    memory_bytes: int
    output_bytes: int
    cases: tuple[PackageCase, ...]
    comparison: PackageComparison = PackageComparison(name="tokens")
    checker: PackageChecker | None = None
    groups: CaseGroup | None = None
    """How the tests are scored, where they are worth points."""
    headers: tuple[SourceFile, ...] = ()
    """Of the package's own solutions, with the paths by which these include them."""
    place: str = ""
    """Folder in which such a solution lies, seen from the headers' paths."""
    folders: tuple[str, ...] = ()
    """Where such a solution's headers are looked for."""
    submissions: tuple[Submission, ...] = ()
    reference: Submission | None = None
    notes: tuple[str, ...] = ()
    """What of the package is not supported or not there."""

    def sha256(self) -> str:
        """Hash everything in the folder but hidden files, by relative path and content; hex."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                digest.update(str(relative).encode("utf-8", "surrogateescape") + b"\0")
                digest.update(hashlib.sha256(read_bytes(path, CASE_BYTES)).digest())
        return digest.hexdigest()


def language_of(name: str) -> str:
    """Name the language of a source file by its suffix; empty where there is none of ours."""
    suffix = name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name else ""
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    named = (id_ for id_, entry in LANGUAGES.items() if entry.source_name.rpartition(".")[2] == suffix)
    return next(named, "")


def read_bytes(path: Path, most: int = SOURCE_BYTES) -> bytes:
    """Read a file of a package.

    Raises:
        DataError: it cannot be read, or is longer than ``most``.
    """
    try:
        return read_bounded(path, most)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path}: cannot be read: {reason}", "Complete the package.") from error
    except ValueError as error:
        raise DataError(f"{path}: {error}", "Split it, or leave it out.") from error


def read_text(path: Path, most: int = SOURCE_BYTES) -> str:
    """Read a text of a package; bytes that are no UTF-8 are replaced.

    Raises:
        DataError: it cannot be read.
    """
    return read_bytes(path, most).decode("utf-8", "replace")


def sources(folder: Path, *, headers_only: bool = False, within: Path | None = None) -> Iterator[SourceFile]:
    """Yield the source files below a folder, with their paths seen from ``within`` or the folder itself.

    Raises:
        DataError: one cannot be read.
    """
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or (headers_only and path.suffix not in HEADERS):
            continue
        if path.suffix in HEADERS or language_of(path.name):
            name = path.relative_to(within or folder).as_posix()
            yield SourceFile(path=name, content=read_text(path))
